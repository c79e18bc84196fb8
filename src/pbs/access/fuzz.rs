//! What `cargo fuzz` feeds, as CONTRIBUTING.md describes: there only, since no build but its own has `--cfg fuzzing`.

use super::{Grants, acl, users};
use crate::pbs::http;

/// Reads the bytes as the list of users with their tokens, and as that of grants.
pub fn lists(bytes: &[u8]) {
    if let Ok(users) = http::decode("GET /access/users", bytes) {
        drop(users::Listed::all(users));
    }
    if let Ok(grants) = http::decode::<Vec<acl::Wire>>("GET /access/acl", bytes) {
        let grants: Grants = grants.into_iter().filter_map(acl::Wire::parsed).collect();
        assert!(grants.iter().all(|grant| grants.contains(grant)));
    }
}
