//! The recorded exchanges with a Proxmox Backup Server: playing them in the order of the recording,
//! comparing answers, and recording them anew with `cargo xtask record`. Knows no simulator:
//! `tests/simulator` plays the same script against it. tests/fixtures/README.md explains the
//! fixture.

mod check;
mod comparison;
pub mod exchange;
mod record;
mod redaction;
pub mod script;
mod sender;
mod server;
mod substitutions;
mod tls;

use std::path::{Path, PathBuf};

pub use check::{Findings, check};
pub use comparison::compare;
pub use record::{Recorder, Recording, Server};
pub use sender::{Credentials, Sender};
pub use substitutions::Substitutions;

/// The fixture that the simulator is compared with and that recordings take their requests from.
pub fn fixture() -> PathBuf {
    fixtures().join("pbs-4.2.3/exchanges.json")
}

/// The folder that holds a folder of fixtures for each recorded version.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("tests/fixtures")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
