//! `/access/users/{userid}/token`: API tokens of a user.

use serde_json::{Value, json};

use super::{Call, Route, check_digest, get, in_random_order, object_of_present_fields, write};
use crate::{
    id::token_name_of,
    locks::Lock,
    response::{ApiError, CallResult, Success},
    settings::VERSION_3_4,
    world::{Token, World},
};

/// Maximum length of a token id `user@realm!name` in `user.cfg`, in characters.
const MAX_TOKEN_ID_LENGTH: usize = 64;

pub(super) const ROUTES: &[Route] = &[
    get("/access/users/{userid}/token", list),
    get("/access/users/{userid}/token/{token-name}", read),
    write("POST", "/access/users/{userid}/token/{token-name}", &[Lock::USERS], create),
    write("PUT", "/access/users/{userid}/token/{token-name}", &[Lock::USERS], update),
    write("DELETE", "/access/users/{userid}/token/{token-name}", &[Lock::ACL, Lock::USERS], delete),
];

/// The tokens of a user as JSON objects.
pub(super) fn tokens_to_json<'a>(
    world: &'a World,
    userid: &'a str,
) -> impl Iterator<Item = Value> + 'a {
    world.tokens_of(userid).map(|(token_id, token)| to_json(token_id, token))
}

/// Lists the tokens of a user. The user does not have to exist, because PBS creates tokens even for
/// missing users.
fn list(call: &mut Call) -> CallResult {
    let tokens: Vec<Value> = tokens_to_json(call.world, call.args.required_text("userid"))
        .map(|mut token| {
            token["token-name"] = token["tokenid"].as_str().and_then(token_name_of).into();
            token
        })
        .collect();
    Ok(Success::WithDigest(in_random_order(call, tokens), call.world.users_digest()))
}

fn read(call: &mut Call) -> CallResult {
    let token_id = token_id(call);
    let token = call.world.tokens.get(&token_id).ok_or_else(|| no_such_token(&token_id))?;
    Ok(Success::WithDigest(to_json(&token_id, token), call.world.users_digest()))
}

/// Creates a token and returns its secret. PBS does not check whether the user exists (recorded).
fn create(call: &mut Call) -> CallResult {
    let token_id = token_id(call);
    let (world, args) = (&mut *call.world, &call.args);
    check_digest(args.text("digest"), || world.users_digest())?;
    if world.tokens.contains_key(&token_id) {
        let (user, name) = (args.required_text("userid"), args.required_text("token-name"));
        return Err(ApiError::bad_request(format!(
            "token '{name}' for user '{user}' already exists."
        )));
    }
    let secret = world.random.uuid();
    if token_id.chars().count() > MAX_TOKEN_ID_LENGTH {
        // PBS stores the secret before it checks the length of the id. If the id is too long, PBS
        // does not remove the secret.
        world.orphaned_secrets.insert(token_id, secret);
        return Err(ApiError::bad_request(
            "writing \"/etc/proxmox-backup/user.cfg\" failed: syntax error in section identifier: value may only be 64 characters long",
        ));
    }
    let token = Token {
        comment: args.owned_text("comment"),
        enable: args.boolean("enable"),
        expire: args.integer("expire"),
        secret: secret.clone(),
    };
    world.trim_comments();
    world.tokens.insert(token_id.clone(), token);
    world.invalidate_acl_cache();
    Ok(Success::Data(json!({ "tokenid": token_id, "value": secret })))
}

/// Changes a token. Parameters that the client does not send keep their values.
///
/// If the client sends an empty comment, `enable=1` or `expire=0`, PBS removes the property from
/// `user.cfg`.
fn update(call: &mut Call) -> CallResult {
    let token_id = token_id(call);
    let (world, args) = (&mut *call.world, &call.args);
    check_digest(args.text("digest"), || world.users_digest())?;
    world.trim_comments();
    let token = world.tokens.get_mut(&token_id).ok_or_else(|| no_such_token(&token_id))?;
    if args.list_contains("delete", "comment") {
        token.comment = None;
    }
    if let Some(comment) = args.text("comment") {
        token.comment = Some(comment.trim().to_string()).filter(|comment| !comment.is_empty());
    }
    if let Some(enable) = args.boolean("enable") {
        token.enable = (!enable).then_some(false);
    }
    if let Some(expire) = args.integer("expire") {
        token.expire = (expire > 0).then_some(expire);
    }
    let mut data = Value::Null;
    if args.boolean("regenerate") == Some(true) {
        token.secret = world.random.uuid();
        data = json!({ "secret": token.secret });
    }
    world.invalidate_acl_cache();
    Ok(Success::Data(data))
}

/// Deletes a token. Since PBS 3.4, the call also deletes the ACL entries of the token.
fn delete(call: &mut Call) -> CallResult {
    let token_id = token_id(call);
    let (world, args) = (&mut *call.world, &call.args);
    check_digest(args.text("digest"), || world.users_digest())?;
    if world.tokens.remove(&token_id).is_none() {
        let (user, name) = (args.required_text("userid"), args.required_text("token-name"));
        return Err(ApiError::bad_request(format!(
            "token '{name}' of user '{user}' does not exist."
        )));
    }
    world.trim_comments();
    if call.identity.version >= VERSION_3_4 {
        world.acl_mut().remove_entries_of(&token_id);
    }
    world.invalidate_acl_cache();
    Ok(Success::Data(Value::Null))
}

/// The id `user@realm!name` of the token in the path of the request.
fn token_id(call: &Call) -> String {
    format!("{}!{}", call.args.required_text("userid"), call.args.required_text("token-name"))
}

fn no_such_token(token_id: &str) -> ApiError {
    ApiError::bad_request(format!("no such token '{token_id}'"))
}

/// A token as PBS shows it, without its secret.
fn to_json(token_id: &str, token: &Token) -> Value {
    let fields = [
        ("tokenid", Some(token_id.into())),
        ("comment", token.comment.as_deref().map(|text| text.trim().into())),
        ("enable", token.enable.map(Value::from)),
        ("expire", token.expire.map(Value::from)),
    ];
    object_of_present_fields(fields).into()
}
