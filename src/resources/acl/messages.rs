//! The diagnostics of a grant.

use super::{Id, reach::Reach};
use crate::{
    pbs::{AclPath, AuthId, Client, DatastoreName, Error, ExistingGrant, Grant},
    shared::{errors, messages::no_such_user},
};
use std::{collections::BTreeSet, fmt::Display};
use tf_plugin::{Cx, Diagnostic};

pub(super) fn no_such_datastore(path: &AclPath, datastore: &DatastoreName) -> Diagnostic {
    Diagnostic::warning(
        format!("There is no datastore {datastore}"),
        format!(
            "The path {path} names a datastore that does not exist on this server, so the grant \
             gives access to no backups. Check `path` for a spelling mistake. If the datastore is \
             created later, ignore the warning."
        ),
    )
    .at("path")
}

/// The warning that the plan takes privileges on `path` from the provider's own user or token.
/// `lost` contains the names of these privileges. If the names are not known, `lost` is empty.
pub(super) fn own_privileges_lost(
    caller: &AuthId,
    grant: &Grant,
    path: &AclPath,
    lost: &BTreeSet<String>,
) -> Diagnostic {
    let Grant { auth_id, role, .. } = grant;
    let loss = match lost.is_empty() {
        true => format!("takes privileges from {caller}"),
        false => format!("takes these privileges from {caller}: {}", quoted(lost)),
    };
    Diagnostic::warning(
        format!("The provider loses privileges on {path}"),
        format!(
            "The provider logs in as {caller}. The planned change of the grant of `{role}` to \
             {auth_id} {loss}. Further requests of this run and of later runs \
             can therefore fail. To keep the privileges, remove this change from the plan, or let \
             the provider log in as another user or with another token."
        ),
    )
}

/// The warning that a program with the secret of a token can do much harm with the role on this
/// path.
pub(super) fn far_reaching_role(grant: &Grant, reach: Reach) -> Diagnostic {
    let Grant { path, role, .. } = grant;
    let actions: Vec<_> = [
        (reach.deletes_backups, "delete the backups of all users"),
        (reach.manages_users, "create users"),
        (reach.manages_users, "replace the secret of every token"),
        (reach.manages_grants, "grant itself every role"),
    ]
    .into_iter()
    .filter_map(|(is_possible, action)| is_possible.then_some(action))
    .collect();
    let harm = match actions.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        actions => actions.concat(),
    };
    let advice = match reach.deletes_backups {
        true => {
            "For a client that only makes backups, set `role_id` to `DatastoreBackup`. For a \
             client that also prunes its own backups, set `role_id` to `DatastorePowerUser`."
        }
        false => {
            "Only a token that manages users, tokens or grants needs this role. An example is the \
             token with which this provider logs in."
        }
    };
    Diagnostic::warning(
        "A far-reaching role for a token",
        format!(
            "With the role `{role}` on {path}, a program that has the token's secret can {harm}. \
             {advice} If the token needs the role `{role}` on this path, ignore the warning."
        ),
    )
    .at("role_id")
}

/// The error if the list of grants does not contain this grant, but the list may be incomplete.
pub(super) fn maybe_missing(id: &Id) -> Diagnostic {
    Diagnostic::error(
        format!("Cannot tell whether the grant {id} exists"),
        "PBS does not list the grant, but the list may be incomplete, because the provider's user \
         or token lacks the privilege `Sys.Audit` on `/access/acl`. The grant stays in the state. \
         Give the provider's user or token a role with this privilege, such as `Audit`. If the \
         provider logs in with a token, the token and its user both need the role.",
    )
}

/// Warns if PBS has deleted the grant `deleted_grant` because of the grants `conflicting_grants`.
/// For one user or token on one path, PBS stores either `NoAccess` or other roles.
pub(super) fn warn_if_displaced(
    cx: &Cx<Client>,
    deleted_grant: &Grant,
    conflicting_grants: &[Grant],
) {
    if !conflicting_grants.is_empty() {
        let role = &deleted_grant.role;
        let other_roles = quoted(conflicting_grants.iter().map(|grant| &grant.role));
        let event =
            format!("PBS has deleted the grant of `{role}` because of the grant of {other_roles}");
        cx.warn(displacement(deleted_grant, &event));
    }
}

/// Warns if PBS has deleted the grants `displaced_grants` because PBS stored `grant`. For one user
/// or token on one path, PBS stores either `NoAccess` or other roles.
pub(super) fn warn_of_displaced_grants(cx: &Cx<Client>, grant: &Grant, displaced_grants: &[Grant]) {
    if !displaced_grants.is_empty() {
        let role = &grant.role;
        let other_roles = quoted(displaced_grants.iter().map(|grant| &grant.role));
        let event =
            format!("PBS has deleted the grant of {other_roles} because of the grant of `{role}`");
        cx.warn(displacement(grant, &event));
    }
}

fn displacement(grant: &Grant, event: &str) -> Diagnostic {
    let Grant { path, auth_id, .. } = grant;
    Diagnostic::warning(
        format!("{auth_id} cannot have `NoAccess` together with another role on {path}"),
        format!(
            "{event}. For one user or token on one path, PBS stores either `NoAccess` or other \
             roles. If one `pbs_acl` declares `NoAccess` and another `pbs_acl` declares another \
             role, each apply undoes the previous apply. Remove one of the two resources."
        ),
    )
}

