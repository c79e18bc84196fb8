//! The Terraform and OpenTofu provider for Proxmox Backup Server.
//!
//! The crate `tf_plugin` implements the plugin protocol and knows nothing about PBS. [`pbs`] is a
//! client for the PBS API and knows nothing about Terraform. The modules [`resources`],
//! [`data_sources`], [`ephemeral`], [`functions`] and [`actions`] define the types that a
//! configuration can use. Configuration objects, for example prune jobs, need only a declaration of
//! their attributes. The module `object` turns this declaration into a resource, a data source and
//! a list resource. The module `shared` contains code that several of these modules need.
//! [`provider`] reads the provider block, creates the client and registers all types.

pub mod actions;
pub mod data_sources;
pub mod ephemeral;
pub mod functions;
mod object;
pub mod pbs;
pub mod provider;
pub mod resources;
mod shared;
