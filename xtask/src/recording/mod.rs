//! The recorded exchanges with a Proxmox Backup Server. This module sends the requests in the order
//! of the script, and compares the answers with the recorded answers. `cargo xtask record` uses it
//! to record the exchanges again. This module does not use the simulator, but `tests/simulator`
//! uses this module to send the same requests to the simulator. tests/fixtures/README.md explains
//! the fixture.

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

/// The fixture: the requests in the script, and the recorded answers to them.
pub fn fixture() -> PathBuf {
    fixtures().join("pbs-4.2.3/exchanges.json")
}

/// The folder that contains one folder for each recorded version of PBS.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("tests/fixtures")
}
