//! Paths of the access control list (ACL).

use crate::pbs::id::{Malformed, check_length, check_segments, name_type};

name_type! {
    /// A path on which PBS can grant a role: `/`, or names that each follow a `/`, for example
    /// `/datastore/store1`. A path has at most 128 characters, and no `/` after the last name.
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
    /// The names with which a path can begin if PBS 4.2.3 accepts grants on the path (read in the
    /// source).
    pub const AREAS: [&str; 5] = ["access", "datastore", "remote", "system", "tape"];

    /// The first name in the path. It is empty for the path `/`.
    #[must_use]
    pub fn area(&self) -> &str {
        self.0.split('/').nth(1).unwrap_or_default()
    }

    /// Whether PBS 4.2.3 accepts grants on this path (read in the source). Newer versions of PBS
    /// can accept other paths.
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
            // A datastore, and up to seven levels of namespaces in the datastore.
            ["datastore", rest @ ..] => rest.len() <= 8,
            // A remote, a datastore on the remote, and up to seven levels of namespaces.
            ["remote", rest @ ..] => rest.len() <= 9,
            _ => false,
        }
    }

    /// Number of names in the path. It is 0 for `/`.
    pub(in crate::pbs) fn depth(&self) -> usize {
        self.as_str().split('/').filter(|name| !name.is_empty()).count()
    }

    /// Whether this path is below `base`. No path is below itself.
    pub(in crate::pbs) fn is_below(&self, base: &Self) -> bool {
        let rest = self.as_str().strip_prefix(base.as_str());
        self != base && (base.as_str() == "/" || rest.is_some_and(|rest| rest.starts_with('/')))
    }
}
