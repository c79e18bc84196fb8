//! `/access`: the index of this path, and the read-only endpoints for realms, roles and effective
//! privileges.

use serde_json::{Map, Value, json};

use super::{Call, Route, get, in_random_order, is_token_of, subdirectories};
use crate::{
    kinds::REALMS,
    response::{ApiError, CallResult, Success},
    roles::ROLES,
    sections::Section,
};

pub(super) const ROUTES: &[Route] = &[
    get("/access", index),
    get("/access/domains", realms),
    get("/access/roles", roles),
    get("/access/permissions", permissions),
];

fn index(call: &mut Call) -> CallResult {
    let names = [
        "acl",
        "domains",
        "openid",
        "password",
        "permissions",
        "roles",
        "tfa",
        "ticket",
        "users",
        "vncticket",
    ];
    let exists = |name: &&str| call.is_4_0_or_later() || *name != "vncticket";
    subdirectories(&names.into_iter().filter(exists).collect::<Vec<_>>())
}

fn realms(call: &mut Call) -> CallResult {
    let to_json = |realm: &Section| {
        let realm_type = realm.kind.path.rsplit('/').next();
        let mut fields = realm.shown_object();
        fields.retain(|name, _| ["realm", "comment", "default"].contains(&name.as_str()));
        fields.insert("type".into(), realm_type.into());
        Value::from(fields)
    };
    let realms = call.world.sections.in_file(&REALMS).iter().map(to_json).collect();
    Ok(Success::WithDigest(realms, call.world.sections.digest(&REALMS)))
}

fn roles(call: &mut Call) -> CallResult {
    let roles = ROLES.iter().map(
        |role| json!({ "roleid": role.id, "comment": role.comment, "privs": role.privileges }),
    );
    let roles = roles.collect();
    Ok(Success::Data(in_random_order(call, roles)))
}

/// Effective privileges of a user or token, by default of the caller.
///
/// The result maps each path to the privileges at that path. The value of each privilege says
/// whether the privilege also counts below the path. Paths without privileges are left out. If the
/// client names no path, the result covers all paths with ACL entries, their parents, and PBS's
/// top-level paths.
///
/// A user can always read its own privileges and the privileges of its tokens. A token can always
/// read its own privileges. To read the privileges of any other user or token, the caller needs
/// `Sys.Audit`.
fn permissions(call: &mut Call) -> CallResult {
    let subject = call.args.text("auth-id").unwrap_or(call.caller);
    let is_own = subject == call.caller || is_token_of(subject, call.caller);
    if !is_own && !call.caller_has("Sys.Audit", "/access") {
        let text = format!("not allowed to list permissions of {subject}");
        return Err(ApiError::bad_request(text));
    }
    let paths: Vec<String> = match call.args.text("path") {
        Some(path) => vec![path.into()],
        None => {
            let top_level = ["/", "/access", "/datastore", "/remote", "/system"].map(String::from);
            call.world.acl_cache.paths_and_parents().chain(top_level).collect()
        }
    };
    let mut result = Map::new();
    for path in paths {
        let privileges = call.privileges_of(subject, &path);
        let propagate_by_name: Map<String, Value> = privileges
            .at_path
            .names()
            .map(|name| (name.to_string(), privileges.propagated.has(name).into()))
            .collect();
        if !propagate_by_name.is_empty() {
            result.insert(path, propagate_by_name.into());
        }
    }
    Ok(Success::Data(result.into()))
}
