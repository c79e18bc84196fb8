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
    /// The reach of a grant. `None` if the grant is for a user, or if the role allows none of the
    /// harmful actions on this path.
    pub(super) fn of(grant: &Grant) -> Option<Self> {
        let AuthId::Token(_) = &grant.auth_id else { return None };
        let role = grant.role.as_str();
        let is_admin = ADMINS.contains(&role);
        let is_backup_admin = BACKUP_ADMINS.contains(&role);
        let path = grant.path.as_str();
        let propagates_from = |paths: [&str; 2]| grant.propagate && paths.contains(&path);
        let applies_to = |target: &str| path == target || propagates_from(["/", "/access"]);
        let applies_to_datastores =
            path.starts_with("/datastore/") || propagates_from(["/", "/datastore"]);
        let reach = Self {
            deletes_backups: is_backup_admin && applies_to_datastores,
            manages_users: is_admin && applies_to("/access/users"),
            manages_grants: is_admin && applies_to("/access/acl"),
        };
        (reach.deletes_backups || reach.manages_users || reach.manages_grants).then_some(reach)
    }
}

/// The roles with the privilege `Permissions.Modify`.
const ADMINS: [&str; 1] = ["Admin"];

/// The roles with the privilege `Datastore.Modify`. These roles also have the privilege
/// `Datastore.Prune`. With both privileges, a token can delete the backups of all users and tokens,
/// and not only its own backups.
const BACKUP_ADMINS: [&str; 2] = ["Admin", "DatastoreAdmin"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbs::privileges::tests::recorded_roles;
    use std::collections::BTreeSet;

    #[test]
    fn the_reach_depends_on_role_path_and_propagation() {
        let reach = |deletes_backups, manages_users, manages_grants| {
            Some(Reach { deletes_backups, manages_users, manages_grants })
        };
        let backups = reach(true, false, false);
        let access = reach(false, true, true);
        let users = reach(false, true, false);
        let grants = reach(false, false, true);
        for (role, path, propagated, not_propagated) in [
            ("Admin", "/", reach(true, true, true), None),
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
