//! `cargo dist`: builds the files of a release in `target/dist` for the platform on which it runs.
//! The files have the form that the registries of Terraform and OpenTofu require.
//!
//! Builds are reproducible. In any directory, the same commit and the same compiler result in the
//! same bytes. `cargo dist --reproduce` checks this.

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

/// The target for which the binary must not exceed [`SIZE_LIMIT`]. Its binary is linked with packed
/// relocations.
const SIZE_LIMITED_TARGET: &str = "x86_64-unknown-linux-gnu";

/// Limit on the size of the binary in bytes. The size matters because Terraform downloads the
/// binary for every project on every machine.
const SIZE_LIMIT: usize = 12_500_000;

/// Builds and packs the provider and the simulated server. Writes the manifest and the checksums.
/// If `RELEASE_GPG_KEY` names a key, also writes the signature.
///
/// # Errors
/// - The build fails.
/// - On Linux, the provider is not static.
/// - On [`SIZE_LIMITED_TARGET`], the provider is larger than [`SIZE_LIMIT`].
pub(crate) fn build() -> Result<Built> {
    let (triple, directory) = (host()?, directory()?);
    let flags = flags(&triple, &directory)?;
    let build = |program: &str| {
        // Procedural macros cannot be built with a static C library. With the option `--target`,
        // the flags do not apply to procedural macros.
        let arguments = ["--locked", "--release", "--package", program, "--target", &triple];
        cargo::build(program, &arguments, &[("CARGO_ENCODED_RUSTFLAGS", &flags)])
    };
    let built = build(PROVIDER)?;
    let version = &built.version;
    let program = fs::read(&built.executable)?;
    if OS == "linux" {
        elf::require_static(&program)?;
    }
    if triple == SIZE_LIMITED_TARGET && program.len() > SIZE_LIMIT {
        return Err(
            format!("the binary has {} bytes; the limit is {SIZE_LIMIT}", program.len()).into()
        );
    }
    fs::create_dir_all(&directory)?;
    let executable = directory.join(format!("{PROVIDER}_v{version}{EXE_SUFFIX}"));
    fs::copy(&built.executable, &executable)?;
    let platform = platform();
    archive::pack(&executable, &directory.join(format!("{PROVIDER}_{version}_{platform}.zip")))?;
    // The simulated server needs Unix signals.
    if cfg!(unix) {
        let archive = directory.join(format!("{SIMULATOR}_{version}_{platform}.zip"));
        archive::pack(&build(SIMULATOR)?.executable, &archive)?;
    }
    seal_in(&directory, version)?;
    let size = program.len() as f64 / 1e6;
    println!("{} ({size:.1} MB, {triple})", executable.display());
    Ok(Built { version: version.clone(), executable })
}

/// Writes manifest, checksums and signature for the archives in the directory. The archives may
/// come from several machines.
pub(crate) fn seal(directory: &str) -> Result<()> {
    seal_in(Path::new(directory), &cargo::version(PROVIDER)?)
}

fn seal_in(directory: &Path, version: &str) -> Result<()> {
    let key = env::var("RELEASE_GPG_KEY").ok().filter(|key| !key.is_empty());
    let signer = key.map(|key| seal::Signer { program: "gpg".into(), key });
    seal::seal(directory, PROVIDER, version, signer.as_ref())?;
    seal::write_checksums(directory, SIMULATOR, version, signer.as_ref()).map(drop)
}

fn directory() -> Result<PathBuf> {
    Ok(target_directory()?.join("dist"))
}

/// The platform that this program runs on, as the registries name it.
pub(crate) fn platform() -> String {
    let system = if OS == "macos" { "darwin" } else { OS };
    let processor = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}_{processor}")
}

/// The target triple of the platform that this program runs on.
fn host() -> Result<String> {
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = String::from_utf8(Command::new(compiler).arg("-vV").output()?.stdout)?;
    let host = output.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("the output of `rustc -vV` has no line `host:`")?.to_owned())
}

/// The compiler flags of a release, in the format of `CARGO_ENCODED_RUSTFLAGS`.
fn flags(triple: &str, directory: &Path) -> Result<String> {
    let mut flags = Vec::new();
    if triple.contains("linux") || triple.contains("windows") {
        flags.push("-Ctarget-feature=+crt-static".to_owned());
    }
    if triple.contains("linux") {
        // Random numbers come from a system call, because an empty container image has no
        // /dev/urandom.
        flags.push("--cfg=getrandom_backend=\"linux_getrandom\"".to_owned());
    }
    if triple == SIZE_LIMITED_TARGET {
        // A static position-independent program contains relocations, which it applies itself.
        // Packing the relocations saves 360 kB. A build with this option needs glibc 2.36 or newer.
        flags.push("-Clink-arg=-Wl,-z,pack-relative-relocs".to_owned());
    }
    // Panic messages contain paths of source files. Without this replacement, the paths would
    // differ from machine to machine, and the binary would differ too.
    let target = directory.parent().ok_or("the target directory has no name")?;
    let cargo = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo
        .or_else(|| Some(env::home_dir()?.join(".cargo")))
        .ok_or("there is no home directory")?;
    for (from, to) in [(target, "/target"), (&*cargo, "/cargo")] {
        flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    }
    // Cargo splits the variable at this character, so a path may contain spaces.
    Ok(flags.join("\x1f"))
}
