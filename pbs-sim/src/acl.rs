//! The access control list: which role an authentication id has where. Knows nothing of who
//! exists; the rules of entries and the form of `acl.cfg` are those of PBS 4.2.3 (measured).

use std::collections::{BTreeMap, BTreeSet};

/// One entry of the access control list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AclEntry {
    /// `/`, `/datastore/store1`, …
    pub path: String,
    /// A user `name@realm` or a token `name@realm!token`.
    pub auth_id: String,
    /// The role's id, such as `DatastoreBackup`.
    pub role: String,
    /// Whether the entry counts below its path too.
    pub propagate: bool,
}

type RolesOfOne = BTreeMap<String, bool>;

/// Path → authentication id → role → propagate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acl(BTreeMap<String, BTreeMap<String, RolesOfOne>>);

pub(crate) const NO_ACCESS: &str = "NoAccess";

impl Acl {
    /// Adds an entry or changes its `propagate`. `NoAccess` replaces whatever else the id has at
    /// the path, and anything else replaces `NoAccess`. Entries for `root@pam` are dropped, since
    /// PBS never writes them.
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

    /// Removes an entry, whatever its `propagate`; says whether there was one.
    pub(crate) fn remove(&mut self, path: &str, auth_id: &str, role: &str) -> bool {
        let Some(ids) = self.0.get_mut(path) else { return false };
        let removed = ids.get_mut(auth_id).is_some_and(|roles| roles.remove(role).is_some());
        self.tidy();
        removed
    }

    pub(crate) fn remove_all_of(&mut self, auth_id: &str) {
        for ids in self.0.values_mut() {
            ids.remove(auth_id);
        }
        self.tidy();
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = AclEntry> + '_ {
        self.0.iter().flat_map(|(path, ids)| {
            ids.iter().flat_map(move |(auth_id, roles)| {
                roles.iter().map(move |(role, propagate)| AclEntry {
                    path: path.clone(),
                    auth_id: auth_id.clone(),
                    role: role.clone(),
                    propagate: *propagate,
                })
            })
        })
    }

    /// Paths that have entries, and their parents.
    pub(crate) fn nodes(&self) -> BTreeSet<String> {
        let mut nodes = BTreeSet::from(["/".to_string()]);
        for path in self.0.keys() {
            for (end, _) in path.match_indices('/').skip(1) {
                nodes.insert(path[..end].into());
            }
            nodes.insert(path.clone());
        }
        nodes
    }

    /// The roles that count for this id at exactly this path, with `propagate`. `leaf` says
    /// whether the path is the one asked about, since entries without `propagate` count only there.
    pub(crate) fn roles_at(&self, path: &str, auth_id: &str, leaf: bool) -> Vec<(&str, bool)> {
        let roles = self.0.get(path).and_then(|ids| ids.get(auth_id));
        roles
            .into_iter()
            .flatten()
            .filter(|(_, propagate)| leaf || **propagate)
            .map(|(role, propagate)| (role.as_str(), *propagate))
            .collect()
    }

    /// The text of `acl.cfg`, line by line as PBS writes it.
    pub(crate) fn config(&self) -> String {
        let mut text = String::new();
        for (path, ids) in &self.0 {
            for propagate in [false, true] {
                let mut holders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
                for (auth_id, roles) in ids {
                    for role in roles.iter().filter(|role| *role.1 == propagate) {
                        holders.entry(role.0).or_default().push(auth_id);
                    }
                }
                let mut lines: BTreeMap<String, Vec<&str>> = BTreeMap::new();
                for (role, ids) in holders {
                    lines.entry(ids.join(",")).or_default().push(role);
                }
                for (ids, roles) in lines {
                    let roles = roles.join(",");
                    text += &format!("acl:{}:{path}:{ids}:{roles}\n", u8::from(propagate));
                }
            }
        }
        text
    }

    fn tidy(&mut self) {
        self.0.retain(|_, ids| {
            ids.retain(|_, roles| !roles.is_empty());
            !ids.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_access_stands_alone() {
        let mut acl = Acl::default();
        acl.put("/", "u@pbs", "Audit", true);
        acl.put("/", "u@pbs", "NoAccess", true);
        assert_eq!(acl.config(), "acl:1:/:u@pbs:NoAccess\n");
        acl.put("/", "u@pbs", "Audit", false);
        assert_eq!(acl.config(), "acl:0:/:u@pbs:Audit\n");
    }

    #[test]
    fn root_is_never_stored_but_its_tokens_are() {
        let mut acl = Acl::default();
        acl.put("/", "root@pam", "Admin", true);
        acl.put("/", "root@pam!t", "Admin", true);
        assert_eq!(acl.config(), "acl:1:/:root@pam!t:Admin\n");
    }

    #[test]
    fn nodes_include_parents() {
        let mut acl = Acl::default();
        acl.put("/datastore/a/b", "u@pbs", "Audit", true);
        let nodes: Vec<String> = acl.nodes().into_iter().collect();
        assert_eq!(nodes, ["/", "/datastore", "/datastore/a", "/datastore/a/b"]);
    }
}
