//! Chores: `cargo demo` shows the provider at work without a server, `cargo dist` builds the release binary.
#![allow(
    clippy::disallowed_macros,
    reason = "standard output is for people here, not for a plugin handshake"
)]

mod cargo;
mod demo;
mod dist;
mod elf;
mod empty_root;
mod matrix;
mod simulator;

use std::{env, process::ExitCode};

use simulator::Afterwards;
use xtask::cli::{Cli, Result};

const USAGE: &str = "usage: cargo demo [--keep]   apply examples/demo against a simulated server
       cargo dist            build the static release binary into target/dist
       cargo matrix [VERSION...]
                             run the acceptance tests with every Terraform that differs, or with these
       cargo dist --empty-root
                             and show that it works in a root directory that has nothing else
       cargo run -p xtask -- terraform VERSION
                             fetch this Terraform to try things with, and print where it is";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (chore, outcome) = match arguments[..] {
        ["matrix", ref versions @ ..] => ("matrix", matrix::run(versions)),
        ["demo"] => ("demo", demo::run(Afterwards::Stop)),
        ["demo", "--keep"] => ("demo", demo::run(Afterwards::Keep)),
        ["dist"] => ("dist", dist::build().map(drop)),
        ["dist", "--empty-root"] => ("dist", dist::build().and_then(demo::run_in_empty_root)),
        ["terraform", version] => ("run -p xtask -- terraform", terraform(version)),
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
