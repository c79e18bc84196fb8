//! Paths of the ACL.

use crate::pbs::id::{Malformed, check_length, check_segments, name_type};

name_type! {
    /// A path on which roles are granted: `/`, or `/name/name…` with at most 128 characters and
    /// without a `/` at the end.
    AclPath, check
}

fn check(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "an ACL path (`/` or `/name/name`)";
    let Some(segments) = text.strip_prefix('/') else {
        return Err(match text {
            "" => Malformed::empty(FORM),
            _ => Malformed::character(FORM, 1),
        });
    };
    if !segments.is_empty() {
        check_segments(FORM, segments, 1)?;
    }
    check_length(FORM, text, 1, 128)
}

impl AclPath {
    /// The first names of all paths on which PBS 4.2.3 accepts grants (read in its source).
    pub const AREAS: [&str; 5] = ["access", "datastore", "remote", "system", "tape"];

    /// The first name of the path. The name of `/` is empty.
    #[must_use]
    pub fn area(&self) -> &str {
        self.0.split('/').nth(1).unwrap_or_default()
    }

    /// Whether PBS 4.2.3 accepts grants on this path (read in its source). Newer versions can
    /// accept more paths.
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
            // A datastore, and up to seven levels of namespaces in it.
            ["datastore", below @ ..] => below.len() <= 8,
            ["remote", below @ ..] => below.len() <= 9,
            _ => false,
        }
    }

    /// Number of names in the path; 0 for `/`.
    pub(in crate::pbs) fn depth(&self) -> usize {
        self.as_str().split('/').filter(|name| !name.is_empty()).count()
    }

    /// Whether the path lies below `above`. No path lies below itself.
    pub(in crate::pbs) fn is_below(&self, above: &Self) -> bool {
        let rest = self.as_str().strip_prefix(above.as_str());
        self != above && (above.as_str() == "/" || rest.is_some_and(|rest| rest.starts_with('/')))
    }
}
