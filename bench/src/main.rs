//! `cargo side-by-side`: measures this provider and other programs in the same run, and prints
//! medians and ratios.
#![allow(
    clippy::disallowed_macros,
    reason = "this program is no plugin, so it may write to standard output"
)]

mod apply;
mod bare;
mod figures;
mod host;
mod machine;
mod plan;
mod process;
mod terraform;
mod tls;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use figures::Report;
use xtask::cli::{Cli, Result};

const USAGE: &str = "\
usage: cargo side-by-side [--provider FILE] [--beside NAME=FILE]... [--rounds N]
                          [--only PART]...

  --provider FILE      binary of the provider (default: build it with `cargo dist`)
  --beside NAME=FILE   binary of another provider to compare with; may be repeated. Only its size,
                       start and memory are measured
  --rounds N           number of runs of each plan and apply (default 5); a start is run ten times
                       as often
  --only PART          measure only this part: process, plan, growth or apply; may be repeated

bench/README.md explains what is measured and how to build the programs to compare with.";

const PARTS: [&str; 4] = ["process", "plan", "growth", "apply"];

fn main() -> ExitCode {
    let options = match Options::parse(env::args().skip(1)) {
        Some(options) => options,
        None => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options) {
        Ok(report) => {
            print!("{}\n{report}", machine::description());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("cargo side-by-side failed: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    provider: Option<PathBuf>,
    /// The names and binaries of the other providers.
    others: Vec<(String, PathBuf)>,
    rounds: usize,
    /// The parts to measure. All parts if the list is empty.
    only: Vec<String>,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let mut options = Self { provider: None, others: Vec::new(), rounds: 5, only: Vec::new() };
        while let Some(option) = args.next() {
            let value = args.next()?;
            match option.as_str() {
                "--provider" => options.provider = Some(value.into()),
                "--beside" => {
                    let (name, file) = value.split_once('=')?;
                    options.others.push((name.into(), file.into()));
                }
                "--rounds" => options.rounds = value.parse().ok().filter(|rounds| *rounds > 0)?,
                "--only" if PARTS.contains(&value.as_str()) => options.only.push(value),
                _ => return None,
            }
        }
        Some(options)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }
}

fn run(options: Options) -> Result<Report> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| "a cryptography provider of rustls is already installed")?;
    let provider = match &options.provider {
        Some(file) => file.canonicalize().map_err(|e| format!("{}: {e}", file.display()))?,
        None => dist()?,
    };
    let directory = tempfile::Builder::new().prefix("pbs-bench-").tempdir()?;
    let mut report = Report::default();
    if options.wants("process") {
        process::measure(
            &mut report,
            &provider,
            &options.others,
            options.rounds,
            directory.path(),
        )?;
    }
    let cli = Cli::any()?;
    if options.wants("plan") || options.wants("growth") {
        let counts: &[usize] = if options.wants("growth") { &[1000, 4000] } else { &[1000] };
        plan::measure(&mut report, &cli, &provider, counts, options.rounds, directory.path())?;
    }
    if options.wants("apply") {
        apply::measure(&mut report, &cli, &provider, options.rounds, directory.path())?;
    }
    Ok(report)
}

/// Builds the release binary and returns its path.
fn dist() -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["dist"]).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    let output = command.stderr(std::process::Stdio::inherit()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    // The last line is `FILE (9.0 MB, ...)`.
    let file = text.lines().last().and_then(|line| line.split_once(" (")).map(|(file, _)| file);
    match (output.status.success(), file) {
        (true, Some(file)) => Ok(file.into()),
        _ => Err("`cargo dist` did not build the release binary".into()),
    }
}
