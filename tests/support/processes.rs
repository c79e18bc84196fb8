//! The processes that work in a directory: Terraform and the provider that it has started. Read from /proc.

#![allow(dead_code, reason = "each test program uses its part")]

use std::{fs, path::Path};

use rustix::process::{Pid, Signal, kill_process};

pub(crate) struct Process {
    pub(crate) pid: u32,
    /// Whether it is the provider, and not Terraform.
    pub(crate) is_provider: bool,
}

/// All that work there now.
pub(crate) fn of(directory: &Path) -> Vec<Process> {
    let directory = directory.canonicalize().expect("the directory");
    let entries = fs::read_dir("/proc").expect("/proc").filter_map(Result::ok);
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let working =
        |pid: &u32| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|at| at == directory);
    let process = |pid: u32| {
        let program = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
        let is_provider = program.to_string_lossy().contains("terraform-provider-pbs");
        Some(Process { pid, is_provider })
    };
    numbers.filter(working).filter_map(process).collect()
}

impl Process {
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.pid).expect("a number of a process"));
        // An error means that it has ended.
        let _ = kill_process(pid.expect("not 0"), signal);
    }

    /// What the system tells of it under this name, such as `cmdline`.
    pub(crate) fn tells(&self, name: &str) -> String {
        let bytes = fs::read(format!("/proc/{}/{name}", self.pid)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// How many processes this one has started that are still there.
pub(crate) fn children(pid: u32) -> usize {
    let entries = fs::read_dir("/proc").expect("/proc").filter_map(Result::ok);
    let parent = format!("\nPPid:\t{pid}\n");
    let states = entries.filter_map(|entry| fs::read_to_string(entry.path().join("status")).ok());
    states.filter(|state| state.contains(&parent)).count()
}
