//! The Terraform and OpenTofu provider for Proxmox Backup Server.

pub mod pbs;
#[allow(missing_docs)]
pub mod plugin;
