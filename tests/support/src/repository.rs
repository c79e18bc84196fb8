//! Paths in the repository and in its build directory.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The absolute path of a file in the repository, given relative to the repository's root.
pub fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(relative)
}

/// The provider's binary of this build.
///
/// Cargo sets `CARGO_BIN_EXE_…` only for the integration tests themselves, so this crate finds the
/// binary beside the folder `deps`, which contains the running test program. Cargo builds the
/// binary before it starts an integration test of the provider.
///
/// # Panics
/// If the binary is not there.
pub fn provider_binary() -> PathBuf {
    let test_program = env::current_exe().expect("the running test program has a path");
    let mut folder = test_program.parent().expect("a program is in a folder");
    if folder.ends_with("deps") {
        folder = folder.parent().expect("deps is in a folder");
    }
    let binary = folder.join(format!("terraform-provider-pbs{}", env::consts::EXE_SUFFIX));
    assert!(binary.exists(), "{} is missing: run `cargo build` first", binary.display());
    binary
}
