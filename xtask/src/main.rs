//! Chores: `cargo demo` shows the provider at work without a server, `cargo dist` makes what a release consists of.
#![allow(
    clippy::disallowed_macros,
    reason = "standard output is for people here, not for a plugin handshake"
)]

mod cargo;
#[cfg(unix)]
mod demo;
mod dist;
mod elf;
#[cfg(unix)]
mod empty_root;
mod matrix;
mod record;
#[cfg(unix)]
mod simulator;

use std::{env, process::ExitCode};

#[cfg(unix)]
use simulator::Afterwards;
use xtask::cli::{Cli, Result};

const USAGE: &str = "usage: cargo demo [--keep]   apply examples/demo against a simulated server
       cargo matrix [VERSION...]
                             run the acceptance tests with every Terraform that differs, or with these
       cargo dist            make what a release consists of, for this platform, in target/dist
       cargo dist --empty-root
                             and show that the provider works in a root directory that has nothing else
       cargo dist --reproduce
                             and show that the same commit, built elsewhere, makes the same bytes
       cargo dist --seal DIRECTORY
                             list and sign what lies there, wherever it was made
       cargo run -p xtask -- terraform VERSION
                             fetch this Terraform to try things with, and print where it is";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (chore, outcome) = match arguments[..] {
        ["matrix", ref versions @ ..] => ("matrix", matrix::run(versions)),
        #[cfg(unix)]
        ["demo"] => ("demo", demo::run(Afterwards::Stop)),
        #[cfg(unix)]
        ["demo", "--keep"] => ("demo", demo::run(Afterwards::Keep)),
        ["dist"] => ("dist", dist::build().map(drop)),
        ["dist", "--reproduce"] => ("dist", dist::reproduce()),
        ["dist", "--seal", directory] => ("dist", dist::seal(directory)),
        #[cfg(unix)]
        ["dist", "--empty-root"] => ("dist", dist::build().and_then(demo::run_in_empty_root)),
        ["record"] => ("xtask record", record::run(None)),
        ["record", "--output", file] => ("xtask record", record::run(Some(file))),
        ["terraform", version] => ("xtask terraform", terraform(version)),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo {chore} failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn terraform(version: &str) -> Result<()> {
    println!("{}", Cli::terraform(version.parse()?)?.program().display());
    Ok(())
}
