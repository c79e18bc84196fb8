//! The Terraform and OpenTofu provider for Proxmox Backup Server.
//!
//! `plugin` speaks Terraform's protocol and knows no PBS; `pbs` speaks the API of
//! Proxmox Backup Server and knows no Terraform; `resources` and `data_sources` map
//! one onto the other, a type a file; `provider` puts them together.

pub mod actions;
pub mod data_sources;
pub mod ephemeral;
pub mod functions;
pub mod pbs;
pub mod provider;
pub mod resources;
