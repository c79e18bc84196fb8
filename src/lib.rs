//! The Terraform and OpenTofu provider for Proxmox Backup Server.

#[allow(missing_docs)]
pub mod pbs;
#[allow(missing_docs)]
pub mod plugin;
