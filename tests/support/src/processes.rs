//! The processes of a test: Terraform, and the provider that Terraform has started. Their working
//! directory is the directory of the test. This module finds the processes in `/proc`, so it works
//! only on Linux.

use std::{fs, path::Path};

use rustix::process::{Pid, Signal, kill_process};

/// A running process.
pub struct Process {
    /// The process id.
    pub pid: u32,
    /// Whether the process is the provider. If not, it is Terraform.
    pub is_provider: bool,
}

/// The processes that have this working directory.
pub fn working_in(directory: &Path) -> Vec<Process> {
    let directory = directory.canonicalize().expect("the directory");
    let entries = fs::read_dir("/proc").expect("/proc").filter_map(Result::ok);
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let working = |pid: &u32| {
        fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|current| current == directory)
    };
    let process = |pid: u32| {
        let program = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
        let is_provider = program.to_string_lossy().contains("terraform-provider-pbs");
        Some(Process { pid, is_provider })
    };
    numbers.filter(working).filter_map(process).collect()
}

impl Process {
    /// Sends the process a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(
            i32::try_from(self.pid).expect("a process id is positive and fits 31 bits"),
        );
        // An error means that the process has ended.
        let _ = kill_process(pid.expect("a process id is not 0"), signal);
    }

    /// The content of a file in the directory of the process in `/proc`, for example of `cmdline`.
    pub fn proc_file(&self, name: &str) -> String {
        let bytes = fs::read(format!("/proc/{}/{name}", self.pid)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Checks that this process does not ignore SIGHUP. `nohup`, for example, starts a process that
/// ignores SIGHUP. The programs that such a process starts, such as Terraform, ignore SIGHUP, too.
///
/// # Panics
/// If this process ignores SIGHUP.
pub fn assert_that_hangups_are_not_ignored() {
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("the line");
    let ignored = u64::from_str_radix(ignored.trim(), 16).expect("a hexadecimal number");
    let hangup = 1 << (Signal::HUP.as_raw() - 1);
    assert!(
        ignored & hangup == 0,
        "this program ignores SIGHUP, so the programs that it starts ignore it, too: run the tests \
         without nohup"
    );
}

/// How many child processes the process has now.
pub fn children(pid: u32) -> usize {
    let entries = fs::read_dir("/proc").expect("/proc").filter_map(Result::ok);
    let parent = format!("\nPPid:\t{pid}\n");
    let statuses = entries.filter_map(|entry| fs::read_to_string(entry.path().join("status")).ok());
    statuses.filter(|status| status.contains(&parent)).count()
}
