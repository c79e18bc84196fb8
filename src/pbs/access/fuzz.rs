//! Entry point for `cargo fuzz`, described in CONTRIBUTING.md. It exists only in builds with
//! `--cfg fuzzing`.

use crate::pbs::{
    Grants,
    access::{acl, users::UserWithTokens},
    http,
};

/// Decodes the bytes as the list of users with their tokens, and as the list of grants.
pub fn lists(bytes: &[u8]) {
    if let Ok(users) = http::decode("GET /access/users", bytes) {
        drop(UserWithTokens::index(users));
    }
    if let Ok(entries) = http::decode::<Vec<acl::Wire>>("GET /access/acl", bytes) {
        let grants: Grants = entries.into_iter().filter_map(acl::Wire::into_grant).collect();
        assert!(grants.iter().all(|grant| grants.contains(grant)));
    }
}
