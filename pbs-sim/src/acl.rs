//! Access control list (ACL): which user or token has which role at which path.
//!
//! This module does not know which users and tokens exist. The rules for entries and the format of
//! `acl.cfg` are those of PBS 4.2.3 (measured).

use std::collections::{BTreeMap, BTreeSet};

/// One entry of the access control list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AclEntry {
    /// ACL path at which the role is granted, for example `/` or `/datastore/store1`.
    pub path: String,
    /// Authentication id that has the role: a user `user@realm` or a token `user@realm!name`.
    pub auth_id: String,
    /// Id of the role, for example `DatastoreBackup`.
    pub role: String,
    /// Whether the entry also applies to all paths below `path`.
    pub propagate: bool,
}

/// Roles of one authentication id at one path. Maps the id of a role to its `propagate` flag.
type RolesOfSubject = BTreeMap<String, bool>;

/// All ACL entries. Maps each path to authentication ids, and each authentication id to its roles.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acl(BTreeMap<String, BTreeMap<String, RolesOfSubject>>);

/// Role without privileges. It hides the roles that are inherited from parent paths.
pub(crate) const NO_ACCESS: &str = "NoAccess";

impl Acl {
    /// Adds an entry, or changes the `propagate` flag of an existing one.
    ///
    /// `NoAccess` replaces all other roles of the authentication id at the path, and any other role
    /// replaces `NoAccess`. Entries for `root@pam` are ignored, because PBS never stores them.
    pub(crate) fn put(&mut self, path: &str, auth_id: &str, role: &str, propagate: bool) {
        if auth_id == "root@pam" {
            return;
        }
        let roles = self.0.entry(path.into()).or_default().entry(auth_id.into()).or_default();
        if role == NO_ACCESS {
            roles.clear();
        } else {
            roles.remove(NO_ACCESS);
        }
        roles.insert(role.into(), propagate);
    }

    /// Removes an entry regardless of its `propagate` flag. Returns whether the entry existed.
    pub(crate) fn remove(&mut self, path: &str, auth_id: &str, role: &str) -> bool {
        let Some(subjects) = self.0.get_mut(path) else { return false };
        let removed = subjects.get_mut(auth_id).is_some_and(|roles| roles.remove(role).is_some());
        self.remove_empty_maps();
        removed
    }

    /// Removes all entries of one authentication id.
    pub(crate) fn remove_entries_of(&mut self, auth_id: &str) {
        for subjects in self.0.values_mut() {
            subjects.remove(auth_id);
        }
        self.remove_empty_maps();
    }

    /// All entries, ordered by path, authentication id and role.
    pub(crate) fn entries(&self) -> impl Iterator<Item = AclEntry> + '_ {
        self.0.iter().flat_map(|(path, subjects)| {
            subjects.iter().flat_map(move |(auth_id, roles)| {
                roles.iter().map(move |(role, propagate)| AclEntry {
                    path: path.clone(),
                    auth_id: auth_id.clone(),
                    role: role.clone(),
                    propagate: *propagate,
                })
            })
        })
    }

    /// All paths that have entries, together with their parent paths up to `/`.
    pub(crate) fn paths_and_parents(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::from(["/".to_string()]);
        for path in self.0.keys() {
            for (slash, _) in path.match_indices('/').skip(1) {
                paths.insert(path[..slash].into());
            }
            paths.insert(path.clone());
        }
        paths
    }

    /// Roles that the entries at exactly `path` give to `auth_id`, each with its `propagate` flag.
    ///
    /// `is_target` is true if `path` is the path whose privileges are wanted, and false if it is a
    /// parent of that path. At a parent, only entries with `propagate` count.
    pub(crate) fn roles_at(&self, path: &str, auth_id: &str, is_target: bool) -> Vec<(&str, bool)> {
        let roles = self.0.get(path).and_then(|subjects| subjects.get(auth_id));
        roles
            .into_iter()
            .flatten()
            .filter(|(_, propagate)| is_target || **propagate)
            .map(|(role, propagate)| (role.as_str(), *propagate))
            .collect()
    }

    /// The text that PBS would write to `acl.cfg`.
    ///
    /// Each line has the form `acl:PROPAGATE:PATH:AUTH_IDS:ROLES`, with `0` or `1` for `PROPAGATE`.
    /// Roles at the same path share a line if they have the same `propagate` flag and the same
    /// authentication ids.
    pub(crate) fn to_acl_cfg(&self) -> String {
        let mut text = String::new();
        for (path, subjects) in &self.0 {
            for propagate in [false, true] {
                let mut auth_ids_by_role: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
                for (auth_id, roles) in subjects {
                    for (role, _) in roles.iter().filter(|(_, flag)| **flag == propagate) {
                        auth_ids_by_role.entry(role).or_default().push(auth_id);
                    }
                }
                let mut roles_by_auth_ids: BTreeMap<String, Vec<&str>> = BTreeMap::new();
                for (role, auth_ids) in auth_ids_by_role {
                    roles_by_auth_ids.entry(auth_ids.join(",")).or_default().push(role);
                }
                for (auth_ids, roles) in roles_by_auth_ids {
                    let roles = roles.join(",");
                    text += &format!("acl:{}:{path}:{auth_ids}:{roles}\n", u8::from(propagate));
                }
            }
        }
        text
    }

    fn remove_empty_maps(&mut self) {
        self.0.retain(|_, subjects| {
            subjects.retain(|_, roles| !roles.is_empty());
            !subjects.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_access_replaces_other_roles_and_is_replaced_by_them() {
        let mut acl = Acl::default();
        acl.put("/", "u@pbs", "Audit", true);
        acl.put("/", "u@pbs", "NoAccess", true);
        assert_eq!(acl.to_acl_cfg(), "acl:1:/:u@pbs:NoAccess\n");
        acl.put("/", "u@pbs", "Audit", false);
        assert_eq!(acl.to_acl_cfg(), "acl:0:/:u@pbs:Audit\n");
    }

    #[test]
    fn entries_are_stored_for_tokens_of_root_but_not_for_root() {
        let mut acl = Acl::default();
        acl.put("/", "root@pam", "Admin", true);
        acl.put("/", "root@pam!t", "Admin", true);
        assert_eq!(acl.to_acl_cfg(), "acl:1:/:root@pam!t:Admin\n");
    }

    #[test]
    fn paths_and_parents_contains_every_parent_of_a_path_with_entries() {
        let mut acl = Acl::default();
        acl.put("/datastore/a/b", "u@pbs", "Audit", true);
        let paths: Vec<String> = acl.paths_and_parents().into_iter().collect();
        assert_eq!(paths, ["/", "/datastore", "/datastore/a", "/datastore/a/b"]);
    }
}
