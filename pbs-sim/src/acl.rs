//! Access control list (ACL): which user or token has which role at which path.
//!
//! This module does not know which users and tokens exist. The rules for entries and the format of
//! `acl.cfg` come from PBS 4.2.3 (measured).

use std::collections::{BTreeMap, BTreeSet};

use crate::id::is_auth_id;

/// One entry of the access control list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AclEntry {
    /// ACL path at which the role is granted, for example `/` or `/datastore/store1`.
    pub path: String,
    /// Subject that has the role: a user `user@realm`, a token `user@realm!name`, or a group of
    /// users `@group`.
    pub auth_id: String,
    /// Id of the role, for example `DatastoreBackup`.
    pub role: String,
    /// Whether the entry also applies to all paths below `path`.
    pub propagate: bool,
}

/// Roles of one subject at one path. Maps the id of a role to its `propagate` flag.
type RolesOfSubject = BTreeMap<String, bool>;

/// All ACL entries. Maps each path to subjects, and each subject to its roles. A subject is written
/// as in `acl.cfg`: an authentication id, or `@` and the name of a group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acl(BTreeMap<String, BTreeMap<String, RolesOfSubject>>);

/// Role without privileges. It hides the roles that are inherited from parent paths.
pub(crate) const NO_ACCESS: &str = "NoAccess";

impl Acl {
    /// Adds an entry, or changes the `propagate` flag of an existing entry.
    ///
    /// `NoAccess` replaces all other roles of the authentication id at the path, and any other role
    /// replaces `NoAccess`. Entries for `root@pam` are ignored, because PBS never stores them.
    ///
    /// In a line of `acl.cfg`, commas separate the subjects. When PBS reads the file again, it
    /// therefore takes a user name with commas for several subjects. Each of these subjects gets
    /// the role (from PBS's source). If one of these subjects is not a valid id, PBS cannot read
    /// the file (measured). In this case, `put` stores one entry for the whole user name, and
    /// [`read_error`](Self::read_error) returns PBS's error.
    pub(crate) fn put(&mut self, path: &str, auth_id: &str, role: &str, propagate: bool) {
        let subjects: Vec<&str> = match auth_id.split(',').all(is_readable) {
            true => auth_id.split(',').collect(),
            false => vec![auth_id],
        };
        for subject in subjects.into_iter().filter(|subject| *subject != "root@pam") {
            let roles = self.0.entry(path.into()).or_default().entry(subject.into()).or_default();
            if role == NO_ACCESS {
                roles.clear();
            } else {
                roles.remove(NO_ACCESS);
            }
            roles.insert(role.into(), propagate);
        }
    }

    /// Removes an entry regardless of its `propagate` flag. Returns whether the entry existed.
    pub(crate) fn remove(&mut self, path: &str, auth_id: &str, role: &str) -> bool {
        let Some(subjects) = self.0.get_mut(path) else { return false };
        let removed = subjects.get_mut(auth_id).is_some_and(|roles| roles.remove(role).is_some());
        self.remove_empty_maps();
        removed
    }

    /// Removes all entries of one authentication id. Removes nothing if the id begins with `@`,
    /// because PBS reads the entries of such an id as entries of a group.
    pub(crate) fn remove_entries_of(&mut self, auth_id: &str) {
        if group_of(auth_id).is_some() {
            return;
        }
        for subjects in self.0.values_mut() {
            subjects.remove(auth_id);
        }
        self.remove_empty_maps();
    }

    /// Removes all entries at a path and below it.
    pub(crate) fn remove_entries_below(&mut self, path: &str) {
        let is_removed = |entry_path: &str| {
            let rest = entry_path.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.0.retain(|entry_path, _| !is_removed(entry_path));
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
    /// `is_target` is true if the caller wants to know the privileges at `path` itself. It is false
    /// if `path` is a parent of the path in question. At a parent, only entries with `propagate`
    /// count.
    pub(crate) fn roles_at(&self, path: &str, auth_id: &str, is_target: bool) -> Vec<(&str, bool)> {
        let roles = match group_of(auth_id) {
            None => self.0.get(path).and_then(|subjects| subjects.get(auth_id)),
            // PBS reads an id that begins with `@` as the name of a group. Groups have no members
            // in PBS, so the entries of such an id give no roles to a user.
            Some(_) => None,
        };
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

    /// The error that PBS reports when it reads the text of [`to_acl_cfg`](Self::to_acl_cfg).
    /// `None` if PBS can read the text.
    pub(crate) fn read_error(&self) -> Option<String> {
        if self.0.values().flat_map(BTreeMap::keys).all(|subject| is_readable(subject)) {
            return None;
        }
        let text = self.to_acl_cfg();
        let is_readable_line = |line: &str| {
            line.split(':').nth(3).is_some_and(|list| list.split(',').all(is_readable))
        };
        let line = text.lines().position(|line| !is_readable_line(line)).unwrap_or_default() + 1;
        Some(format!(
            "unable to parse acl config \"/etc/proxmox-backup/acl.cfg\", line {line} - not a valid user id"
        ))
    }

    fn remove_empty_maps(&mut self) {
        self.0.retain(|_, subjects| {
            subjects.retain(|_, roles| !roles.is_empty());
            !subjects.is_empty()
        });
    }
}

/// Whether PBS can read the text as one subject in `acl.cfg`.
fn is_readable(subject: &str) -> bool {
    !subject.contains(',') && (group_of(subject).is_some() || is_auth_id(subject))
}

/// The name of the group if a subject of `acl.cfg` is a group, for example `staff` for `@staff`.
/// `None` if the subject is a user or token. PBS also takes the id of a user whose name begins with
/// `@` for a group (measured).
pub(crate) fn group_of(subject: &str) -> Option<&str> {
    subject.strip_prefix('@')
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
    fn a_user_name_with_a_comma_is_several_subjects_or_makes_the_file_unreadable() {
        let mut acl = Acl::default();
        acl.put("/", "root@pam,a@pbs,b@pbs", "Admin", true);
        assert_eq!(acl.to_acl_cfg(), "acl:1:/:a@pbs,b@pbs:Admin\n");
        assert_eq!(acl.read_error(), None);
        acl.put("/datastore", "doe,john@pbs", "Audit", true);
        assert!(acl.read_error().unwrap().contains("line 2 - not a valid user id"));
        assert!(acl.remove("/datastore", "doe,john@pbs", "Audit"));
        assert_eq!(acl.read_error(), None);
    }

    #[test]
    fn a_user_name_that_begins_with_an_at_sign_is_read_as_a_group_without_members() {
        let mut acl = Acl::default();
        acl.put("/", "@x@pbs", "Admin", true);
        assert_eq!(acl.to_acl_cfg(), "acl:1:/:@x@pbs:Admin\n");
        assert!(acl.roles_at("/", "@x@pbs", true).is_empty());
        acl.remove_entries_of("@x@pbs");
        assert_eq!(acl.entries().count(), 1);
    }

    #[test]
    fn paths_and_parents_contains_every_parent_of_a_path_with_entries() {
        let mut acl = Acl::default();
        acl.put("/datastore/a/b", "u@pbs", "Audit", true);
        let paths: Vec<String> = acl.paths_and_parents().into_iter().collect();
        assert_eq!(paths, ["/", "/datastore", "/datastore/a", "/datastore/a/b"]);
    }
}
