//! Tests with the real Terraform and OpenTofu against a simulated Proxmox Backup Server, or against
//! a real one.

mod acl;
mod acl_path;
mod api_token;
mod case;
mod clock_skew;
mod composed_examples;
mod documents;
mod examples;
mod features;
mod first_contact;
mod identity;
mod invariants;
mod old_terraform;
mod other_product;
mod other_types;
mod outage;
mod own_access;
mod refused_values;
mod renames;
mod rows;
mod self_test;
mod token_lifecycle;
mod unusable_ids;
mod user;
mod user_password;
