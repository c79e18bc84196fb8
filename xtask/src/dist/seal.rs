//! Manifest, checksums and signature: what a registry looks at before it takes a release.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use ring::digest::{SHA256, digest};
use xtask::cli::Result;

const MANIFEST: &str = include_str!("../../../terraform-registry-manifest.json");

/// Who signs: GnuPG, and which of its keys.
pub(super) struct Signer {
    pub(super) program: PathBuf,
    /// Its fingerprint.
    pub(super) key: String,
}

/// Adds the manifest, lists everything of this version, and signs the list.
pub(super) fn seal(
    directory: &Path,
    name: &str,
    version: &str,
    signer: Option<&Signer>,
) -> Result<PathBuf> {
    fs::write(directory.join(format!("{name}_{version}_manifest.json")), MANIFEST)?;
    list(directory, name, version, signer)
}

/// Writes `NAME_VERSION_SHA256SUMS` of all that begins with `NAME_VERSION_`, and signs it where there is a key.
pub(super) fn list(
    directory: &Path,
    name: &str,
    version: &str,
    signer: Option<&Signer>,
) -> Result<PathBuf> {
    let prefix = format!("{name}_{version}_");
    let sums = format!("{prefix}SHA256SUMS");
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name().into_string().map_err(|_| "a file has no readable name")?;
        if name.starts_with(&prefix) && !name.starts_with(&sums) {
            names.push(name);
        }
    }
    names.sort();
    let mut lines = String::new();
    for name in names {
        let sum = digest(&SHA256, &fs::read(directory.join(&name))?);
        let hex: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        lines += &format!("{hex}  {name}\n");
    }
    let sums = directory.join(sums);
    // One of an earlier list would not fit.
    match fs::remove_file(signature(&sums)) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => fs::write(&sums, lines)?,
    }
    if let Some(signer) = signer {
        sign(&sums, signer)?;
    }
    Ok(sums)
}

fn sign(file: &Path, Signer { program, key }: &Signer) -> Result<()> {
    let mut gpg = Command::new(program);
    gpg.args(["--batch", "--yes", "--local-user", key, "--output"]).arg(signature(file));
    let status = gpg.arg("--detach-sign").arg(file).status();
    let status = status.map_err(|e| format!("{} does not start: {e}", program.display()))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{} was not signed with the key {key}", file.display()).into()),
    }
}

fn signature(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksums_cover_every_archive_and_the_manifest_and_nothing_else() {
        let room = tempfile::tempdir().unwrap();
        let write = |name: &str| fs::write(room.path().join(name), name).unwrap();
        for name in [
            "it_1.2.3_linux_amd64.zip",
            "it_1.2.3_darwin_arm64.zip",
            "it_1.2.2_linux_amd64.zip",
            "other_1.2.3_linux_amd64.zip",
            "it_v1.2.3",
        ] {
            write(name);
        }
        // Twice: what was sealed can be sealed again.
        seal(room.path(), "it", "1.2.3", None).unwrap();
        let sums = seal(room.path(), "it", "1.2.3", None).unwrap();
        assert_eq!(sums, room.path().join("it_1.2.3_SHA256SUMS"));
        let line = |name: &str| {
            let sum = digest(&SHA256, &fs::read(room.path().join(name)).unwrap());
            let hex: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{hex}  {name}\n")
        };
        let listed =
            ["it_1.2.3_darwin_arm64.zip", "it_1.2.3_linux_amd64.zip", "it_1.2.3_manifest.json"];
        assert_eq!(fs::read_to_string(sums).unwrap(), listed.map(line).concat());
        assert_eq!(
            fs::read_to_string(room.path().join(listed[2])).unwrap(),
            fs::read_to_string("../terraform-registry-manifest.json").unwrap()
        );
    }

    #[cfg(unix)]
    #[test]
    fn the_list_is_signed_with_the_key_or_it_fails() {
        use std::os::unix::fs::PermissionsExt;

        let room = tempfile::tempdir().unwrap();
        let stand_in = |script: &str| {
            let program = room.path().join("gpg");
            fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
            Signer { program, key: "ABCD".into() }
        };
        let sums =
            list(room.path(), "it", "1.2.3", Some(&stand_in("echo \"$*\" > \"$6\""))).unwrap();
        let signed = fs::read_to_string(room.path().join("it_1.2.3_SHA256SUMS.sig")).unwrap();
        let sums = sums.display();
        let wanted =
            format!("--batch --yes --local-user ABCD --output {sums}.sig --detach-sign {sums}\n");
        assert_eq!(signed, wanted);
        list(room.path(), "it", "1.2.3", None).unwrap();
        assert!(!room.path().join("it_1.2.3_SHA256SUMS.sig").exists(), "it is of another list");

        let refused = list(room.path(), "it", "1.2.3", Some(&stand_in("exit 2"))).unwrap_err();
        assert!(refused.to_string().contains("not signed with the key ABCD"), "{refused}");
    }
}
