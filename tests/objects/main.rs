//! The configuration objects of the provider. The tests are generated from the rows of
//! [`test_support::objects`]: each test runs for every row to which it applies, and most tests run
//! for every attribute of the row. A client like Terraform's calls the provider in the same
//! process, and each row has a simulated server of its own.
//!
//! `tests/acceptance` runs some of these tests with the real Terraform, for some attributes of each
//! type.

mod case;
mod drift;
mod import;
mod lists_of_objects;
mod other_providers;
mod refusals;
mod requests;
mod schemas;
mod secrets;
mod values;
mod versions;
