//! What is worth saying about a grant: that it gives nothing, too much, or not for long.

use super::Id;
use crate::pbs::{AclPath, AuthId, Client, Error, Grant, Grants, RoleId, privileges};
use std::collections::BTreeSet;
use tf_plugin::{Cx, Diagnostic};

/// Warns where the grant gives a token nothing, because its user may do nothing of it.
/// Only what is surely so is said: not to a caller who sees a part of the grants.
pub(super) async fn warn_without_effect(cx: &Cx<Client>, entry: &Grant, grants: &Grants) {
    let (AuthId::Token(token), Ok(pbs)) = (&entry.auth_id, cx.client()) else { return };
    let (Ok(true), Ok(roles)) = (pbs.can_see_all_grants().await, pbs.roles().await) else { return };
    let Some(granted) = roles.get(&entry.role).filter(|granted| !granted.is_empty()) else {
        return;
    };
    let user = AuthId::User(token.user().clone());
    // What counts below the path too may do so where the user has rights of its own.
    let below = grants.of(&user).iter().map(|one| &one.path);
    let mut places =
        below.filter(|path| entry.applies_to(path)).chain(std::iter::once(&entry.path));
    let lacks = |path| granted.is_disjoint(&privileges::effective(grants, &roles, &user, path));
    if places.all(lacks) {
        cx.warn(without_effect(entry, granted));
    }
}

/// Warns where a grant is gone because PBS keeps `NoAccess` and other roles apart.
pub(super) fn warn_of_rival(cx: &Cx<Client>, id: &Id, grants: &Grants) {
    let Id { path, auth_id, role_id: role } = id.clone();
    let gone = Grant { path, auth_id, role, propagate: true };
    let others = grants.of(&id.auth_id).iter();
    let rivals: Vec<_> = others.filter(|one| one.excludes(&gone)).cloned().collect();
    if !rivals.is_empty() {
        cx.warn(displaced(&gone, &rivals, "has gone, since there is"));
    }
}

/// Warns of what a grant that was just made has taken away.
pub(super) fn warn_of_displaced(cx: &Cx<Client>, grant: &Grant, gone: &[Grant]) {
    if !gone.is_empty() {
        cx.warn(displaced(grant, gone, "has taken the place of"));
    }
}

fn displaced(grant: &Grant, others: &[Grant], how: &str) -> Diagnostic {
    let Grant { path, auth_id, role, propagate: _ } = grant;
    let others: Vec<_> = others.iter().map(|other| format!("`{}`", other.role)).collect();
    let others = others.join(", ");
    Diagnostic::warning(
        format!("{auth_id} cannot have `NoAccess` beside another role on {path}"),
        format!(
            "The grant of `{role}` {how} {others}: of one subject on one path, PBS keeps either `NoAccess` or \
             other roles. If both are declared as `pbs_acl`, every apply undoes the other one. Remove one of them."
        ),
    )
}

/// Names a grant that PBS may have made although no answer says so.
pub(super) fn not_granted(grant: &Grant, error: Error) -> Diagnostic {
    if !error.response_lost() {
        return error.into();
    }
    let Grant { path, auth_id, role, propagate: _ } = grant;
    Diagnostic::error(
        format!("The role `{role}` of {auth_id} on {path} may have been granted"),
        format!(
            "{error}. The state keeps the grant as one to be made anew, so that the next apply makes it, or \
             takes it away if it is not declared any more."
        ),
    )
}

/// A change of role that came to nothing, and left nothing behind.
pub(super) fn keeps_its_role(old: &Grant, new: &Grant, error: &Error) -> Diagnostic {
    let Grant { path, auth_id, role, propagate: _ } = old;
    Diagnostic::error(
        format!("{auth_id} keeps the role `{role}` on {path}"),
        format!(
            "The change to `{}` could not be finished, and was taken back: {error}. Apply again.",
            new.role
        ),
    )
}

/// Names the grant that is there, or may be, and stands in no state: the state keeps the old one.
pub(super) fn has_both(old: &Grant, new: &Grant, granted: bool, error: &Error) -> Diagnostic {
    let Grant { path, auth_id, role, propagate: _ } = new;
    let before = &old.role;
    let has = if granted { "has" } else { "may have" };
    Diagnostic::error(
        format!("{auth_id} {has} the role `{role}` beside `{before}` on {path}"),
        format!(
            "The change to `{role}` could not be finished, nor taken back: {error}. Apply again. If `{before}` is to \
             stay after all, delete the grant of `{role}` on the server: it stands in no state."
        ),
    )
}

fn without_effect(entry: &Grant, granted: &BTreeSet<String>) -> Diagnostic {
    let Grant { path, auth_id, role, propagate: _ } = entry;
    let user = auth_id.user();
    let missing: Vec<_> = granted.iter().map(|privilege| format!("`{privilege}`")).collect();
    Diagnostic::warning(
        format!("{auth_id} may do nothing on {path}"),
        format!(
            "It has the role `{role}` there, but a token may do only what its user may do too, and {user} has \
             none of {} on {path}. Grant the user the role as well:\n\n  resource \"pbs_acl\" \"user\" {{\n    \
             path    = \"{path}\"\n    auth_id = \"{user}\"\n    role_id = \"{role}\"\n  }}",
            missing.join(", ")
        ),
    )
}

pub(super) fn unknown_tree(path: &AclPath) -> Diagnostic {
    Diagnostic::warning(
        "Unknown kind of path",
        format!(
            "PBS 4.2 knows no objects at {path}, so it may refuse the grant. Paths begin with `/access`, \
             `/datastore`, `/remote`, `/system` or `/tape`; a newer PBS may know more."
        ),
    )
    .at("path")
}

pub(super) fn far_reaching(role: &RoleId) -> Diagnostic {
    Diagnostic::warning(
        "A far-reaching role for a token",
        format!(
            "With `{role}` whoever has the token's secret can delete backups. A client that only backs up \
             needs `DatastoreBackup`; one that also prunes its own backups, `DatastorePowerUser`."
        ),
    )
    .at("role_id")
}
