//! Code that the tasks share with the tests: finding a Terraform or OpenTofu to run, facts about
//! their releases, TLS with a pinned certificate, and the recorded exchanges with a Proxmox Backup
//! Server.

pub mod cli;
pub mod pinned_tls;
pub mod recording;
pub mod release;

/// The bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
