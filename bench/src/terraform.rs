//! Runs Terraform or OpenTofu with a generated configuration and measures the command: its
//! duration, and the CPU time of the provider and of the whole command.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use pbs_sim::Simulator;
use serde_json::Value;
use xtask::cli::{Cli, Result};

/// The beginning of every configuration. Its only variable is the number of objects of each type.
const HEADER: &str = r#"
terraform {
  required_providers {
    pbs = { source = "pbs-rs/pbs" }
  }
}
variable "objects" { type = number }
"#;

/// A working directory with a configuration and its state.
pub(crate) struct Workspace<'a> {
    cli: &'a Cli,
    directory: PathBuf,
}

/// The time and the CPU time of one command.
pub(crate) struct Usage {
    /// Time from the start to the end of the command.
    pub(crate) time: Duration,
    /// CPU time of all processes of the provider.
    pub(crate) provider_cpu: Duration,
    /// CPU time of the command, including the provider.
    pub(crate) total_cpu: Duration,
}

impl<'a> Workspace<'a> {
    /// Creates the files in `directory`, without a state. Terraform will use the program `provider`
    /// as the provider `pbs-rs/pbs`.
    pub(crate) fn new(cli: &'a Cli, directory: &Path, provider: &Path, main: &str) -> Result<Self> {
        let workspace = Self { cli, directory: directory.to_owned() };
        let plugins = directory.join("plugins");
        fs::create_dir_all(&plugins)?;
        fs::create_dir_all(workspace.working_directory())?;
        fs::write(workspace.working_directory().join("main.tf"), [HEADER, main].concat())?;
        // The shell starts the provider, waits for its end and writes its CPU time to the file.
        let launcher = plugins.join("terraform-provider-pbs");
        let (program, times) = (provider.display(), workspace.times_file("provider"));
        fs::write(
            &launcher,
            format!(
                "#!/bin/sh\n'{program}'\nstatus=$?\ntimes >> '{}'\nexit $status\n",
                times.display()
            ),
        )?;
        fs::set_permissions(&launcher, fs::Permissions::from_mode(0o755))?;
        let plugins = plugins.display();
        fs::write(
            workspace.config_file(),
            format!(
                "provider_installation {{\n  dev_overrides {{\n    \
                 \"pbs-rs/pbs\" = \"{plugins}\"\n  }}\n}}\n"
            ),
        )?;
        Ok(workspace)
    }

    /// Runs a Terraform command with this number of objects of each type. `simulator` is the
    /// server, if the configuration needs a server.
    pub(crate) fn run(
        &self,
        simulator: Option<&Simulator>,
        command: &[&str],
        count: usize,
    ) -> Result<Usage> {
        for name in ["provider", "all"] {
            let _ = fs::remove_file(self.times_file(name));
        }
        let mut shell = Command::new("sh");
        let script = format!(
            "\"$0\" \"$@\"; status=$?; times > '{}'; exit $status",
            self.times_file("all").display()
        );
        shell.args(["-c", &script]).arg(self.cli.program()).args(command);
        shell.args(["-input=false", "-no-color", &format!("-var=objects={count}")]);
        for (name, value) in self.cli.command(&self.config_file()).get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        if let Some(simulator) = simulator {
            shell
                .env("PBS_ENDPOINT", simulator.endpoint())
                .env("PBS_FINGERPRINT", simulator.fingerprint())
                .env("PBS_API_TOKEN", simulator.admin_token());
        }
        shell.current_dir(self.working_directory());
        let start = Instant::now();
        let output = shell.output()?;
        let time = start.elapsed();
        if !output.status.success() {
            let message =
                [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat();
            return Err(format!("{} {command:?} failed:\n{}", self.cli, message.trim()).into());
        }
        let (provider_cpu, total_cpu) = (self.cpu_time("provider")?, self.cpu_time("all")?);
        Ok(Usage { time, provider_cpu, total_cpu })
    }

    /// Replaces the instances of each resource in the state by `count` copies of its instance 0. A
    /// resource without an instance 0 stays as it is. `mark` is a text that contains the number 0.
    /// In each copy, the number of the copy replaces this 0.
    pub(crate) fn multiply(&self, mark: &str, count: usize) -> Result<()> {
        let file = self.working_directory().join("terraform.tfstate");
        let mut state: Value = serde_json::from_slice(&fs::read(&file)?)?;
        let resources = state["resources"].as_array_mut().ok_or("the state has no resources")?;
        for instances in
            resources.iter_mut().filter_map(|resource| resource["instances"].as_array_mut())
        {
            let Some(first) = instances.iter().find(|instance| instance["index_key"] == 0).cloned()
            else {
                continue;
            };
            let text = first.to_string();
            *instances = (0..count)
                .map(|number| {
                    let copy = text.replace(mark, &mark.replace('0', &number.to_string()));
                    let mut copy: Value = serde_json::from_str(&copy)?;
                    copy["index_key"] = number.into();
                    Ok(copy)
                })
                .collect::<Result<_>>()?;
        }
        Ok(fs::write(&file, state.to_string())?)
    }

    /// The sum of the CPU times that the shells have written to the file of this name. The command
    /// `times` of a shell writes two lines. The second line has the times of the child processes,
    /// such as `0m1.25s 0m0.5s`.
    fn cpu_time(&self, name: &str) -> Result<Duration> {
        let Ok(text) = fs::read_to_string(self.times_file(name)) else { return Ok(Duration::ZERO) };
        let child_lines = text.lines().skip(1).step_by(2);
        let parts = child_lines.flat_map(str::split_whitespace).map(|part| {
            let (minutes, seconds) = part.trim_end_matches('s').split_once('m')?;
            let seconds: f64 = seconds.parse().ok()?;
            Some(Duration::from_secs_f64(minutes.parse::<f64>().ok()? * 60.0 + seconds))
        });
        parts
            .sum::<Option<Duration>>()
            .ok_or_else(|| "the output of the shell's `times` cannot be parsed".into())
    }

    /// The file to which shells append the output of `times`: `provider` or `all`.
    fn times_file(&self, name: &str) -> PathBuf {
        self.directory.join(format!("times-{name}"))
    }

    fn config_file(&self) -> PathBuf {
        self.directory.join("terraform.rc")
    }

    fn working_directory(&self) -> PathBuf {
        self.directory.join("work")
    }
}
