//! `/access/users`: users. Other modules handle tokens and password changes.

use serde_json::{Map, Value};

use super::{
    Call, Route, check_digest, get, in_random_order, object_of_present_fields, tokens, write,
};
use crate::{
    id::user_of,
    locks::Lock,
    response::{ApiError, CallResult, Success},
    settings::VERSION_3_4,
    world::User,
};

/// ACL path at which the list of users checks the privileges of the caller.
const PRIVILEGE_PATH: &str = "/access/users";

pub(super) const ROUTES: &[Route] = &[
    get("/access/users", list),
    write("POST", "/access/users", &[Lock::USERS], create),
    get("/access/users/{userid}", read),
    write("PUT", "/access/users/{userid}", &[Lock::USERS], update),
    write("DELETE", "/access/users/{userid}", &[Lock::USERS, Lock::TFA, Lock::ACL], delete),
];

/// Lists users. A caller with `Sys.Audit` gets all users. Without `Sys.Audit`, a user gets only
/// itself, and a token gets only its user.
fn list(call: &mut Call) -> CallResult {
    let sees_all = call.caller_has("Sys.Audit", PRIVILEGE_PATH);
    let mut users = Vec::new();
    for (userid, user) in &call.world.users {
        if !sees_all && userid != user_of(call.caller) {
            continue;
        }
        let mut object = to_json(userid, user);
        if call.args.boolean("include_tokens") == Some(true) {
            let tokens: Vec<Value> = tokens::tokens_to_json(call.world, userid).collect();
            if !tokens.is_empty() {
                object.insert("tokens".into(), tokens.into());
            }
        }
        users.push(object.into());
    }
    Ok(Success::WithDigest(in_random_order(call, users), call.world.users_digest()))
}

/// Creates a user, with a password if the client sends one.
fn create(call: &mut Call) -> CallResult {
    let userid = call.args.required_text("userid").to_string();
    if call.world.users.contains_key(&userid) {
        return Err(ApiError::bad_request(format!("user '{userid}' already exists.")));
    }
    let realm = userid.rsplit_once('@').map_or("", |(_, realm)| realm);
    let is_ldap = call.world.has_realm(realm);
    if realm != "pam" && realm != "pbs" && !is_ldap {
        return Err(ApiError::bad_request(format!("unknown realm '{realm}'")));
    }
    let args = &call.args;
    let password = args.owned_text("password");
    // Only `root@pam` is allowed to set the password of a user in the realm `pam`, and PBS stores
    // no passwords of LDAP users. PBS checks these rules after it has stored the user. If a check
    // fails, PBS does not remove the user (from PBS's source).
    let password_error = match realm {
        _ if password.is_none() => None,
        "pam" if call.caller != "root@pam" => {
            Some(ApiError::bad_request("only superuser can edit pam credentials!"))
        }
        _ if is_ldap => Some(no_passwords_of_ldap_users()),
        _ => None,
    };
    let user = User {
        comment: args.owned_text("comment"),
        enable: args.boolean("enable"),
        expire: args.integer("expire"),
        firstname: args.owned_text("firstname"),
        lastname: args.owned_text("lastname"),
        email: args.owned_text("email"),
        password: password.filter(|_| password_error.is_none()),
        second_factor: false,
    };
    call.world.trim_comments();
    call.world.users.insert(userid, user);
    call.world.invalidate_acl_cache();
    password_error.map_or(Ok(Success::Data(Value::Null)), Err)
}

/// PBS's error if a client sets the password of an LDAP user (from PBS's source).
pub(super) fn no_passwords_of_ldap_users() -> ApiError {
    let text = "storing passwords is not implemented for LDAP realms";
    ApiError { status: 501, ..ApiError::bad_request(text) }
}

fn read(call: &mut Call) -> CallResult {
    let userid = call.args.required_text("userid");
    let user = call.world.users.get(userid).ok_or_else(|| no_such_user(userid))?;
    Ok(Success::WithDigest(to_json(userid, user).into(), call.world.users_digest()))
}

/// Changes a user. Parameters that the client does not send keep their values.
///
/// If the client sends an empty text, `enable=1` or `expire=0`, PBS removes the property from
/// `user.cfg`. PBS accepts the parameter `password` in this call, and ignores it.
fn update(call: &mut Call) -> CallResult {
    let (world, args) = (&mut *call.world, &call.args);
    check_digest(args.text("digest"), || world.users_digest())?;
    world.trim_comments();
    let userid = args.required_text("userid");
    let user = world.users.get_mut(userid).ok_or_else(|| no_such_user(userid))?;
    let fields = [
        ("comment", &mut user.comment),
        ("firstname", &mut user.firstname),
        ("lastname", &mut user.lastname),
        ("email", &mut user.email),
    ];
    for (name, field) in fields {
        if args.list_contains("delete", name) {
            *field = None;
        }
        if let Some(text) = args.text(name) {
            *field = Some(text.trim().to_string()).filter(|text| !text.is_empty());
        }
    }
    if let Some(enable) = args.boolean("enable") {
        user.enable = (!enable).then_some(false);
    }
    if let Some(expire) = args.integer("expire") {
        user.expire = (expire > 0).then_some(expire);
    }
    world.invalidate_acl_cache();
    Ok(Success::Data(Value::Null))
}

/// Deletes a user and its tokens. Since PBS 3.4, the call also deletes the ACL entries of these
/// tokens. The ACL entries of the user itself stay.
fn delete(call: &mut Call) -> CallResult {
    let (world, args) = (&mut *call.world, &call.args);
    check_digest(args.text("digest"), || world.users_digest())?;
    let userid = args.required_text("userid");
    if world.users.remove(userid).is_none() {
        return Err(ApiError::bad_request(format!("user '{userid}' does not exist.")));
    }
    world.trim_comments();
    let tokens: Vec<String> =
        world.tokens_of(userid).map(|(token_id, _)| token_id.clone()).collect();
    for token_id in tokens {
        world.tokens.remove(&token_id);
        if call.identity.version >= VERSION_3_4 {
            world.acl_mut().remove_entries_of(&token_id);
        }
    }
    world.invalidate_acl_cache();
    Ok(Success::Data(Value::Null))
}

fn no_such_user(userid: &str) -> ApiError {
    ApiError::bad_request(format!("no such user '{userid}'"))
}

/// A user as PBS shows it, without its password and tokens.
fn to_json(userid: &str, user: &User) -> Map<String, Value> {
    let fields = [
        ("userid", Some(userid.into())),
        ("comment", user.comment.as_deref().map(|text| text.trim().into())),
        ("enable", user.enable.map(Value::from)),
        ("expire", user.expire.map(Value::from)),
        ("firstname", user.firstname.as_deref().map(Value::from)),
        ("lastname", user.lastname.as_deref().map(Value::from)),
        ("email", user.email.as_deref().map(Value::from)),
    ];
    object_of_present_fields(fields)
}
