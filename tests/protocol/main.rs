//! The plugin protocol between Terraform's client and a provider in the same process, over a stream
//! in memory and through the server that the provider's process runs too. Most tests use a test
//! provider that has one type of each kind; `ephemeral_token` uses the real provider with a
//! simulated server.

mod ephemeral_token;
mod harness;
mod hostile_values;
mod imported_and_stored_states;
mod interruptions;
mod lists_and_actions;
mod other_types;
mod resource_changes;
mod schemas;
mod test_backend;
mod test_provider;
mod test_resource;

use test_support::protocol::tfplugin6 as proto;
