//! The harm that a token can do with a powerful role on a path.

use crate::pbs::{AuthId, Grant};

/// The harmful actions that a role on a path allows a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reach {
    /// The token can delete backups of other users and tokens.
    pub(super) deletes_backups: bool,
    /// The token can create users and tokens, and can give every token a new secret.
    pub(super) manages_users: bool,
    /// The token can give every role to every user and token.
    pub(super) manages_grants: bool,
}

impl Reach {
    /// The reach of a grant. `None` if the grant is for a user, or if the role allows no such
    /// action on this path.
    pub(super) fn of(grant: &Grant) -> Option<Self> {
        let AuthId::Token(_) = &grant.auth_id else { return None };
        let role = grant.role.as_str();
        let (admin, backups) = (ADMINS.contains(&role), BACKUP_ADMINS.contains(&role));
        let path = grant.path.as_str();
        let below = |parent: &str| path.starts_with(&format!("{parent}/"));
        let reaches =
            |place, above: [&str; 2]| path == place || grant.propagate && above.contains(&path);
        let stores = below("/datastore") || grant.propagate && ["/", "/datastore"].contains(&path);
        let reach = Self {
            deletes_backups: backups && stores,
            manages_users: admin && reaches("/access/users", ["/", "/access"]),
            manages_grants: admin && reaches("/access/acl", ["/", "/access"]),
        };
        (reach.deletes_backups || reach.manages_users || reach.manages_grants).then_some(reach)
    }
}

/// The roles with the privilege `Permissions.Modify`.
const ADMINS: [&str; 1] = ["Admin"];

/// The roles with the privilege `Datastore.Modify`. They also have `Datastore.Prune`. With both
/// privileges, a token can delete all backups and not only its own.
const BACKUP_ADMINS: [&str; 2] = ["Admin", "DatastoreAdmin"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbs::privileges::tests::recorded_roles;
    use std::collections::BTreeSet;

    #[test]
    fn the_reach_depends_on_role_path_and_propagation() {
        let some = |deletes_backups, manages_users, manages_grants| {
            Some(Reach { deletes_backups, manages_users, manages_grants })
        };
        let backups = some(true, false, false);
        let access = some(false, true, true);
        let users = some(false, true, false);
        let grants = some(false, false, true);
        for (role, path, propagated, not_propagated) in [
            ("Admin", "/", some(true, true, true), None),
            ("Admin", "/datastore", backups, None),
            ("Admin", "/datastore/a", backups, backups),
            ("Admin", "/datastore/a/ns", backups, backups),
            ("Admin", "/access", access, None),
            ("Admin", "/access/acl", grants, grants),
            ("Admin", "/access/users", users, users),
            ("Admin", "/access/domains", None, None),
            ("Admin", "/tape/device", None, None),
            ("DatastoreAdmin", "/", backups, None),
            ("DatastoreAdmin", "/datastore/a", backups, backups),
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

    #[test]
    fn the_constants_contain_exactly_the_roles_with_the_privileges() {
        let roles = recorded_roles();
        let roles_with = |privilege: &str| -> BTreeSet<&str> {
            let with = roles.iter().filter(|(_, privileges)| privileges.contains(privilege));
            with.map(|(role, _)| role.as_str()).collect()
        };
        assert_eq!(roles_with("Permissions.Modify"), BTreeSet::from(ADMINS));
        assert_eq!(roles_with("Datastore.Modify"), BTreeSet::from(BACKUP_ADMINS));
        assert!(roles_with("Datastore.Prune").is_superset(&BTreeSet::from(BACKUP_ADMINS)));
    }
}
