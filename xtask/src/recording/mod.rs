//! The recorded exchanges with a Proxmox Backup Server: sends the requests in the order of the
//! script, compares answers, and records the exchanges again with `cargo xtask record`. This module
//! does not use the simulator; `tests/simulator` sends the same script to the simulator.
//! tests/fixtures/README.md explains the fixture.

mod check;
mod comparison;
pub mod exchange;
mod record;
mod redaction;
pub mod script;
mod sender;
mod server;
mod substitutions;

use std::path::{Path, PathBuf};

pub use check::{Findings, check};
pub use comparison::compare;
pub use record::{Recorder, Recording, Server};
pub use sender::{Credentials, Sender};
pub use substitutions::Substitutions;

/// The fixture with the recorded answers for the simulator and the requests for new recordings.
pub fn fixture() -> PathBuf {
    fixtures().join("pbs-4.2.3/exchanges.json")
}

/// The folder that contains one folder for each recorded version of PBS.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("tests/fixtures")
}
