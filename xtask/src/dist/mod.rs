//! `cargo dist`: what the registries of Terraform and OpenTofu want of a release, for the platform it runs on, in `target/dist`.
//!
//! The same commit makes the same bytes, wherever it is checked out and whoever builds it with the same compiler: `cargo dist
//! --reproduce` shows it.

mod archive;
mod reproduce;
mod seal;

use std::{
    env::{
        self,
        consts::{ARCH, EXE_SUFFIX, OS},
    },
    fs,
    path::{Path, PathBuf},
    process::Command,
};

pub(crate) use reproduce::reproduce;
use xtask::cli::{Result, target_directory};

use crate::{
    cargo::{self, Built},
    elf,
};

const PROVIDER: &str = "terraform-provider-pbs";
const SIMULATOR: &str = "pbs-sim";

/// Where the binary is measured, and its relocations are packed.
const MEASURED: &str = "x86_64-unknown-linux-gnu";

/// Terraform fetches it for every project on every machine.
const LARGEST: usize = 10_000_000;

/// Builds the provider and the simulated server, packs both, and seals what lies there. Refuses a provider that on
/// Linux needs anything of the machine it runs on, or that is large where that is measured.
pub(crate) fn build() -> Result<Built> {
    let (triple, directory) = (host()?, directory()?);
    let flags = flags(&triple, &directory)?;
    let build = |program: &str| {
        // The target is named, since with a static C library procedural macros would not build for the host.
        let arguments = ["--locked", "--release", "--package", program, "--target", &triple];
        cargo::build(program, &arguments, &[("CARGO_ENCODED_RUSTFLAGS", &flags)])
    };
    let built = build(PROVIDER)?;
    let version = &built.version;
    let program = fs::read(&built.executable)?;
    if OS == "linux" {
        elf::require_static(&program)?;
    }
    if triple == MEASURED && program.len() > LARGEST {
        return Err(
            format!("the binary has {} bytes; {LARGEST} is the limit", program.len()).into()
        );
    }
    fs::create_dir_all(&directory)?;
    let executable = directory.join(format!("{PROVIDER}_v{version}{EXE_SUFFIX}"));
    fs::copy(&built.executable, &executable)?;
    let platform = platform();
    archive::pack(&executable, &directory.join(format!("{PROVIDER}_{version}_{platform}.zip")))?;
    // It stops at signals that only Unix has.
    if cfg!(unix) {
        let archive = directory.join(format!("{SIMULATOR}_{version}_{platform}.zip"));
        archive::pack(&build(SIMULATOR)?.executable, &archive)?;
    }
    seal_in(&directory, version)?;
    let size = program.len() as f64 / 1e6;
    println!("{} ({size:.1} MB, {triple})", executable.display());
    Ok(Built { version: version.clone(), executable })
}

/// Lists what lies in the directory, wherever it was built, with its checksums, and signs the list.
pub(crate) fn seal(directory: &str) -> Result<()> {
    seal_in(Path::new(directory), &cargo::version(PROVIDER)?)
}

fn seal_in(directory: &Path, version: &str) -> Result<()> {
    let key = env::var("RELEASE_GPG_KEY").ok().filter(|key| !key.is_empty());
    let signer = key.map(|key| seal::Signer { program: "gpg".into(), key });
    seal::seal(directory, PROVIDER, version, signer.as_ref())?;
    seal::list(directory, SIMULATOR, version, signer.as_ref()).map(drop)
}

fn directory() -> Result<PathBuf> {
    Ok(target_directory()?.join("dist"))
}

/// As the registries call the platform that this runs on.
fn platform() -> String {
    let system = if OS == "macos" { "darwin" } else { OS };
    let processor = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}_{processor}")
}

/// As Rust calls it.
fn host() -> Result<String> {
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = String::from_utf8(Command::new(compiler).arg("-vV").output()?.stdout)?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc does not say what it builds for")?.to_owned())
}

fn flags(triple: &str, directory: &Path) -> Result<String> {
    let mut flags = Vec::new();
    if triple.contains("linux") || triple.contains("windows") {
        flags.push("-Ctarget-feature=+crt-static".to_owned());
    }
    if triple.contains("linux") {
        // From the system call, since an empty image has no /dev.
        flags.push("--cfg=getrandom_backend=\"linux_getrandom\"".to_owned());
    }
    if triple == MEASURED {
        // Saves 360 kB of relocations, which a static program that is loaded anywhere applies itself. It takes glibc 2.36
        // or newer to build.
        flags.push("-Clink-arg=-Wl,-z,pack-relative-relocs".to_owned());
    }
    // Where somebody's sources lie stands in the text of a panic.
    let target = directory.parent().ok_or("the target directory has no name")?;
    let cargo = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo
        .or_else(|| Some(env::home_dir()?.join(".cargo")))
        .ok_or("there is no home directory")?;
    for (from, to) in [(target, "/target"), (&*cargo, "/cargo")] {
        flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    }
    // As Cargo takes it: a path may hold white space.
    Ok(flags.join("\x1f"))
}
