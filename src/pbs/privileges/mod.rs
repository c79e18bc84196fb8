//! Effective privileges, computed from a list of grants by the rules of PBS.
//!
//! The computation sends no request, so that a plan can explain the effect of grants at no cost.

use crate::pbs::{AclPath, AuthId, Grants, Roles};
use std::collections::BTreeSet;

/// The effective privileges of `subject` on `path`. A token has the privileges that its own grants
/// and those of its user have in common. `root@pam` has all privileges (PBS 4.2.3, measured).
#[must_use]
pub fn effective(
    grants: &Grants,
    roles: &Roles,
    subject: &AuthId,
    path: &AclPath,
) -> BTreeSet<String> {
    let own = granted(grants, roles, subject, path);
    match subject {
        AuthId::User(_) => own,
        AuthId::Token(token) => {
            let user = granted(grants, roles, &AuthId::User(token.user().clone()), path);
            own.intersection(&user).cloned().collect()
        }
    }
}

/// The privileges from the grants of this subject alone. On the way from the root to `path`, grants
/// on a deeper path replace those on the paths above it.
fn granted(grants: &Grants, roles: &Roles, subject: &AuthId, path: &AclPath) -> BTreeSet<String> {
    if matches!(subject, AuthId::User(user) if user.is_superuser()) {
        return roles.values().flatten().cloned().collect();
    }
    let own = grants.of(subject).iter();
    let applicable: Vec<_> = own.filter(|grant| grant.applies_to(path)).collect();
    let deepest = applicable.iter().map(|grant| grant.path.depth()).max();
    let deciding = applicable.into_iter().filter(|grant| Some(grant.path.depth()) == deepest);
    // `NoAccess` has no privileges and never stands beside another role.
    deciding.filter_map(|grant| roles.get(&grant.role)).flatten().cloned().collect()
}

#[cfg(test)]
mod tests;
