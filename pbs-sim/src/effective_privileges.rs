//! Effective privileges of a user or token at a path. PBS computes the privileges from a cached
//! copy of the access control list.
//!
//! PBS uses its copy for up to 5 s, so a changed ACL entry can take effect up to 5 s later. Every
//! write of the user configuration discards the copy (PBS 4.2.3, measured).

use std::{sync::Arc, time::Duration};

use crate::{
    acl::{Acl, NO_ACCESS},
    id::{token_name_of, user_of},
    roles::{self, Privileges},
};

/// The privileges of a user or token at a path. A token never has a privilege that its user lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EffectivePrivileges {
    /// Privileges at the path itself.
    pub(crate) at_path: Privileges,
    /// The privileges in `at_path` that come from entries with `propagate`. Only these privileges
    /// also count below the path.
    pub(crate) propagated: Privileges,
}

/// Computes the effective privileges of `auth_id` at `path`.
///
/// The path is walked from `/` downwards. Entries for `auth_id` at a path replace the entries
/// inherited from the parents of the path. A token never has a privilege that its user lacks.
/// `root@pam` has all privileges.
pub(crate) fn effective_privileges(acl: &Acl, auth_id: &str, path: &str) -> EffectivePrivileges {
    if auth_id == "root@pam" {
        return EffectivePrivileges { at_path: Privileges::ALL, propagated: Privileges::ALL };
    }
    let mut effective_roles = Vec::new();
    for (prefix, is_target) in parents_and_path(path) {
        let roles = acl.roles_at(prefix, auth_id, is_target);
        if !roles.is_empty() {
            effective_roles = roles;
        }
    }
    let mut result = EffectivePrivileges::default();
    for (role, propagate) in effective_roles.into_iter().filter(|(role, _)| *role != NO_ACCESS) {
        let privileges = roles::find_role(role)
            .map_or(Privileges::default(), |role| Privileges::of(role.privileges));
        result.at_path = result.at_path.union(privileges);
        if propagate {
            result.propagated = result.propagated.union(privileges);
        }
    }
    if token_name_of(auth_id).is_some() {
        let user = effective_privileges(acl, user_of(auth_id), path);
        result.at_path = result.at_path.intersection(user.at_path);
        result.propagated = result.propagated.intersection(user.propagated);
    }
    result
}

/// `/`, every longer parent of the path, and the path itself. The flag is true only for the path
/// itself.
fn parents_and_path(path: &str) -> Vec<(&str, bool)> {
    let path = path.trim_end_matches('/');
    let mut prefixes = vec![("/", path.is_empty())];
    for (slash, _) in path.match_indices('/').skip(1) {
        prefixes.push((&path[..slash], false));
    }
    if !path.is_empty() {
        prefixes.push((path, true));
    }
    prefixes
}

/// Copy of the access control list. The privileges of callers are computed from the copy. `None`
/// until the first [`refresh`](Self::refresh).
#[derive(Default)]
pub(crate) struct AclCache(Option<CachedAcl>);

struct CachedAcl {
    acl: Arc<Acl>,
    /// Unix time at which the copy was made.
    copied_at: Duration,
    /// See [`Acl::read_error`].
    read_error: Option<String>,
}

impl AclCache {
    /// Discards the copy, so that the next [`refresh`](Self::refresh) makes a new copy.
    pub(crate) fn flush(&mut self) {
        self.0 = None;
    }

    /// Copies `acl` if there is no copy, or if the copy is at least `max_age` old. `now` is the
    /// simulated Unix time.
    pub(crate) fn refresh(&mut self, acl: &Arc<Acl>, now: Duration, max_age: Duration) {
        let is_fresh = self
            .0
            .as_ref()
            .is_some_and(|copy| copy.copied_at <= now && now - copy.copied_at < max_age);
        if !is_fresh {
            let read_error = acl.read_error();
            self.0 = Some(CachedAcl { acl: acl.clone(), copied_at: now, read_error });
        }
    }

    /// PBS's error if PBS could not read `acl.cfg` when it made the copy. After such an error, PBS
    /// accepts no credentials until it makes a new copy (measured).
    pub(crate) fn read_error(&self) -> Option<&str> {
        self.0.as_ref().and_then(|copy| copy.read_error.as_deref())
    }

