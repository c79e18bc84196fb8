//! Development tasks, run as `cargo TASK` or `cargo xtask TASK`: the demo, tests with several
//! versions of Terraform, files of a new resource, recordings of PBS, and release builds.
#![allow(
    clippy::disallowed_macros,
    reason = "this program is no plugin, so it may write to standard output"
)]

mod cargo;
#[cfg(unix)]
mod demo;
mod dist;
mod elf;
#[cfg(unix)]
mod empty_root;
mod matrix;
mod new_resource;
mod record;
#[cfg(unix)]
mod simulator;

use std::{env, process::ExitCode};

#[cfg(unix)]
use simulator::EndOfDemo;
use xtask::cli::{Cli, Result};

const USAGE: &str = "\
usage: cargo demo            apply examples/demo with Terraform against a simulated server
       cargo demo --keep     the same, and keep the server running
       cargo matrix          run the acceptance tests with the versions of Terraform and OpenTofu
                             that differ in features; OpenTofu needs go, or tofu, on PATH
       cargo matrix VERSION...
                             run the acceptance tests with these versions, such as 1.6.6,
                             tofu-1.8.11, or tofu for the OpenTofu on PATH or the newest one
       cargo dist            build the files of a release for this platform in target/dist
       cargo dist --empty-root
                             build these files, then run the demo with the provider in an empty root
                             directory
       cargo dist --reproduce
                             build these files, then check that a second build results in the same
                             bytes
       cargo dist --seal DIRECTORY
                             write manifest, checksums and signature for the archives in DIRECTORY;
                             the variable RELEASE_GPG_KEY names the key to sign with
       cargo xtask new-resource NAME
                             create the files of a new managed resource pbs_NAME from templates, and
                             print the lines to add to existing files
       cargo xtask record [--output FILE]
                             record the answers of the server that the variable PBS_TEST_ENDPOINT
                             names; if the variable is not set, only check that the recorded
                             exchanges are complete (see tests/fixtures/README.md)
       cargo xtask terraform VERSION
                             download this version of Terraform, or build this version of OpenTofu
                             (for example tofu-1.8.11), and print the path of the program";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (task, outcome) = match arguments[..] {
        ["matrix", ref versions @ ..] => ("matrix", matrix::run(versions)),
        #[cfg(unix)]
        ["demo"] => ("demo", demo::run(EndOfDemo::StopServer)),
        #[cfg(unix)]
        ["demo", "--keep"] => ("demo", demo::run(EndOfDemo::KeepServer)),
        ["dist"] => ("dist", dist::build().map(drop)),
        ["dist", "--reproduce"] => ("dist", dist::reproduce()),
        ["dist", "--seal", directory] => ("dist", dist::seal(directory)),
        #[cfg(unix)]
        ["dist", "--empty-root"] => ("dist", dist::build().and_then(demo::run_in_empty_root)),
        ["new-resource", name] => ("xtask new-resource", new_resource::run(name)),
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
            eprintln!("cargo {task} failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn terraform(version: &str) -> Result<()> {
    println!("{}", Cli::named(version)?.program().display());
    Ok(())
}
