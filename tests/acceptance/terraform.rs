//! A directory with a configuration, and Terraform or OpenTofu at work in it. Knows nothing of Proxmox Backup Server.
//!
//! The provider comes from the build under test through `dev_overrides`, so nothing is installed and `init` is not needed.
//! Commands run in a process group of their own and have a time limit.

use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tempfile::TempDir;
use xtask::cli::Cli;

use crate::outcome::{Outcome, Plan};

const TIME_LIMIT: Duration = Duration::from_secs(120);

pub(crate) struct Workspace {
    room: TempDir,
    cli: Cli,
    variables: BTreeMap<String, String>,
}

impl Workspace {
    /// An empty directory that only this user can read: states and plans hold secrets.
    pub(crate) fn new(cli: &Cli) -> Self {
        let room = tempfile::Builder::new()
            .prefix("pbs-acceptance-")
            .tempdir()
            .expect("a temporary directory");
        let workspace = Self { room, cli: cli.clone(), variables: BTreeMap::new() };
        fs::create_dir(workspace.directory()).expect("the working directory");
        let plugins = workspace.room.path().join("plugins");
        fs::create_dir(&plugins).expect("the plugin directory");
        let provider = Path::new(env!("CARGO_BIN_EXE_terraform-provider-pbs"));
        std::os::unix::fs::symlink(provider, plugins.join("terraform-provider-pbs"))
            .expect("the link to the provider");
        let plugins = plugins.display();
        let config = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"pbs-rs/pbs\" = \"{plugins}\"\n  }}\n  direct {{}}\n}}\n"
        );
        fs::write(workspace.config(), config).expect("the CLI configuration");
        workspace
    }

    /// Sets an environment variable for the commands to come.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Makes this the whole configuration.
    pub(crate) fn write(&self, configuration: &str) {
        fs::write(self.directory().join("main.tf"), configuration).expect("main.tf");
    }

    /// Starts a command; see [`Running`].
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        self.start_with(&[], arguments)
    }

    fn start_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Running {
        let mut command = self.cli.command(&self.config());
        command.args(arguments).current_dir(self.directory());
        command.envs(&self.variables).envs(variables.iter().copied());
        command.env("TF_INPUT", "0").env("TF_CLI_ARGS", "-no-color");
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut process = command.spawn().expect("the program has answered `version` before");
        Running {
            what: format!("{} {}", self.cli, arguments.join(" ")),
            stdout: collect(process.stdout.take()),
            stderr: collect(process.stderr.take()),
            process,
            deadline: Instant::now() + TIME_LIMIT,
        }
    }

    /// Runs a command to its end, whatever that is.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.start(arguments).wait()
    }

    /// The same with these variables set for this one command.
    pub(crate) fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
        self.start_with(variables, arguments).wait()
    }

    #[track_caller]
    pub(crate) fn apply(&self) -> Outcome {
        self.run(&["apply", "-auto-approve"]).succeeded()
    }

    #[track_caller]
    pub(crate) fn destroy(&self) -> Outcome {
        self.run(&["destroy", "-auto-approve"]).succeeded()
    }

    /// Plans with these further arguments, and reads the plan.
    #[track_caller]
    pub(crate) fn plan(&self, arguments: &[&str]) -> Plan {
        let file = self.room.path().join("plan");
        let out = format!("-out={}", file.display());
        let outcome = self.run(&[&["plan", out.as_str()], arguments].concat()).succeeded();
        let shown = self.run(&["show", "-json", &file.display().to_string()]).succeeded();
        Plan { json: shown.json(), outcome }
    }

    /// A plan must have nothing to do, neither from the state alone nor after a look at the server.
    #[track_caller]
    pub(crate) fn settled(&self) {
        for refresh in ["-refresh=false", "-refresh=true"] {
            let outcome = self.run(&["plan", "-detailed-exitcode", refresh]);
            assert!(outcome.code == Some(0), "there should be nothing left to do:\n{outcome}");
        }
    }

    /// What the state holds of one resource: its attributes, or null when it is not there.
    #[track_caller]
    pub(crate) fn state(&self, address: &str) -> Value {
        let shown = self.run(&["show", "-json"]).succeeded().json();
        let resources =
            shown["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        resources
            .into_iter()
            .find(|it| it["address"] == address)
            .map_or(Value::Null, |mut it| it["values"].take())
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.room.path().join("work")
    }

    fn config(&self) -> PathBuf {
        self.room.path().join("terraform.rc")
    }
}

/// A command under way. Dropped without [`Running::wait`], it is killed with everything it has started.
pub(crate) struct Running {
    what: String,
    process: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    deadline: Instant,
}

impl Running {
    /// Ctrl-C: SIGINT to the whole group, as a terminal sends it.
    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Waits for the end of the program and of its output.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Outcome {
        let [stdout, stderr] = [&self.stdout, &self.stderr].map(|output| self.receive(output));
        let code = self.process.wait().expect("the process is a child of ours").code();
        Outcome { what: self.what.clone(), code, stdout, stderr }
    }

    #[track_caller]
    fn receive(&self, output: &Receiver<String>) -> String {
        match output.recv_timeout(self.deadline.saturating_duration_since(Instant::now())) {
            Ok(text) => text,
            Err(RecvTimeoutError::Timeout) => {
                panic!("{} has not ended within {TIME_LIMIT:?}", self.what)
            }
            Err(RecvTimeoutError::Disconnected) => {
                panic!("the output of {} cannot be read", self.what)
            }
        }
    }

    fn signal(&self, signal: Signal) {
        let group = Pid::from_child(&self.process);
        // An error means that the group has ended.
        let _ = kill_process_group(group, signal);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Once the child has been waited for, its number may belong to somebody else.
        if let Ok(None) = self.process.try_wait() {
            self.signal(Signal::KILL);
            let _ = self.process.wait();
        }
    }
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let mut pipe = pipe.expect("the pipe was asked for");
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if pipe.read_to_end(&mut bytes).is_ok() {
            let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
        }
    });
    receiver
}
