//! Writes the manifest, the checksums and the signature of a release. A registry checks them before
//! it accepts the release.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use ring::digest::{SHA256, digest};
use xtask::{cli::Result, hex};

const MANIFEST: &str = include_str!("../../../terraform-registry-manifest.json");

/// The GnuPG program and the key to sign with.
pub(super) struct Signer {
    pub(super) program: PathBuf,
    /// Fingerprint of the key.
    pub(super) key: String,
}

/// Writes the manifest, and then the checksums and the signature with [`write_checksums`].
pub(super) fn seal(
    directory: &Path,
    name: &str,
    version: &str,
    signer: Option<&Signer>,
) -> Result<PathBuf> {
    fs::write(directory.join(format!("{name}_{version}_manifest.json")), MANIFEST)?;
    write_checksums(directory, name, version, signer)
}

/// Writes `NAME_VERSION_SHA256SUMS` with the checksums of all files whose names begin with
/// `NAME_VERSION_`, and signs it if there is a key. Returns the path of the file.
pub(super) fn write_checksums(
    directory: &Path,
    name: &str,
    version: &str,
    signer: Option<&Signer>,
) -> Result<PathBuf> {
    let prefix = format!("{name}_{version}_");
    let sums = format!("{prefix}SHA256SUMS");
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name =
            entry?.file_name().into_string().map_err(|_| "the name of a file is not UTF-8")?;
        if name.starts_with(&prefix) && !name.starts_with(&sums) {
            names.push(name);
        }
    }
    names.sort();
    let mut lines = String::new();
    for name in names {
        let sum = digest(&SHA256, &fs::read(directory.join(&name))?);
        lines += &format!("{}  {name}\n", hex(sum.as_ref()));
    }
    let sums = directory.join(sums);
    // An existing signature belongs to an earlier list of checksums.
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
        false => Err(format!(
            "{} was not signed with the key {key}; see the message of gpg above",
            file.display()
        )
        .into()),
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
    fn the_checksums_cover_only_the_manifest_and_the_archives_of_this_version() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str| fs::write(directory.path().join(name), name).unwrap();
        for name in [
            "it_1.2.3_linux_amd64.zip",
            "it_1.2.3_darwin_arm64.zip",
            "it_1.2.2_linux_amd64.zip",
            "other_1.2.3_linux_amd64.zip",
            "it_v1.2.3",
        ] {
            write(name);
        }
        // The second run must replace the files that the first run has written.
        seal(directory.path(), "it", "1.2.3", None).unwrap();
        let sums = seal(directory.path(), "it", "1.2.3", None).unwrap();
        assert_eq!(sums, directory.path().join("it_1.2.3_SHA256SUMS"));
        let line = |name: &str| {
            let sum = digest(&SHA256, &fs::read(directory.path().join(name)).unwrap());
            format!("{}  {name}\n", hex(sum.as_ref()))
        };
        let listed =
            ["it_1.2.3_darwin_arm64.zip", "it_1.2.3_linux_amd64.zip", "it_1.2.3_manifest.json"];
        assert_eq!(fs::read_to_string(sums).unwrap(), listed.map(line).concat());
        assert_eq!(
            fs::read_to_string(directory.path().join(listed[2])).unwrap(),
            fs::read_to_string("../terraform-registry-manifest.json").unwrap()
        );
    }

    #[cfg(unix)]
    #[test]
    fn the_list_is_signed_with_the_key_and_a_failed_signature_is_an_error() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        let fake_gpg = |script: &str| {
            let program = directory.path().join("gpg");
            fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
            Signer { program, key: "ABCD".into() }
        };
        let sums = write_checksums(
            directory.path(),
            "it",
            "1.2.3",
            Some(&fake_gpg("echo \"$*\" > \"$6\"")),
        )
        .unwrap();
        let arguments =
            fs::read_to_string(directory.path().join("it_1.2.3_SHA256SUMS.sig")).unwrap();
        let sums = sums.display();
        let expected =
            format!("--batch --yes --local-user ABCD --output {sums}.sig --detach-sign {sums}\n");
        assert_eq!(arguments, expected);
        write_checksums(directory.path(), "it", "1.2.3", None).unwrap();
        assert!(
            !directory.path().join("it_1.2.3_SHA256SUMS.sig").exists(),
            "the signature of the earlier list still exists"
        );

        let error = write_checksums(directory.path(), "it", "1.2.3", Some(&fake_gpg("exit 2")))
            .unwrap_err();
        assert!(error.to_string().contains("not signed with the key ABCD"), "{error}");
    }
}
