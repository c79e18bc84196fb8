//! The simulated Proxmox Backup Server as a process of its own, as a user would run it.

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

/// What becomes of the simulated server when the demo is over.
#[derive(Clone, Copy)]
pub(crate) enum Afterwards {
    /// It is stopped.
    Stop,
    /// It goes on, so that one can go on by hand.
    Keep,
}

/// What a client has to know of a server; the simulator prints them.
const VARIABLES: [&str; 3] = ["PBS_ENDPOINT", "PBS_FINGERPRINT", "PBS_API_TOKEN"];

/// A running `pbs-sim`; it ends with this value unless it is to be kept.
pub(crate) struct Simulator {
    process: Child,
    afterwards: Afterwards,
    /// Those of [`VARIABLES`].
    pub(crate) variables: BTreeMap<String, String>,
}

impl Simulator {
    /// Starts it with the given arguments on a free port; what it says goes into files in `room`.
    pub(crate) fn start(
        program: &Path,
        arguments: &[&str],
        room: &Path,
        afterwards: Afterwards,
    ) -> Result<Self> {
        let [output, log] = ["pbs-sim.env", "pbs-sim.log"].map(|file| room.join(file));
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0"]).args(arguments).stdin(Stdio::null());
        command.stdout(File::create(&output)?).stderr(File::create(&log)?);
        if let Afterwards::Keep = afterwards {
            command.process_group(0); // out of reach of the terminal's Ctrl-C
        }
        let process =
            command.spawn().map_err(|e| format!("{} does not start: {e}", program.display()))?;
        let mut simulator = Self { process, afterwards, variables: BTreeMap::new() };
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            simulator.variables = exports(&fs::read_to_string(&output)?);
            if VARIABLES.iter().all(|name| simulator.variables.contains_key(*name)) {
                return Ok(simulator);
            }
            if let Some(status) = simulator.process.try_wait()? {
                let said = fs::read_to_string(&log)?;
                return Err(format!("pbs-sim ended at once ({status}): {}", said.trim()).into());
            }
            if Instant::now() > deadline {
                return Err("pbs-sim did not say within 10 s where it listens".into());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// From here on the process outlives this value, if that was wanted from the start.
    pub(crate) fn release(self) {
        if let Afterwards::Keep = self.afterwards {
            std::mem::forget(self);
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The variables in lines such as `export A=1 B='2'`; a line that is not yet complete counts for nothing.
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
    fn exports_are_read_line_by_line_and_only_when_complete() {
        let text =
            "listening\nexport A=https://127.0.0.1:1 B='u@pbs!t:s'\nexport C=\"x=y\"\nexport D=cut";
        let expected = [("A", "https://127.0.0.1:1"), ("B", "u@pbs!t:s"), ("C", "x=y")];
        assert_eq!(
            exports(text),
            expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
        );
    }
}
