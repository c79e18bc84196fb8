//! Effective privileges, computed from a list of grants by the rules of PBS.
//!
//! The computation sends no request, so a plan can explain the effect of grants at no extra cost.

use crate::pbs::{AclPath, AuthId, Grants, Roles};
use std::collections::BTreeSet;

/// The effective privileges of `subject` on `path`. A token has only the privileges that are
/// granted to both the token and its user. `root@pam` has all privileges (PBS 4.2.3, measured).
#[must_use]
pub fn effective(
    grants: &Grants,
    roles: &Roles,
    subject: &AuthId,
    path: &AclPath,
) -> BTreeSet<String> {
    let privileges = granted(grants, roles, subject, path);
    match subject {
        AuthId::User(_) => privileges,
        AuthId::Token(token) => {
            let user = AuthId::User(token.user().clone());
            let privileges_of_user = granted(grants, roles, &user, path);
            privileges.intersection(&privileges_of_user).cloned().collect()
        }
    }
}

/// The privileges from the grants of this subject alone. Among the grants that apply to `path`, the
/// grants on the deepest path replace all others.
fn granted(grants: &Grants, roles: &Roles, subject: &AuthId, path: &AclPath) -> BTreeSet<String> {
    if matches!(subject, AuthId::User(user) if user.is_superuser()) {
        return roles.values().flatten().cloned().collect();
    }
    let own_grants = grants.of(subject).iter();
    let applicable: Vec<_> = own_grants.filter(|grant| grant.applies_to(path)).collect();
    let deepest = applicable.iter().map(|grant| grant.path.depth()).max();
    let deciding = applicable.into_iter().filter(|grant| Some(grant.path.depth()) == deepest);
    // `NoAccess` needs no special case, because it has no privileges. PBS never stores `NoAccess`
    // together with another role of the same subject on the same path.
    deciding.filter_map(|grant| roles.get(&grant.role)).flatten().cloned().collect()
}

#[cfg(test)]
pub(crate) mod tests;
