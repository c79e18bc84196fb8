//! `/access/acl`: reading and changing the access control list.

use serde_json::{Value, json};

use super::{Access, Call, Route, is_token_of, shuffled, unchanged};
use crate::{
    answer::{Outcome, Refusal, Reply},
    id::{is_in_acl_tree, token_of, user_of},
    locks::Lock,
    params::{ACL_PATH, AUTH_ID, DIGEST, GROUP_NAME, Kind, ROLE, optional, required},
};

const PATH: &str = "/access/acl";

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "access/acl",
        access: Access::Anybody,
        params: &[optional("path", ACL_PATH), optional("exact", Kind::Flag)],
        locks: &[],
        run: list,
    },
    Route {
        method: "PUT",
        path: "access/acl",
        access: Access::Anybody,
        params: &[
            required("path", ACL_PATH),
            required("role", ROLE),
            optional("propagate", Kind::Flag),
            optional("auth-id", AUTH_ID),
            optional("group", GROUP_NAME),
            optional("delete", Kind::Flag),
            optional("digest", DIGEST),
        ],
        locks: &[Lock::Acl],
        run: change,
    },
];

/// The list as it is now, unlike the rights that follow from it. Without `Sys.Audit` a user sees
/// the entries of its own tokens and a token sees none.
fn list(call: &mut Call) -> Outcome {
    let auditor = call.may("Sys.Audit", PATH);
    let (start, exact) = (call.args.text("path"), call.args.flag("exact") == Some(true));
    let entries: Vec<Value> = call
        .world
        .acl
        .entries()
        .filter(|entry| auditor || is_token_of(&entry.auth_id, call.caller))
        .filter_map(|entry| {
            let path = shown_path(&entry.path, start, exact)?;
            Some(json!({
                "path": path,
                "propagate": entry.propagate,
                "roleid": entry.role,
                "ugid": entry.auth_id,
                "ugid_type": "user",
            }))
        })
        .collect();
    Ok(Reply::WithDigest(shuffled(call, entries), call.world.acl_digest()))
}

/// The path of an entry as it is shown when the list starts at `start`, if it is shown. Below a
/// `/` that was asked for, PBS shows two slashes.
fn shown_path(path: &str, start: Option<&str>, exact: bool) -> Option<String> {
    let wanted = start.unwrap_or("/");
    let below = match wanted {
        "/" => path.strip_prefix('/').is_some_and(|rest| !rest.is_empty()),
        _ => path.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('/')),
    };
    match (path == wanted, below && !exact) {
        (true, _) => Some(path.into()),
        (false, true) if start == Some("/") => Some(format!("/{path}")),
        (false, true) => Some(path.into()),
        (false, false) => None,
    }
}

fn change(call: &mut Call) -> Outcome {
    let args = &call.args;
    let (path, role) = (args.word("path"), args.word("role"));
    let (auth_id, group) = (args.text("auth-id"), args.text("group"));
    let delete = args.flag("delete") == Some(true);
    if !call.may("Permissions.Modify", PATH) {
        unprivileged(call.caller, auth_id, group)?;
    }
    unchanged(args.text("digest"), || call.world.acl_digest())?;
    if group.is_some() {
        return Err(Refusal::bad("parameter 'group' - groups are currently not supported."));
    }
    let Some(auth_id) = auth_id else {
        return Err(Refusal::bad("missing 'userid' or 'group' parameter."));
    };
    if delete {
        call.world.acl_mut().remove(path, auth_id, role);
        return Ok(Reply::Data(Value::Null));
    }
    match token_of(auth_id) {
        Some(_) if !call.world.tokens.contains_key(auth_id) => {
            return Err(Refusal::bad("no such API token."));
        }
        None if !call.world.users.contains_key(auth_id) => {
            return Err(Refusal::bad("no such user."));
        }
        _ => {}
    }
    if !is_in_acl_tree(path) {
        return Err(Refusal::bad(format!("invalid acl path '{path}'.")));
    }
    // Left out means true, not unchanged.
    let propagate = args.flag("propagate").unwrap_or(true);
    call.world.acl_mut().put(path, auth_id, role, propagate);
    Ok(Reply::Data(Value::Null))
}

/// Without `Permissions.Modify`, a user may set entries of its own tokens and a token may set none.
fn unprivileged(caller: &str, auth_id: Option<&str>, group: Option<&str>) -> Result<(), Refusal> {
    let refusal = match auth_id {
        _ if group.is_some() => "Unprivileged users are not allowed to create group ACL item.",
        None => "Unprivileged user needs to provide auth_id to update ACL item.",
        Some(_) if token_of(caller).is_some() => "Unprivileged API tokens can't set ACL items.",
        Some(id) if token_of(id).is_none() => {
            "Unprivileged users can only set ACL items for API tokens."
        }
        Some(id) if user_of(id) != caller => {
            "Unprivileged users can only set ACL items for their own API tokens."
        }
        Some(_) => return Ok(()),
    };
    Err(Refusal::bad(refusal))
}
