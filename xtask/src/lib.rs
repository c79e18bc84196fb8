//! What the tasks share with the tests: a Terraform or OpenTofu to run, and the recorded exchanges
//! with a Proxmox Backup Server.

pub mod cli;
pub mod recording;
pub mod release;
