//! What stands around tokens and grants: users and their passwords, data sources, functions, tokens for one run, `terraform query`,
//! identity, the handing over of backups, and what clients say that are too old for one of these.

mod change_owner;
mod data_sources;
mod ephemeral;
mod functions;
mod invariants;
mod query;
mod rows;
