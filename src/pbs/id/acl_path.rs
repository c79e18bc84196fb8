//! The paths on which roles are granted.

use super::{Malformed, check_length, check_segments, name_type};

name_type! {
    /// `/`, or `/name/name…`: on what a role is granted. At most 128 characters, no `/` at the end.
    AclPath, check
}

fn check(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "`/` or `/name/name` (an ACL path)";
    let Some(segments) = text.strip_prefix('/') else {
        return Err(Malformed::character(FORM, text, 1));
    };
    if !segments.is_empty() {
        check_segments(FORM, segments, 1)?;
    }
    check_length(FORM, text, 1, 128)
}

impl AclPath {
    /// Whether PBS 4.2.3 accepts grants on this path (read in its source). Newer versions know
    /// more trees, so a path that is not known here deserves a warning, not an error.
    #[must_use]
    pub fn tree_is_known(&self) -> bool {
        let path: Vec<&str> = self.as_str().split('/').filter(|name| !name.is_empty()).collect();
        match path.as_slice() {
            []
            | ["access"]
            | ["access", "acl" | "users" | "domains"]
            | ["access", "openid"]
            | ["access", "openid", _]
            | ["system"]
            | [
                "system",
                "certificates" | "disks" | "log" | "notifications" | "status" | "tasks" | "time",
            ]
            | ["system", "services" | "s3-endpoint" | "encryption-keys"]
            | ["system", "services" | "s3-endpoint" | "encryption-keys", _]
            | ["system", "network"]
            | ["system", "network", "dns" | "interfaces"]
            | ["system", "network", "interfaces", _]
            | ["tape"]
            | ["tape", "device" | "pool" | "job"]
            | ["tape", "device" | "pool" | "job", _] => true,
            // A store, and up to seven levels of namespaces in it.
            ["datastore", below @ ..] => below.len() <= 8,
            ["remote", below @ ..] => below.len() <= 9,
            _ => false,
        }
    }
}
