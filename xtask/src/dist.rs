//! `cargo dist`: the statically linked release binary for x86-64 Linux. Archives, checksums and signatures are not made here yet.

use std::fs;

use xtask::cli::{Result, target_directory};

use crate::cargo;

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The explicit target is needed, since with these flags procedural macros would not build for the host;
/// the random numbers come from the system call, since an empty image has no /dev.
const FLAGS: (&str, &str) = (
    "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
    r#"-C target-feature=+crt-static --cfg getrandom_backend="linux_getrandom""#,
);

pub(crate) fn run() -> Result<()> {
    let provider = cargo::build("terraform-provider-pbs", &["--target", TARGET], &[FLAGS])?;
    let directory = target_directory()?.join("dist");
    fs::create_dir_all(&directory)?;
    let file = directory.join(format!("terraform-provider-pbs_v{}", provider.version));
    let bytes = fs::copy(&provider.executable, &file)?;
    println!("{} ({:.1} MB, {TARGET}, static)", file.display(), bytes as f64 / 1e6);
    Ok(())
}
