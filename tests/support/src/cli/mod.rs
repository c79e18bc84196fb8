//! The real Terraform or OpenTofu, and the server of a test. This module must not use the
//! provider's types; see the [crate's documentation](crate).

mod api;
mod installed;
mod outcome;
mod recorded;
mod workspace;
mod world;

pub use api::Api;
pub use installed::{clis, newest, newest_of_each_product};
pub use outcome::{Change, Diagnostic, Outcome, Plan, redacted};
pub use recorded::{Recorded, unpacked};
pub use workspace::{Running, Workspace};
pub use world::{Names, World};

/// Runs the test with every Terraform of [`clis`], each time with a server of its own.
pub fn every_cli(test: impl Fn(&World)) {
    for cli in clis() {
        test(&World::new(cli));
    }
}

/// The block that every configuration begins with. The provider's address and credentials come from
/// the environment.
pub const REQUIRED_PROVIDERS: &str = r#"terraform {
  required_providers {
    pbs = {
      source = "pbs-rs/pbs"
    }
  }
}

"#;
