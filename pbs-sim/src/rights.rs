//! What somebody may do where, and the copy of the access control list that this is read from.
//! PBS keeps that copy for up to 5 s, unless the user configuration is written (measured).

use std::{sync::Arc, time::Duration};

use crate::{
    acl::{Acl, NO_ACCESS},
    id::{token_of, user_of},
    roles::{self, Privileges},
};

/// A privilege held at a path, and whether it is held below that path too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rights {
    pub(crate) here: Privileges,
    pub(crate) below: Privileges,
}

/// The rights of `auth_id` at `path`: from the root down, a node with entries for it replaces what
/// came from above; a token has no more than its user; `root@pam` has everything.
pub(crate) fn rights(acl: &Acl, auth_id: &str, path: &str) -> Rights {
    if auth_id == "root@pam" {
        return Rights { here: Privileges::ALL, below: Privileges::ALL };
    }
    let mut held = Vec::new();
    for (node, leaf) in nodes_down_to(path) {
        let roles = acl.roles_at(node, auth_id, leaf);
        if !roles.is_empty() {
            held = roles;
        }
    }
    let mut rights = Rights::default();
    for (role, propagate) in held.into_iter().filter(|(role, _)| *role != NO_ACCESS) {
        let privileges =
            roles::find(role).map_or(Privileges::default(), |role| Privileges::of(role.privileges));
        rights.here = rights.here.or(privileges);
        if propagate {
            rights.below = rights.below.or(privileges);
        }
    }
    if token_of(auth_id).is_some() {
        let of_user = self::rights(acl, user_of(auth_id), path);
        rights.here = rights.here.and(of_user.here);
        rights.below = rights.below.and(of_user.below);
    }
    rights
}

/// `/`, then each longer part of the path; the last one is the leaf.
fn nodes_down_to(path: &str) -> Vec<(&str, bool)> {
    let path = path.trim_end_matches('/');
    let mut nodes = vec![("/", path.is_empty())];
    for (end, _) in path.match_indices('/').skip(1) {
        nodes.push((&path[..end], false));
    }
    if !path.is_empty() {
        nodes.push((path, true));
    }
    nodes
}

/// The copy of the access control list that requests are judged by.
#[derive(Default)]
pub(crate) struct RightsCache(Option<(Arc<Acl>, Duration)>);

impl RightsCache {
    pub(crate) fn flush(&mut self) {
        self.0 = None;
    }

    /// Takes a new copy if there is none or it is `max_age` old. Times are since 1970.
    pub(crate) fn refresh(&mut self, acl: &Arc<Acl>, now: Duration, max_age: Duration) {
        let fresh = self.0.as_ref().is_some_and(|(_, at)| *at <= now && now - *at < max_age);
        if !fresh {
            self.0 = Some((acl.clone(), now));
        }
    }

    pub(crate) fn rights(&self, auth_id: &str, path: &str) -> Rights {
        self.0.as_ref().map_or(Rights::default(), |(acl, _)| rights(acl, auth_id, path))
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = String> {
        self.0.iter().flat_map(|(acl, _)| acl.nodes())
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

    fn here(acl: &Acl, auth_id: &str, path: &str) -> Vec<&'static str> {
        rights(acl, auth_id, path).here.names().collect()
    }

    #[test]
    fn a_node_with_entries_replaces_what_came_from_above() {
        let acl = acl(&[
            ("/", "u@pbs", "Admin", true),
            ("/datastore", "u@pbs", "DatastoreBackup", true),
            ("/datastore/secret", "u@pbs", "NoAccess", true),
        ]);
        assert_eq!(here(&acl, "u@pbs", "/datastore/x"), ["Datastore.Backup"]);
        assert!(here(&acl, "u@pbs", "/datastore/secret/ns").is_empty());
        assert!(here(&acl, "u@pbs", "/access/acl").contains(&"Permissions.Modify"));
    }

    #[test]
    fn an_entry_without_propagate_counts_only_at_its_own_path() {
        let acl = acl(&[
            ("/", "u@pbs", "DatastoreBackup", true),
            ("/datastore", "u@pbs", "DatastoreAudit", false),
        ]);
        assert_eq!(here(&acl, "u@pbs", "/datastore"), ["Datastore.Audit"]);
        assert_eq!(rights(&acl, "u@pbs", "/datastore").below, Privileges::default());
        assert_eq!(here(&acl, "u@pbs", "/datastore/x"), ["Datastore.Backup"]);
    }

    #[test]
    fn a_token_has_what_it_and_its_user_have() {
        let acl = acl(&[
            ("/datastore/s", "u@pbs!t", "DatastoreAdmin", true),
            ("/datastore/s", "u@pbs", "DatastoreReader", false),
        ]);
        let rights = rights(&acl, "u@pbs!t", "/datastore/s");
        let names: Vec<_> = rights.here.names().collect();
        assert_eq!(names, ["Datastore.Audit", "Datastore.Read", "Datastore.Verify"]);
        assert_eq!(rights.below, Privileges::default());
        assert!(here(&acl, "u@pbs!other", "/datastore/s").is_empty());
    }

    #[test]
    fn root_needs_no_entry_but_its_tokens_do() {
        let acl = acl(&[("/datastore", "root@pam!t", "DatastoreAudit", true)]);
        assert_eq!(rights(&acl, "root@pam", "/").here, Privileges::ALL);
        assert_eq!(here(&acl, "root@pam!t", "/datastore"), ["Datastore.Audit"]);
    }

    #[test]
    fn the_copy_lasts_until_it_is_old_or_flushed() {
        let second = Duration::from_secs;
        let (empty, full) = (Arc::default(), Arc::new(acl(&[("/", "u@pbs", "Audit", true)])));
        let mut cache = RightsCache::default();
        cache.refresh(&empty, second(100), second(5));
        cache.refresh(&full, second(104), second(5));
        assert_eq!(cache.rights("u@pbs", "/"), Rights::default());
        cache.refresh(&full, second(105), second(5));
        assert!(cache.rights("u@pbs", "/").here.has("Sys.Audit"));
        cache.refresh(&empty, second(106), second(5));
        assert!(cache.rights("u@pbs", "/").here.has("Sys.Audit"));
        cache.flush();
        cache.refresh(&empty, second(106), second(5));
        assert_eq!(cache.rights("u@pbs", "/"), Rights::default());
    }
}
