//! `/access/acl`: listing and changing the entries of the access control list.

use serde_json::{Value, json};

use super::{Call, Route, check_digest, get, in_random_order, is_token_of, write};
use crate::{
    acl::group_of,
    id::{is_known_acl_path, token_name_of, user_of},
    locks::Lock,
    response::{ApiError, CallResult, Success},
};

/// ACL path at which these endpoints check the privileges of the caller.
const PRIVILEGE_PATH: &str = "/access/acl";

pub(super) const ROUTES: &[Route] =
    &[get("/access/acl", list), write("PUT", "/access/acl", &[Lock::ACL], update)];

/// Lists the current entries. The list shows a changed entry immediately, although the change can
/// take effect later.
///
/// Without `Sys.Audit`, a user gets the entries of its own tokens, and a token gets no entries.
fn list(call: &mut Call) -> CallResult {
    check_file(call)?;
    let sees_all = call.caller_has("Sys.Audit", PRIVILEGE_PATH);
    let requested_path = call.args.text("path");
    let is_exact = call.args.boolean("exact") == Some(true);
    let entries: Vec<Value> = call
        .world
        .acl
        .entries()
        .filter(|entry| sees_all || is_token_of(&entry.auth_id, call.caller))
        .filter_map(|entry| {
            let path = listed_path(&entry.path, requested_path, is_exact)?;
            let group = group_of(&entry.auth_id);
            Some(json!({
                "path": path,
                "propagate": entry.propagate,
                "roleid": entry.role,
                "ugid": group.unwrap_or(&entry.auth_id),
                "ugid_type": if group.is_some() { "group" } else { "user" },
            }))
        })
        .collect();
    Ok(Success::WithDigest(in_random_order(call, entries), call.world.acl_digest()))
}

/// The path of an entry as the list shows it, or `None` if the list does not contain the entry.
///
/// The list contains the entries at `requested_path` and, unless `is_exact` is true, the entries
/// below this path. The default of `requested_path` is `/`. If the client itself asks for `/`, PBS
/// writes the paths below `/` with two slashes at the start (recorded).
fn listed_path(path: &str, requested_path: Option<&str>, is_exact: bool) -> Option<String> {
    let parent = requested_path.unwrap_or("/");
    let is_below = match parent {
        "/" => path.strip_prefix('/').is_some_and(|rest| !rest.is_empty()),
        _ => path.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/')),
    };
    match (path == parent, is_below && !is_exact) {
        (true, _) => Some(path.into()),
        (false, true) if requested_path == Some("/") => Some(format!("/{path}")),
        (false, true) => Some(path.into()),
        (false, false) => None,
    }
}

/// Adds, changes or deletes one entry. Deleting succeeds even if the entry does not exist.
fn update(call: &mut Call) -> CallResult {
    let args = &call.args;
    let (path, role) = (args.required_text("path"), args.required_text("role"));
    let (auth_id, group) = (args.text("auth-id"), args.text("group"));
    let delete = args.boolean("delete") == Some(true);
    if !call.caller_has("Permissions.Modify", PRIVILEGE_PATH) {
        check_unprivileged_update(call.caller, auth_id, group)?;
    }
    check_file(call)?;
    check_digest(args.text("digest"), || call.world.acl_digest())?;
    if group.is_some() {
        return Err(ApiError::bad_request(
            "parameter 'group' - groups are currently not supported.",
        ));
    }
    let Some(auth_id) = auth_id else {
        return Err(ApiError::bad_request("missing 'userid' or 'group' parameter."));
    };
    if delete {
        // PBS reads the entry of a user whose name begins with `@` as an entry of a group. PBS
        // therefore finds no entry of this user, and deletes nothing.
        if group_of(auth_id).is_none() {
            call.world.acl_mut().remove(path, auth_id, role);
        }
        return Ok(Success::Data(Value::Null));
    }
    match token_name_of(auth_id) {
        Some(_) if !call.world.tokens.contains_key(auth_id) => {
            return Err(ApiError::bad_request("no such API token."));
        }
        None if !call.world.users.contains_key(auth_id) => {
            return Err(ApiError::bad_request("no such user."));
        }
        _ => {}
    }
    if !is_known_acl_path(path, call.identity.version) {
        return Err(ApiError::bad_request(format!("invalid acl path '{path}'.")));
    }
    // If the request does not contain `propagate`, PBS sets the flag to true, even if the flag of
    // the existing entry is false.
    let propagate = args.boolean("propagate").unwrap_or(true);
    call.world.acl_mut().put(path, auth_id, role, propagate);
    Ok(Success::Data(Value::Null))
}

/// Checks that PBS can read `acl.cfg`. The endpoints in this module read the file, and not the
/// cached copy of the access control list.
///
/// # Errors
/// PBS's message with status 400 if PBS cannot read the file.
fn check_file(call: &Call) -> Result<(), ApiError> {
    call.world.acl.read_error().map_or(Ok(()), |error| Err(ApiError::bad_request(error)))
}

/// Checks a change by a caller without `Permissions.Modify`. A user without the privilege can
/// change only the entries of its own tokens. A token without the privilege can change no entry.
fn check_unprivileged_update(
    caller: &str,
    auth_id: Option<&str>,
    group: Option<&str>,
) -> Result<(), ApiError> {
    let text = match auth_id {
        _ if group.is_some() => "Unprivileged users are not allowed to create group ACL item.",
        None => "Unprivileged user needs to provide auth_id to update ACL item.",
        Some(_) if token_name_of(caller).is_some() => {
            "Unprivileged API tokens can't set ACL items."
        }
        Some(id) if token_name_of(id).is_none() => {
            "Unprivileged users can only set ACL items for API tokens."
        }
        Some(id) if user_of(id) != caller => {
            "Unprivileged users can only set ACL items for their own API tokens."
        }
        Some(_) => return Ok(()),
    };
    Err(ApiError::bad_request(text))
}
