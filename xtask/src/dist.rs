//! `cargo dist`: the statically linked release binary for x86-64 Linux. Archives, checksums and signatures are not made here yet.

use std::fs;

use xtask::cli::{Result, target_directory};

use crate::{
    cargo::{self, Built},
    elf,
};

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The explicit target is needed, since with these flags procedural macros would not build for the host;
/// the random numbers come from the system call, since an empty image has no /dev. The packed form saves 360 kB of
/// relocations, which a static program that is loaded anywhere applies itself; it takes glibc 2.36 or newer to build.
const FLAGS: (&str, &str) = (
    "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
    r#"-C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs --cfg getrandom_backend="linux_getrandom""#,
);

/// Terraform fetches it for every project on every machine.
const LARGEST: usize = 10_000_000;

/// Builds the binary and refuses one that is large or needs anything of the machine it runs on.
pub(crate) fn build() -> Result<Built> {
    let arguments = ["--release", "--package", "terraform-provider-pbs", "--target", TARGET];
    let built = cargo::build("terraform-provider-pbs", &arguments, &[FLAGS])?;
    let program = fs::read(&built.executable)?;
    elf::require_static(&program)?;
    if program.len() > LARGEST {
        return Err(
            format!("the binary has {} bytes; {LARGEST} is the limit", program.len()).into()
        );
    }
    let directory = target_directory()?.join("dist");
    fs::create_dir_all(&directory)?;
    let executable = directory.join(format!("terraform-provider-pbs_v{}", built.version));
    fs::copy(&built.executable, &executable)?;
    println!("{} ({:.1} MB, {TARGET}, static)", executable.display(), program.len() as f64 / 1e6);
    Ok(Built { executable, ..built })
}
