//! What a release consists of, beside the programs themselves: archives that anybody can make again, and checksums of them all.

use std::{fs, path::Path, process::Command, time::SystemTime};

use ring::digest::{SHA256, digest};
use tempfile::TempDir;

fn package(arguments: &[&str], directory: &Path) -> bool {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/package.py");
    let mut python = Command::new("python3");
    python.arg(script).args(arguments).current_dir(directory);
    python.status().expect("python3 starts").success()
}

/// A directory with something that looks like a program.
fn room() -> TempDir {
    let room = tempfile::tempdir().expect("a temporary directory");
    fs::write(room.path().join("program"), b"#!/bin/sh\n").expect("the program");
    room
}

#[test]
fn the_same_program_makes_the_same_archive() {
    let room = room();
    let zip = |name: &str| {
        let made = package(&["zip", "program", "terraform-provider-pbs_v1.2.3", name], room.path());
        assert!(made, "the archive was not made");
        fs::read(room.path().join(name)).expect("the archive is there")
    };
    let first = zip("one.zip");
    let program = fs::File::options().write(true).open(room.path().join("program"));
    let program = program.expect("the program is there");
    program.set_modified(SystemTime::UNIX_EPOCH).expect("another time");
    assert_eq!(zip("two.zip"), first, "the archive depends on more than the program");

    fs::write(room.path().join("program"), b"#!/bin/sh\nexit 1\n").expect("another program");
    assert_ne!(zip("three.zip"), first);
}

#[test]
fn an_archive_holds_an_executable_under_the_registrys_name() {
    let room = room();
    assert!(package(&["zip", "program", "terraform-provider-pbs_v1.2.3", "it.zip"], room.path()));
    let list = "import sys, zipfile; [print(f'{it.external_attr >> 16:o} {it.filename}') for it in zipfile.ZipFile('it.zip').infolist()]";
    let output =
        Command::new("python3").args(["-c", list]).current_dir(room.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "100755 terraform-provider-pbs_v1.2.3\n");
}

#[test]
fn the_checksums_cover_every_archive_and_the_manifest() {
    let room = room();
    let archive = "terraform-provider-pbs_1.2.3_linux_amd64.zip";
    fs::rename(room.path().join("program"), room.path().join(archive)).expect("an archive");
    for _ in 0..2 {
        assert!(package(&["sums", "terraform-provider-pbs_1.2.3", "."], room.path()));
    }
    let read = |name: &str| fs::read(room.path().join(name)).expect("the file is there");
    let manifest = "terraform-provider-pbs_1.2.3_manifest.json";
    let line = |name: &str| {
        let sum = digest(&SHA256, &read(name));
        let hex: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{hex}  {name}\n")
    };
    let sums = String::from_utf8(read("terraform-provider-pbs_1.2.3_SHA256SUMS")).unwrap();
    assert_eq!(sums, line(archive) + &line(manifest));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("terraform-registry-manifest.json");
    assert_eq!(read(manifest), fs::read(source).unwrap());
}

#[test]
fn a_wrong_call_fails() {
    assert!(!package(&["zip", "program"], room().path()));
}
