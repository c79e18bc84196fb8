//! The real Terraform and OpenTofu against a simulated Proxmox Backup Server, or a real one.

mod acl;
mod api;
mod api_token;
mod around;
mod case;
mod clis;
mod composed;
mod documents;
mod examples;
mod invariants;
mod life;
mod outage;
mod outcome;
mod rows;
mod self_test;
mod terraform;
mod world;
