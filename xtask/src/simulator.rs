//! Runs the simulated Proxmox Backup Server (pbs-sim) as a separate process.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use xtask::cli::Result;

/// What happens to the simulated server at the end of the demo.
#[derive(Clone, Copy)]
pub(crate) enum EndOfDemo {
    /// The demo stops the server.
    StopServer,
    /// The server keeps running, so that the user can continue with it.
    KeepServer,
}

/// The environment variables that a client of the server needs. pbs-sim prints them.
const VARIABLES: [&str; 3] = ["PBS_ENDPOINT", "PBS_FINGERPRINT", "PBS_API_TOKEN"];

/// A running `pbs-sim`. If this value is dropped, the process stops. If the process was started
/// with [`EndOfDemo::KeepServer`], [`Simulator::release`] lets it keep running.
pub(crate) struct Simulator {
    process: Child,
    end_of_demo: EndOfDemo,
    /// The values of [`VARIABLES`].
    pub(crate) variables: BTreeMap<String, String>,
}

impl Simulator {
    /// Starts pbs-sim with the given arguments on a free port. Its output goes into files in
    /// `directory`.
    pub(crate) fn start(
        program: &Path,
        arguments: &[&str],
        directory: &Path,
        end_of_demo: EndOfDemo,
    ) -> Result<Self> {
        let [output, log] = ["pbs-sim.env", "pbs-sim.log"].map(|file| directory.join(file));
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0"]).args(arguments).stdin(Stdio::null());
        command.stdout(File::create(&output)?).stderr(File::create(&log)?);
        if let EndOfDemo::KeepServer = end_of_demo {
            command.process_group(0); // Ctrl-C in the terminal does not stop the server
        }
        let process =
            command.spawn().map_err(|e| format!("{} does not start: {e}", program.display()))?;
        let mut simulator = Self { process, end_of_demo, variables: BTreeMap::new() };
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            simulator.variables = exports(&fs::read_to_string(&output)?);
            if VARIABLES.iter().all(|name| simulator.variables.contains_key(*name)) {
                return Ok(simulator);
            }
            if let Some(status) = simulator.process.try_wait()? {
                let message = fs::read_to_string(&log)?;
                return Err(
                    format!("pbs-sim ended unexpectedly ({status}): {}", message.trim()).into()
                );
            }
            if Instant::now() > deadline {
                return Err("pbs-sim did not print its address within 10 s".into());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Consumes this value. If the process was started with [`EndOfDemo::KeepServer`], the process
    /// keeps running.
    pub(crate) fn release(self) {
        if let EndOfDemo::KeepServer = self.end_of_demo {
            std::mem::forget(self);
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // An error means that the process has already ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The variables in lines such as `export A=1 B='2'`. A last line without a line break is ignored,
/// because pbs-sim may still be writing it.
fn exports(text: &str) -> BTreeMap<String, String> {
    let complete = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
    let words = complete
        .lines()
        .filter_map(|line| line.strip_prefix("export "))
        .flat_map(str::split_whitespace);
    let pairs = words.filter_map(|word| word.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.trim_matches(['\'', '"']).to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::exports;

    #[test]
    fn only_complete_lines_are_read_as_exports() {
        let text =
            "listening\nexport A=https://127.0.0.1:1 B='u@pbs!t:s'\nexport C=\"x=y\"\nexport D=cut";
        let expected = [("A", "https://127.0.0.1:1"), ("B", "u@pbs!t:s"), ("C", "x=y")];
        assert_eq!(
            exports(text),
            expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
        );
    }
}
