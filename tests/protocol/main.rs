//! Tests of the plugin protocol. A client like Terraform's calls a provider in the same process,
//! over a stream in memory. The gRPC server is the same as in a separate provider process. The
//! modules that use `harness` run a test provider with a resource, a data source, an ephemeral
//! resource, a function and an action. The other modules use the real provider with a simulated
//! PBS.

mod actions;
mod datastore_faults;
mod datastore_tasks;
mod ephemeral_token;
mod harness;
mod hostile_values;
mod imported_and_stored_states;
mod interruptions;
mod lists_and_actions;
mod lost_starts;
mod metric_servers;
mod namespaces;
mod operations;
mod other_types;
mod plan_warnings;
mod property_strings;
mod renames;
mod resource_changes;
mod schemas;
mod settling;
mod sync_jobs;
mod test_backend;
mod test_provider;
mod test_resource;
mod type_checks;

use test_support::protocol::tfplugin6 as proto;
