//! What stands around tokens and grants: users and their passwords, data sources, functions, tokens for one run, `terraform query`,
//! identity, the handing over of backups, and what clients say that are too old for one of these.

mod action;
mod clients;
mod data_sources;
mod ephemeral;
mod functions;
mod identity;
mod invariants;
mod old_clients;
mod query;
mod rows;
mod run;
mod user;

pub(crate) use clients::{every_cli_with, first_with, terraform};
