//! Grants, which are the entries of the ACL, and lists of grants.

use crate::pbs::{AclPath, AuthId, RoleId};
use std::collections::BTreeMap;

/// One entry of the ACL: a subject (user or token) has a role on a path.
///
/// Path, subject and role identify a grant. Changing `propagate` changes an existing grant and does
/// not create another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// Path on which the role is granted.
    pub path: AclPath,
    /// Subject: the user or token that has the role.
    pub auth_id: AuthId,
    /// Granted role.
    pub role: RoleId,
    /// Whether the role also applies below the path.
    pub propagate: bool,
}

impl Grant {
    /// Whether the two grants have the same path, subject and role. `propagate` is not compared.
    #[must_use]
    pub fn is_same_grant(&self, other: &Self) -> bool {
        self.path == other.path && self.auth_id == other.auth_id && self.role == other.role
    }

    /// Whether PBS can keep only one of the two grants. This is the case if they have the same path
    /// and subject, and exactly one of them has the role `NoAccess`.
    #[must_use]
    pub fn excludes(&self, other: &Self) -> bool {
        self.path == other.path
            && self.auth_id == other.auth_id
            && self.denies_access() != other.denies_access()
    }

    /// Whether the role is `NoAccess`.
    #[must_use]
    pub fn denies_access(&self) -> bool {
        self.role.as_str() == "NoAccess"
    }

    /// Whether the grant applies to `path`. Every grant applies to its own path. A grant with
    /// `propagate` also applies to all paths below its own path.
    #[must_use]
    pub fn applies_to(&self, path: &AclPath) -> bool {
        self.path == *path || self.propagate && path.is_below(&self.path)
    }
}

/// A list of grants. The list is indexed by subject, because a plan can look up thousands of
/// grants.
#[derive(Clone, Debug, Default)]
pub struct Grants(BTreeMap<AuthId, Vec<Grant>>);

impl Grants {
    /// The grants of this user or token. The grants of a user do not include those of its tokens.
    #[must_use]
    pub fn of(&self, subject: &AuthId) -> &[Grant] {
        self.0.get(subject).map_or(&[], Vec::as_slice)
    }

    /// Whether the list has this grant with the same value of `propagate`.
    #[must_use]
    pub fn contains(&self, grant: &Grant) -> bool {
        self.of(&grant.auth_id).contains(grant)
    }

    /// The listed grant with the same path, subject and role. Its `propagate` can differ.
    #[must_use]
    pub fn find(&self, grant: &Grant) -> Option<&Grant> {
        self.of(&grant.auth_id).iter().find(|listed| listed.is_same_grant(grant))
    }

    /// Whether the list has this grant, with any value of `propagate`.
    #[must_use]
    pub fn has(&self, grant: &Grant) -> bool {
        self.find(grant).is_some()
    }

    /// The grants that have the given path, subject and role. `None` matches every value. The
    /// result is sorted.
    #[must_use]
    pub fn matching(
        &self,
        path: Option<&AclPath>,
        auth_id: Option<&AuthId>,
        role: Option<&RoleId>,
    ) -> Vec<Grant> {
        let matches = |grant: &&Grant| {
            path.is_none_or(|path| *path == grant.path)
                && auth_id.is_none_or(|auth_id| *auth_id == grant.auth_id)
                && role.is_none_or(|role| *role == grant.role)
        };
        let mut matching: Vec<_> = self.iter().filter(matches).cloned().collect();
        matching.sort();
        matching
    }

    /// All grants, in the order of their subjects.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.0.values().flatten()
    }
}

impl FromIterator<Grant> for Grants {
    fn from_iter<I: IntoIterator<Item = Grant>>(list: I) -> Self {
        let mut grants = Self::default();
        for grant in list {
            grants.0.entry(grant.auth_id.clone()).or_default().push(grant);
        }
        grants
    }
}
