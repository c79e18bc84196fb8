//! `cargo dist --reproduce`: the same commit, built in two places, makes the same bytes.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use xtask::cli::{Result, target_directory};

use super::{build, directory};

/// Builds here, then in a clone elsewhere with everything built anew, and compares the archives.
///
/// # Errors
/// They differ; or what is here is not what was committed.
pub(crate) fn reproduce() -> Result<()> {
    let changed = git(Path::new("."), &["status", "--porcelain"])?;
    if !changed.is_empty() {
        return Err(format!("this is more than a commit:\n{changed}").into());
    }
    build()?;
    let elsewhere = target_directory()?.join("elsewhere");
    if elsewhere.exists() {
        fs::remove_dir_all(&elsewhere)?;
    }
    let clone = elsewhere.join("a-clone");
    git(Path::new("."), &["clone", "--quiet", ".", &clone.display().to_string()])?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let target = elsewhere.join("its-target");
    cargo.arg("dist").current_dir(&clone).env("CARGO_TARGET_DIR", &target);
    if !cargo.status()?.success() {
        return Err("it does not build elsewhere; the reason stands above".into());
    }
    let here = directory()?;
    // What lies here may be older, or of another machine.
    for archive in archives(&target.join("dist"))? {
        let name = archive.file_name().unwrap_or_default();
        if fs::read(&archive)? != fs::read(here.join(name))? {
            return Err(format!("{} is another one here", archive.display()).into());
        }
        println!("{}: the same bytes", name.display());
    }
    fs::remove_dir_all(&elsewhere)?;
    Ok(())
}

/// Those in this directory; there is one at least.
fn archives(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory)?.collect::<std::io::Result<Vec<_>>>()?;
    let files = entries.into_iter().map(|entry| entry.path());
    let mut archives: Vec<_> =
        files.filter(|file| file.extension() == Some(OsStr::new("zip"))).collect();
    archives.sort();
    match archives.is_empty() {
        true => Err(format!("there is no archive in {}", directory.display()).into()),
        false => Ok(archives),
    }
}

fn git(directory: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git").args(arguments).current_dir(directory).output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => {
            Err(format!("git {}: {}", arguments[0], String::from_utf8_lossy(&output.stderr)).into())
        }
    }
}
