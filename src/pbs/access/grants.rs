//! Grants by whose they are: a plan of thousands looks each of them up.

use crate::pbs::{AclEntry, AclPath, AuthId, RoleId};
use std::collections::{BTreeMap, HashMap};

/// All grants that the caller may see.
#[derive(Clone, Debug, Default)]
pub struct Grants(BTreeMap<AuthId, Vec<AclEntry>>);

impl Grants {
    /// Those of this user or token alone.
    #[must_use]
    pub fn of(&self, subject: &AuthId) -> &[AclEntry] {
        self.0.get(subject).map_or(&[], Vec::as_slice)
    }

    /// Whether this very grant is among them.
    #[must_use]
    pub fn contains(&self, entry: &AclEntry) -> bool {
        self.of(&entry.auth_id).contains(entry)
    }

    /// Those with exactly what is given, sorted by path, subject and role.
    #[must_use]
    pub fn matching(
        &self,
        path: Option<&AclPath>,
        auth_id: Option<&AuthId>,
        role: Option<&RoleId>,
    ) -> Vec<AclEntry> {
        let matches = |entry: &&AclEntry| {
            path.is_none_or(|path| *path == entry.path)
                && auth_id.is_none_or(|auth_id| *auth_id == entry.auth_id)
                && role.is_none_or(|role| *role == entry.role)
        };
        let mut matching: Vec<_> = self.iter().filter(matches).cloned().collect();
        matching.sort();
        matching
    }

    /// All of them, by subject.
    pub fn iter(&self) -> impl Iterator<Item = &AclEntry> {
        self.0.values().flatten()
    }
}

impl FromIterator<AclEntry> for Grants {
    fn from_iter<I: IntoIterator<Item = AclEntry>>(entries: I) -> Self {
        let mut grants = Self::default();
        for entry in entries {
            grants.0.entry(entry.auth_id.clone()).or_default().push(entry);
        }
        grants
    }
}

/// What this client has put (true) or deleted: tells an entry that was just made anew from the
/// old one.
#[derive(Default)]
pub(in crate::pbs) struct Written(HashMap<AuthId, HashMap<(AclPath, RoleId), bool>>);

impl Written {
    /// `listed` are those of the subject that were there before all of this: PBS has removed the
    /// rivals of what was put.
    pub(super) fn note_put(&mut self, entry: &AclEntry, listed: &[AclEntry]) {
        let all = listed.iter().cloned().chain(self.put_of(&entry.auth_id));
        let rivals: Vec<_> = all.filter(|one| one.is_rival_of(entry)).collect();
        rivals.iter().for_each(|rival| self.note(rival, false));
        self.note(entry, true);
    }

    pub(super) fn note_deleted(&mut self, entry: &AclEntry) {
        self.note(entry, false);
    }

    fn note(&mut self, entry: &AclEntry, put: bool) {
        let AclEntry { path, auth_id, role, propagate: _ } = entry.clone();
        self.0.entry(auth_id).or_default().insert((path, role), put);
    }

    pub(super) fn has_put(&self, entry: &AclEntry) -> bool {
        self.last(entry) == Some(true)
    }

    pub(super) fn has_deleted(&self, entry: &AclEntry) -> bool {
        self.last(entry) == Some(false)
    }

    /// What was put of this subject; `propagate` is not known of it.
    pub(super) fn put_of(&self, subject: &AuthId) -> impl Iterator<Item = AclEntry> {
        let put = self.0.get(subject).into_iter().flatten().filter(|(_, put)| **put);
        put.map(|((path, role), _)| AclEntry {
            path: path.clone(),
            auth_id: subject.clone(),
            role: role.clone(),
            propagate: true,
        })
    }

    fn last(&self, entry: &AclEntry) -> Option<bool> {
        let AclEntry { path, auth_id, role, propagate: _ } = entry;
        self.0.get(auth_id)?.get(&(path.clone(), role.clone())).copied()
    }
}
