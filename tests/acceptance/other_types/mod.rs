//! The types that are not resources: data sources, ephemeral resources, functions, lists and
//! actions.

mod change_owner;
mod data_sources;
mod ephemeral;
mod functions;
mod invariants;
mod query;
mod rows;