    /// Effective privileges according to the copy. If there is no copy, the result contains no
    /// privileges.
    pub(crate) fn effective_privileges(&self, auth_id: &str, path: &str) -> EffectivePrivileges {
        self.0.as_ref().map_or(EffectivePrivileges::default(), |copy| {
            effective_privileges(&copy.acl, auth_id, path)
        })
    }

    /// All paths that have entries in the copy, together with their parent paths.
    pub(crate) fn paths_and_parents(&self) -> impl Iterator<Item = String> {
        self.0.iter().flat_map(|copy| copy.acl.paths_and_parents())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acl(entries: &[(&str, &str, &str, bool)]) -> Acl {
        let mut acl = Acl::default();
        for (path, auth_id, role, propagate) in entries {
            acl.put(path, auth_id, role, *propagate);
        }
        acl
    }

    fn names_at(acl: &Acl, auth_id: &str, path: &str) -> Vec<&'static str> {
        effective_privileges(acl, auth_id, path).at_path.names().collect()
    }

    #[test]
    fn entries_at_a_path_replace_those_inherited_from_its_parents() {
        let acl = acl(&[
            ("/", "u@pbs", "Admin", true),
            ("/datastore", "u@pbs", "DatastoreBackup", true),
            ("/datastore/secret", "u@pbs", "NoAccess", true),
        ]);
        assert_eq!(names_at(&acl, "u@pbs", "/datastore/x"), ["Datastore.Backup"]);
        assert!(names_at(&acl, "u@pbs", "/datastore/secret/ns").is_empty());
        assert!(names_at(&acl, "u@pbs", "/access/acl").contains(&"Permissions.Modify"));
    }

    #[test]
    fn an_entry_without_propagate_counts_only_at_its_own_path() {
        let acl = acl(&[
            ("/", "u@pbs", "DatastoreBackup", true),
            ("/datastore", "u@pbs", "DatastoreAudit", false),
        ]);
        assert_eq!(names_at(&acl, "u@pbs", "/datastore"), ["Datastore.Audit"]);
        let privileges = effective_privileges(&acl, "u@pbs", "/datastore");
        assert_eq!(privileges.propagated, Privileges::default());
        assert_eq!(names_at(&acl, "u@pbs", "/datastore/x"), ["Datastore.Backup"]);
    }

    #[test]
    fn a_token_has_only_privileges_that_its_user_has_too() {
        let acl = acl(&[
            ("/datastore/s", "u@pbs!t", "DatastoreAdmin", true),
            ("/datastore/s", "u@pbs", "DatastoreReader", false),
        ]);
        let privileges = effective_privileges(&acl, "u@pbs!t", "/datastore/s");
        let names: Vec<_> = privileges.at_path.names().collect();
        assert_eq!(names, ["Datastore.Audit", "Datastore.Read", "Datastore.Verify"]);
        assert_eq!(privileges.propagated, Privileges::default());
        assert!(names_at(&acl, "u@pbs!other", "/datastore/s").is_empty());
    }

    #[test]
    fn only_root_itself_has_all_privileges_without_entries() {
        let acl = acl(&[("/datastore", "root@pam!t", "DatastoreAudit", true)]);
        assert_eq!(effective_privileges(&acl, "root@pam", "/").at_path, Privileges::ALL);
        assert_eq!(names_at(&acl, "root@pam!t", "/datastore"), ["Datastore.Audit"]);
    }

    #[test]
    fn the_cache_keeps_its_copy_until_max_age_or_a_flush() {
        let seconds = Duration::from_secs;
        let empty_acl = Arc::default();
        let audit_acl = Arc::new(acl(&[("/", "u@pbs", "Audit", true)]));
        let mut cache = AclCache::default();
        let has_audit =
            |cache: &AclCache| cache.effective_privileges("u@pbs", "/").at_path.has("Sys.Audit");

        cache.refresh(&empty_acl, seconds(100), seconds(5));
        cache.refresh(&audit_acl, seconds(104), seconds(5));
        assert_eq!(cache.effective_privileges("u@pbs", "/"), EffectivePrivileges::default());
        cache.refresh(&audit_acl, seconds(105), seconds(5));
        assert!(has_audit(&cache));
        cache.refresh(&empty_acl, seconds(106), seconds(5));
        assert!(has_audit(&cache));
        cache.flush();
        cache.refresh(&empty_acl, seconds(106), seconds(5));
        assert_eq!(cache.effective_privileges("u@pbs", "/"), EffectivePrivileges::default());
    }
}
