//! `cargo dist --reproduce`: checks that builds of the same commit in two directories result in the
//! same bytes.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use xtask::cli::{Result, target_directory};

use super::build;

/// Builds the files of a release in the working tree. Builds them again in a clone, which has no
/// build cache. Then compares the archives of both builds.
///
/// # Errors
/// The archives differ, or the working tree has uncommitted changes.
pub(crate) fn reproduce() -> Result<()> {
    let changes = git(Path::new("."), &["status", "--porcelain"])?;
    if !changes.is_empty() {
        return Err(format!("the working tree has uncommitted changes:\n{changes}").into());
    }
    build()?;
    let directory = target_directory()?.join("reproduce");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    let clone = directory.join("clone");
    git(Path::new("."), &["clone", "--quiet", ".", &clone.display().to_string()])?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let target = directory.join("target");
    cargo.arg("dist").current_dir(&clone).env("CARGO_TARGET_DIR", &target);
    if !cargo.status()?.success() {
        return Err("the clone does not build; see the errors above".into());
    }
    compare(&super::directory()?, &target.join("dist"))?;
    fs::remove_dir_all(&directory)?;
    Ok(())
}

/// Compares each archive of the clone with the archive of the same name of the working tree.
/// Ignores the other archives of the working tree, which belong to other versions or platforms.
fn compare(working_tree: &Path, clone: &Path) -> Result<()> {
    for archive in archives(clone)? {
        let name = archive.file_name().unwrap_or_default();
        let path = working_tree.join(name);
        let expected = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        if fs::read(&archive)? != expected {
            return Err(format!(
                "{} differs from the archive of the working tree",
                archive.display()
            )
            .into());
        }
        println!("{}: identical in both builds", name.display());
    }
    Ok(())
}

/// The archives in this directory. If the directory contains no archive, the result is an error.
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
    fn different_and_missing_archives_are_refused() {
        let [working_tree, clone] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let (working_tree, clone) = (working_tree.path(), clone.path());
        assert!(compare(working_tree, clone).unwrap_err().to_string().contains("no archive"));
        fs::write(clone.join("it.zip"), "one").unwrap();
        assert!(compare(working_tree, clone).unwrap_err().to_string().contains("it.zip"));
        fs::write(working_tree.join("it.zip"), "two").unwrap();
        assert!(compare(working_tree, clone).unwrap_err().to_string().contains("differs"));
        fs::write(working_tree.join("it.zip"), "one").unwrap();
        fs::write(working_tree.join("older.zip"), "one").unwrap();
        compare(working_tree, clone).unwrap();
    }
}
