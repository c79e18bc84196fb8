//! Runs the real Terraform or OpenTofu on a generated configuration, and measures the command: its time, and the
//! processor's time of its provider and of itself.

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

/// A directory with a configuration and its state.
pub(crate) struct Work<'a> {
    cli: &'a Cli,
    room: PathBuf,
}

/// What one command took.
pub(crate) struct Took {
    pub(crate) time: Duration,
    /// Processor's time of the provider's processes, all together.
    pub(crate) provider: Duration,
    /// Processor's time of everything, the provider included.
    pub(crate) all: Duration,
}

impl<'a> Work<'a> {
    /// An empty one in `room`, where the provider `pbs-rs/pbs` is this program.
    pub(crate) fn new(cli: &'a Cli, room: &Path, provider: &Path, main: &str) -> Result<Self> {
        let work = Self { cli, room: room.to_owned() };
        let plugins = room.join("plugins");
        fs::create_dir_all(&plugins)?;
        fs::create_dir_all(work.directory())?;
        fs::write(work.directory().join("main.tf"), main)?;
        // The shell that waits for the provider knows what it took.
        let launcher = plugins.join("terraform-provider-pbs");
        let (program, times) = (provider.display(), work.times("provider"));
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
            work.config(),
            format!(
                "provider_installation {{\n  dev_overrides {{\n    \"pbs-rs/pbs\" = \"{plugins}\"\n  }}\n}}\n"
            ),
        )?;
        Ok(work)
    }

    /// Runs a command on so many objects of each kind; `simulator` is the server, if it needs one.
    pub(crate) fn run(
        &self,
        simulator: Option<&Simulator>,
        command: &[&str],
        count: usize,
    ) -> Result<Took> {
        for whose in ["provider", "all"] {
            let _ = fs::remove_file(self.times(whose));
        }
        let mut shell = Command::new("sh");
        let script = format!(
            "\"$0\" \"$@\"; status=$?; times > '{}'; exit $status",
            self.times("all").display()
        );
        shell.args(["-c", &script]).arg(self.cli.program()).args(command);
        shell.args(["-input=false", "-no-color", &format!("-var=objects={count}")]);
        for (name, value) in self.cli.command(&self.config()).get_envs() {
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
        shell.current_dir(self.directory());
        let begun = Instant::now();
        let output = shell.output()?;
        let time = begun.elapsed();
        if !output.status.success() {
            let said = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat();
            return Err(format!("{} {command:?} failed:\n{}", self.cli, said.trim()).into());
        }
        Ok(Took { time, provider: self.spent("provider")?, all: self.spent("all")? })
    }

    /// Writes a state that has so many instances of whatever has an instance 0; `mark` is the text by which instances
    /// differ, with the number 0.
    pub(crate) fn multiply(&self, mark: &str, count: usize) -> Result<()> {
        let file = self.directory().join("terraform.tfstate");
        let mut state: Value = serde_json::from_slice(&fs::read(&file)?)?;
        let resources = state["resources"].as_array_mut().ok_or("the state has no resources")?;
        for instances in resources.iter_mut().filter_map(|one| one["instances"].as_array_mut()) {
            let Some(first) = instances.iter().find(|one| one["index_key"] == 0).cloned() else {
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

    /// What the shells have noted: the second of two lines is about the children, as `0m1.25s 0m0.5s`.
    fn spent(&self, whose: &str) -> Result<Duration> {
        let Ok(text) = fs::read_to_string(self.times(whose)) else { return Ok(Duration::ZERO) };
        let of_children = text.lines().skip(1).step_by(2);
        let parts = of_children.flat_map(str::split_whitespace).map(|part| {
            let (minutes, seconds) = part.trim_end_matches('s').split_once('m')?;
            let seconds: f64 = seconds.parse().ok()?;
            Some(Duration::from_secs_f64(minutes.parse::<f64>().ok()? * 60.0 + seconds))
        });
        parts.sum::<Option<Duration>>().ok_or_else(|| "the shell's `times` cannot be read".into())
    }

    fn times(&self, whose: &str) -> PathBuf {
        self.room.join(format!("times-{whose}"))
    }

    fn config(&self) -> PathBuf {
        self.room.join("terraform.rc")
    }

    fn directory(&self) -> PathBuf {
        self.room.join("work")
    }
}
