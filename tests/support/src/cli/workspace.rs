//! A directory with a configuration, in which Terraform or OpenTofu runs. Nothing in this module is
//! specific to PBS.
//!
//! Usually, `dev_overrides` makes Terraform use the provider of this build. The provider is then
//! not installed, and `terraform init` is not needed. Every command runs in a process group of its
//! own and has a time limit.

use std::{
    collections::BTreeMap,
    env, fs,
    io::Read,
    os::unix::{fs::symlink, process::CommandExt},
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

use super::{Outcome, Plan};
use crate::repository;

const TIME_LIMIT: Duration = Duration::from_secs(120);

/// A directory with a configuration, and the environment of the commands that run in it.
pub struct Workspace {
    directory: TempDir,
    cli: Cli,
    environment: BTreeMap<String, String>,
}

impl Workspace {
    /// An empty directory. Only the user who runs the tests can read it, because states and plans
    /// contain secrets.
    pub fn new(cli: &Cli) -> Self {
        let workspace = Self::without_provider(cli);
        let plugins = workspace.directory.path().join("plugins");
        fs::create_dir(&plugins).expect("the plugin directory");
        link_provider(&plugins.join("terraform-provider-pbs"));
        let plugins = plugins.display();
        workspace.install_from(&format!(
            "dev_overrides {{\n    \"pbs-rs/pbs\" = \"{plugins}\"\n  }}\n  direct {{}}"
        ));
        workspace
    }

    /// Like [`Self::new`], but the provider is installed by `init` from a mirror. The mirror has
    /// the provider under two addresses, one in the registry of Terraform and one in the registry
    /// of OpenTofu. A state contains the provider's address in the registry of the program that
    /// wrote the state. With both addresses in the mirror, Terraform can use a state that OpenTofu
    /// wrote, and the reverse.
    pub fn with_mirror(cli: &Cli) -> Self {
        let workspace = Self::without_provider(cli);
        let mirror = workspace.directory.path().join("mirror");
        // Any version will do, because the configurations of the tests have no constraint.
        let version = "1.0.0";
        for host in ["registry.terraform.io", "registry.opentofu.org"] {
            let package = format!("{host}/pbs-rs/pbs/{version}/{}", platform());
            let package = mirror.join(package);
            fs::create_dir_all(&package).expect("the directory of the package");
            link_provider(&package.join(format!("terraform-provider-pbs_v{version}")));
        }
        let path = mirror.display();
        workspace.install_from(&format!("filesystem_mirror {{\n    path = \"{path}\"\n  }}"));
        workspace
    }

    fn without_provider(cli: &Cli) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("pbs-acceptance-")
            .tempdir()
            .expect("a temporary directory");
        let workspace = Self { directory, cli: cli.clone(), environment: BTreeMap::new() };
        fs::create_dir(workspace.directory()).expect("the working directory");
        workspace
    }

    fn install_from(&self, source: &str) {
        let config = format!("provider_installation {{\n  {source}\n}}\n");
        fs::write(self.cli_config_file(), config).expect("the CLI configuration");
    }

    /// Sets an environment variable for every command that starts after this call.
    pub fn set_env(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Replaces the whole configuration.
    pub fn write(&self, configuration: &str) {
        fs::write(self.directory().join("main.tf"), configuration).expect("main.tf");
    }

    /// Starts a command.
    pub fn start(&self, arguments: &[&str]) -> Running {
        self.start_with_env(&[], arguments)
    }

    fn start_with_env(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Running {
        let mut command = self.cli.command(&self.cli_config_file());
        command.args(arguments).current_dir(self.directory());
        command.envs(&self.environment).envs(environment.iter().copied());
        command.env("TF_INPUT", "0").env("TF_CLI_ARGS", "-no-color");
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut process = command.spawn().expect("the program starts, as it did for `version`");
        Running {
            command: format!("{} {}", self.cli, arguments.join(" ")),
            stdout: collect(process.stdout.take()),
            stderr: collect(process.stderr.take()),
            process,
            deadline: Instant::now() + TIME_LIMIT,
        }
    }

    /// Runs a command until it ends, successfully or not.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.start(arguments).wait()
    }

    /// Runs a command with these additional environment variables until it ends.
    pub fn run_with_env(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Outcome {
        self.start_with_env(environment, arguments).wait()
    }

    /// Applies the configuration.
    #[track_caller]
    pub fn apply(&self) -> Outcome {
        self.run(&["apply", "-auto-approve"]).succeeded()
    }

    /// Destroys all resources.
    #[track_caller]
    pub fn destroy(&self) -> Outcome {
        self.run(&["destroy", "-auto-approve"]).succeeded()
    }

    /// Plans with these additional arguments, and reads the plan.
    #[track_caller]
    pub fn plan(&self, arguments: &[&str]) -> Plan {
        let file = self.directory.path().join("plan");
        let out = format!("-out={}", file.display());
        let outcome = self.run(&[&["plan", out.as_str()], arguments].concat()).succeeded();
        let shown = self.run(&["show", "-json", &file.display().to_string()]).succeeded();
        Plan { json: shown.json(), outcome }
    }

    /// Checks that a plan is empty, both with and without a refresh.
    #[track_caller]
    pub fn assert_plan_is_empty(&self) {
        for refresh in ["-refresh=false", "-refresh=true"] {
            let outcome = self.run(&["plan", "-detailed-exitcode", refresh]);
            assert!(outcome.code == Some(0), "the plan should be empty:\n{outcome}");
        }
    }

    /// The attributes of one resource in the state; null if the state does not contain it.
    #[track_caller]
    pub fn state(&self, address: &str) -> Value {
        let shown = self.run(&["show", "-json"]).succeeded().json();
        let resources =
            shown["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        resources
            .into_iter()
            .find(|resource| resource["address"] == address)
            .map_or(Value::Null, |mut resource| resource["values"].take())
    }

    /// The working directory of the commands.
    pub fn directory(&self) -> PathBuf {
        self.directory.path().join("work")
    }

    fn cli_config_file(&self) -> PathBuf {
        self.directory.path().join("terraform.rc")
    }
}

/// A running command. If this value is dropped without [`Running::wait`], the command and all
/// processes that it has started are killed.
pub struct Running {
    command: String,
    process: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    deadline: Instant,
}

impl Running {
    /// Sends SIGINT to the whole process group, as a terminal does for Ctrl-C.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Sends a signal to the whole process group, as a terminal does.
    pub fn signal(&self, signal: Signal) {
        let group = Pid::from_child(&self.process);
        // An error means that all processes of the group have ended.
        let _ = kill_process_group(group, signal);
    }

    /// Waits for the end of the command and of its output.
    #[track_caller]
    pub fn wait(mut self) -> Outcome {
        let [stdout, stderr] = [&self.stdout, &self.stderr].map(|output| self.receive(output));
        let code = self.process.wait().expect("the process is a child of this one").code();
        Outcome { command: self.command.clone(), code, stdout, stderr }
    }

    #[track_caller]
    fn receive(&self, output: &Receiver<String>) -> String {
        match output.recv_timeout(self.deadline.saturating_duration_since(Instant::now())) {
            Ok(text) => text,
            Err(RecvTimeoutError::Timeout) => {
                panic!("{} has not ended within {TIME_LIMIT:?}", self.command)
            }
            Err(RecvTimeoutError::Disconnected) => {
                panic!("the output of {} cannot be read", self.command)
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Once the child has been waited for, its process id might belong to another process.
        if let Ok(None) = self.process.try_wait() {
            self.signal(Signal::KILL);
            let _ = self.process.wait();
        }
    }
}

fn link_provider(link: &Path) {
    symlink(repository::provider_binary(), link).expect("the link to the provider");
}

/// The platform of this build, as Terraform names it.
fn platform() -> String {
    let architecture = match env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let system = if cfg!(target_os = "macos") { "darwin" } else { env::consts::OS };
    format!("{system}_{architecture}")
}

/// Reads the pipe to its end in a thread of its own, so that the command never blocks on a full
/// pipe.
fn collect(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let mut pipe = pipe.expect("the command was started with pipes");
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if pipe.read_to_end(&mut bytes).is_ok() {
            let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
        }
    });
    receiver
}
