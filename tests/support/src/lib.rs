//! Code that the test programs of the provider share.
//!
//! [`cli`] drives the real Terraform or OpenTofu against a simulated server. It must not use any
//! type of the provider. If it did, a field name misspelt in the provider would also be misspelt in
//! the test. `tests/conformance` checks this rule. [`in_process`] runs the provider inside the test
//! process. [`core`] plays Terraform's part of the plugin protocol over any connection.
//! [`provider_process`] starts the provider's binary as Terraform does.

pub mod cli;
pub mod core;
pub mod in_process;
pub mod listener;
pub mod objects;
pub mod own_process;
pub mod processes;
pub mod protocol;
pub mod provider_process;
pub mod report;
pub mod repository;
pub mod values;
pub mod wire;
