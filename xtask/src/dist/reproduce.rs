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
    compare(&directory()?, &target.join("dist"))?;
    fs::remove_dir_all(&elsewhere)?;
    Ok(())
}

/// Refuses two places with different bytes. What lies here only may be older, or of another machine.
fn compare(here: &Path, there: &Path) -> Result<()> {
    for archive in archives(there)? {
        let name = archive.file_name().unwrap_or_default();
        let own = here.join(name);
        let own = fs::read(&own).map_err(|error| format!("{}: {error}", own.display()))?;
        if fs::read(&archive)? != own {
            return Err(format!("{} is another one here", archive.display()).into());
        }
        println!("{}: the same bytes", name.display());
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_bytes_are_refused_and_so_is_nothing_at_all() {
        let [here, there] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let (here, there) = (here.path(), there.path());
        assert!(compare(here, there).unwrap_err().to_string().contains("no archive"));
        fs::write(there.join("it.zip"), "one").unwrap();
        assert!(compare(here, there).unwrap_err().to_string().contains("it.zip"));
        fs::write(here.join("it.zip"), "two").unwrap();
        assert!(compare(here, there).unwrap_err().to_string().contains("another one"));
        fs::write(here.join("it.zip"), "one").unwrap();
        fs::write(here.join("older.zip"), "one").unwrap();
        compare(here, there).unwrap();
    }
}
