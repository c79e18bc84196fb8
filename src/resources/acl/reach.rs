//! Which harm a token can do with a powerful role on a path.

use crate::pbs::{AuthId, Grant};

/// What a token with a powerful role can damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The token can delete backups.
    Backups,
    /// The token can create users and grants, and can therefore get further privileges.
    Access,
    /// Both.
    Both,
}

impl Reach {
    /// The reach of a grant. `None` if the grant is for a user, or if the role can do no such harm
    /// on this path.
    ///
    /// `Admin` has all privileges. `DatastoreAdmin` has all privileges for datastores (PBS 4.2.3,
    /// recorded).
    pub(super) fn of(grant: &Grant) -> Option<Self> {
        let AuthId::Token(_) = &grant.auth_id else { return None };
        let is_admin = grant.role.as_str() == "Admin";
        let deletes_backups = is_admin || grant.role.as_str() == "DatastoreAdmin";
        let path = grant.path.as_str();
        let below = |parent: &str| path.starts_with(&format!("{parent}/"));
        let backups = below("/datastore") || grant.propagate && ["/", "/datastore"].contains(&path);
        let access = ["/access/acl", "/access/users"].contains(&path)
            || grant.propagate && ["/", "/access"].contains(&path);
        match (deletes_backups && backups, is_admin && access) {
            (true, true) => Some(Self::Both),
            (true, false) => Some(Self::Backups),
            (false, true) => Some(Self::Access),
            (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reach_depends_on_role_path_and_propagation() {
        for (role, path, propagated, not_propagated) in [
            ("Admin", "/", Some(Reach::Both), None),
            ("Admin", "/datastore", Some(Reach::Backups), None),
            ("Admin", "/datastore/a", Some(Reach::Backups), Some(Reach::Backups)),
            ("Admin", "/datastore/a/ns", Some(Reach::Backups), Some(Reach::Backups)),
            ("Admin", "/access", Some(Reach::Access), None),
            ("Admin", "/access/acl", Some(Reach::Access), Some(Reach::Access)),
            ("Admin", "/access/users", Some(Reach::Access), Some(Reach::Access)),
            ("Admin", "/access/domains", None, None),
            ("Admin", "/tape/device", None, None),
            ("DatastoreAdmin", "/", Some(Reach::Backups), None),
            ("DatastoreAdmin", "/datastore/a", Some(Reach::Backups), Some(Reach::Backups)),
            ("DatastoreAdmin", "/access", None, None),
            ("DatastorePowerUser", "/datastore/a", None, None),
            ("Audit", "/", None, None),
        ] {
            for (propagate, expected) in [(true, propagated), (false, not_propagated)] {
                let grant = |auth_id: &str| Grant {
                    path: path.parse().unwrap(),
                    auth_id: auth_id.parse().unwrap(),
                    role: role.parse().unwrap(),
                    propagate,
                };
                let found = Reach::of(&grant("a@pbs!t"));
                assert_eq!(found, expected, "{role} on {path}, propagate {propagate}");
                assert_eq!(Reach::of(&grant("a@pbs")), None, "a user");
            }
        }
    }
}
