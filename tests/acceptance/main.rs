//! The real Terraform and OpenTofu against a simulated Proxmox Backup Server, or a real one.

mod clis;
mod outcome;
mod self_test;
mod terraform;