/// The warning that the apply deletes a grant that a failed change of the path or role may have
/// left behind.
pub(super) fn removes_leftover(leftover: &Grant) -> Diagnostic {
    let Grant { path, auth_id, role, propagate: _ } = leftover;
    Diagnostic::warning(
        format!("{auth_id} may also have the role `{role}` on {path}"),
        format!(
            "An earlier change to the role `{role}` on {path} failed and could not be undone. The \
             apply deletes the grant of this role."
        ),
    )
}

/// The error if a grant cannot be created, because it exists already.
pub(super) fn already_exists(grant: &Grant, existing: ExistingGrant) -> Diagnostic {
    let Grant { path, auth_id, role, propagate: _ } = grant;
    let error = |detail| {
        Diagnostic::error(format!("{auth_id} already has the role `{role}` on {path}"), detail)
    };
    match existing {
        ExistingGrant::CreatedInThisRun => error(
            "Another `pbs_acl` of this configuration declares the same grant. Remove one of the \
             two resources."
                .to_owned(),
        ),
        ExistingGrant::CreatedEarlier => error(format!(
            "The server already has this grant, and nothing was changed. Do one of the \
             following:\n\n\
             - If no other `pbs_acl` manages the grant, import it.\n\n  import {{\n    to = \
             pbs_acl.NAME\n    id = \"{path}?{auth_id}?{role}\"\n  }}\n\n\
             - If another `pbs_acl` of the configuration manages the grant, remove one of the two \
             resources. If you have renamed the resource, add a `moved` block.\n\n\
             - If the plan replaces the grant, remove `create_before_destroy` from the `lifecycle` \
             block of the resource. This setting makes Terraform create the new grant before it \
             deletes the old grant, but on the server, the two grants are the same."
        ))
        .object_exists(),
    }
}

/// The error for a grant that PBS has refused.
pub(super) fn refused(grant: &Grant, error: Error) -> Diagnostic {
    let Grant { path: _, auth_id, role: _, propagate: _ } = grant;
    match error.refused_parameter() {
        Some("auth-id") => no_such_subject(auth_id),
        _ => errors::refused(error, &[("path", "path"), ("role", "role_id")]),
    }
}

fn no_such_subject(auth_id: &AuthId) -> Diagnostic {
    let advice = |noun, resource_type| {
        format!(
            "PBS stores grants only for users and tokens that exist. Check `auth_id` for a \
             spelling mistake. If the configuration creates the {noun}, set `auth_id` to \
             `{resource_type}.NAME.id`. Terraform then creates the {noun} before the grant."
        )
    };
    match auth_id {
        AuthId::User(user) => no_such_user(user, advice("user", "pbs_user")),
        AuthId::Token(token) => Diagnostic::error(
            format!("There is no token {token}"),
            advice("token", "pbs_api_token"),
        ),
    }
    .at("auth_id")
}

/// The error if the response to the request that creates a grant was lost.
pub(super) fn maybe_granted(grant: &Grant, error: &Error) -> Diagnostic {
    let Grant { path, auth_id, role, propagate: _ } = grant;
    Diagnostic::error(
        format!("The role `{role}` may have been granted to {auth_id} on {path}"),
        format!(
            "{error}. The grant is marked as tainted in the state, so the next apply replaces the \
             grant. If you remove the `pbs_acl` from the configuration, the next apply deletes the \
             grant."
        ),
    )
}

/// The error if a change of the path or role failed and was undone.
pub(super) fn grant_unchanged(old: &Grant, new: &Grant, error: &Error) -> Diagnostic {
    let Grant { path, auth_id, role, propagate: _ } = old;
    Diagnostic::error(
        format!("{auth_id} keeps the role `{role}` on {path}"),
        format!(
            "The change to the role `{}` on {} failed and was undone: {error}. Apply again to make \
             the change.",
            new.role, new.path
        ),
    )
}

/// The error if a change of the path or role failed and could not be undone. The state still
/// contains the old grant, and the private data contains the new grant. `is_confirmed` says whether
/// the server has confirmed the new grant.
pub(super) fn grant_partly_changed(
    old: &Grant,
    new: &Grant,
    is_confirmed: bool,
    error: &Error,
) -> Diagnostic {
    let Grant { path, auth_id, role, propagate: _ } = new;
    let (old_path, old_role) = (&old.path, &old.role);
    let verb = if is_confirmed { "has" } else { "may have" };
    let relation = if old.excludes(new) { "instead of" } else { "in addition to" };
    Diagnostic::error(
        format!("The change of a grant of {auth_id} is incomplete"),
        format!(
            "{auth_id} {verb} the role `{role}` on {path} {relation} the role `{old_role}` on \
             {old_path}, because the change failed and could not be undone: {error}. To complete \
             the change, apply again. To keep the old grant, set `path` to `{old_path}` and \
             `role_id` to `{old_role}`, and apply."
        ),
    )
}

/// The names in backticks, separated by commas.
fn quoted<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
