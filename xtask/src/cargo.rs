//! Runs Cargo: builds programs of this workspace and finds the resulting files.

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;
use xtask::cli::{Result, target_directory};

/// A program that Cargo has just built or found up to date.
pub(crate) struct Built {
    pub(crate) version: String,
    pub(crate) executable: PathBuf,
}

/// The version of a package of this workspace.
pub(crate) fn version(package: &str) -> Result<String> {
    let output = cargo().args(["pkgid", "--package", package]).output()?;
    let id = String::from_utf8(output.stdout)?;
    Ok(version_of(id.trim()).ok_or_else(|| format!("there is no package {package}"))?.to_owned())
}

/// The version in a package id, which ends in `#1.2.3` or `#name@1.2.3`.
fn version_of(id: &str) -> Option<&str> {
    id.rsplit(['#', '@']).next().filter(|version| !version.is_empty())
}

fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Builds the program of this name with additional arguments and environment variables.
pub(crate) fn build(
    program: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<Built> {
    let mut cargo = cargo();
    cargo.args(["build", "--quiet", "--message-format=json-render-diagnostics", "--bin", program]);
    cargo
        .arg("--target-dir")
        .arg(target_directory()?)
        .args(arguments)
        .envs(variables.iter().copied());
    let output = cargo.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{program} does not compile; see the errors above").into());
    }
    let messages = output
        .stdout
        .split(|&byte| byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok());
    let mut built = messages.filter_map(|message: Value| {
        let executable = message["executable"].as_str().map(PathBuf::from)?;
        let version = version_of(message["package_id"].as_str()?)?.to_owned();
        (message["target"]["name"] == program).then_some(Built { version, executable })
    });
    built.next().ok_or_else(|| format!("cargo has built no program named {program}").into())
}
