//! What the chores and the acceptance tests share: a Terraform or OpenTofu to run.

pub mod cli;
pub mod release;
