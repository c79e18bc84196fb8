//! `/access/users/{userid}/token`: API tokens.

use serde_json::{Value, json};

use super::{
    Access, Call, Route, shuffled, unchanged,
    users::{PATH, present},
};
use crate::{
    answer::{Outcome, Refusal, Reply},
    id::token_of,
    locks::Lock,
    params::{COMMENT, DIGEST, Kind, TOKEN_NAME, USERID, optional, required},
    settings::Version,
    world::{Token, World},
};

/// Brought regeneration, deletable comments, and ACL entries that go with their token.
const NEWER: Version = Version(3, 4, 0);

const LONGEST_ID: usize = 64;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "access/users/{userid}/token",
        access: Access::PrivilegeOrSelf("Sys.Audit", PATH),
        params: &[required("userid", USERID)],
        locks: &[],
        run: list,
    },
    Route {
        method: "GET",
        path: "access/users/{userid}/token/{token-name}",
        access: Access::PrivilegeOrSelf("Sys.Audit", PATH),
        params: &[required("userid", USERID), required("token-name", TOKEN_NAME)],
        locks: &[],
        run: read,
    },
    Route {
        method: "POST",
        path: "access/users/{userid}/token/{token-name}",
        access: Access::PrivilegeOrSelf("Permissions.Modify", PATH),
        params: &[
            required("userid", USERID),
            required("token-name", TOKEN_NAME),
            optional("comment", COMMENT),
            optional("enable", Kind::Flag),
            optional("expire", Kind::Integer),
            optional("digest", DIGEST),
        ],
        locks: &[Lock::Users],
        run: create,
    },
    Route {
        method: "PUT",
        path: "access/users/{userid}/token/{token-name}",
        access: Access::PrivilegeOrSelf("Permissions.Modify", PATH),
        params: &[
            required("userid", USERID),
            required("token-name", TOKEN_NAME),
            optional("comment", COMMENT),
            optional("enable", Kind::Flag),
            optional("expire", Kind::Integer),
            optional("digest", DIGEST),
            optional("regenerate", Kind::Flag).since(NEWER),
            optional("delete", Kind::Choices(&["comment"])).since(NEWER),
        ],
        locks: &[Lock::Users],
        run: update,
    },
    Route {
        method: "DELETE",
        path: "access/users/{userid}/token/{token-name}",
        access: Access::PrivilegeOrSelf("Permissions.Modify", PATH),
        params: &[
            required("userid", USERID),
            required("token-name", TOKEN_NAME),
            optional("digest", DIGEST),
        ],
        locks: &[Lock::Acl, Lock::Users],
        run: delete,
    },
];

/// A user's tokens as they are shown below that user.
pub(super) fn of<'a>(world: &'a World, userid: &'a str) -> impl Iterator<Item = Value> + 'a {
    world.tokens_of(userid).map(|(id, token)| show(id, token))
}

/// A user that does not exist has no tokens, or orphans.
fn list(call: &mut Call) -> Outcome {
    let tokens: Vec<Value> = of(call.world, call.args.word("userid"))
        .map(|mut token| {
            token["token-name"] = token["tokenid"].as_str().and_then(token_of).into();
            token
        })
        .collect();
    Ok(Reply::WithDigest(shuffled(call, tokens), call.world.users_digest()))
}

fn read(call: &mut Call) -> Outcome {
    let id = id(call);
    let token = call.world.tokens.get(&id).ok_or_else(|| no_such(&id))?;
    Ok(Reply::WithDigest(show(&id, token), call.world.users_digest()))
}

/// Nobody asks whether the user exists.
fn create(call: &mut Call) -> Outcome {
    let id = id(call);
    let (world, args) = (&mut *call.world, &call.args);
    unchanged(args.text("digest"), || world.users_digest())?;
    if world.tokens.contains_key(&id) {
        let (user, name) = (args.word("userid"), args.word("token-name"));
        return Err(Refusal::bad(format!("token '{name}' for user '{user}' already exists.")));
    }
    let secret = world.random.uuid();
    if id.chars().count() > LONGEST_ID {
        // The secret is stored before the id turns out to be too long, and stays.
        world.left_behind.insert(id, secret);
        return Err(Refusal::bad(
            "writing \"/etc/proxmox-backup/user.cfg\" failed: syntax error in section identifier: value may only be 64 characters long",
        ));
    }
    let token = Token {
        comment: args.owned("comment"),
        enable: args.flag("enable"),
        expire: args.integer("expire"),
        secret: secret.clone(),
    };
    world.trim_comments();
    world.tokens.insert(id.clone(), token);
    world.users_written();
    Ok(Reply::Data(json!({ "tokenid": id, "value": secret })))
}

fn update(call: &mut Call) -> Outcome {
    let id = id(call);
    let (world, args) = (&mut *call.world, &call.args);
    unchanged(args.text("digest"), || world.users_digest())?;
    world.trim_comments();
    let token = world.tokens.get_mut(&id).ok_or_else(|| no_such(&id))?;
    if args.lists("delete", "comment") {
        token.comment = None;
    }
    if let Some(comment) = args.text("comment") {
        token.comment = Some(comment.trim().to_string()).filter(|comment| !comment.is_empty());
    }
    if let Some(enable) = args.flag("enable") {
        token.enable = (!enable).then_some(false);
    }
    if let Some(expire) = args.integer("expire") {
        token.expire = (expire > 0).then_some(expire);
    }
    let mut data = Value::Null;
    if args.flag("regenerate") == Some(true) {
        token.secret = world.random.uuid();
        data = json!({ "secret": token.secret });
    }
    world.users_written();
    Ok(Reply::Data(data))
}

fn delete(call: &mut Call) -> Outcome {
    let id = id(call);
    let (world, args) = (&mut *call.world, &call.args);
    unchanged(args.text("digest"), || world.users_digest())?;
    if world.tokens.remove(&id).is_none() {
        let (user, name) = (args.word("userid"), args.word("token-name"));
        return Err(Refusal::bad(format!("token '{name}' of user '{user}' does not exist.")));
    }
    world.trim_comments();
    if call.server.version >= NEWER {
        world.acl_mut().remove_all_of(&id);
    }
    world.users_written();
    Ok(Reply::Data(Value::Null))
}

fn id(call: &Call) -> String {
    format!("{}!{}", call.args.word("userid"), call.args.word("token-name"))
}

fn no_such(id: &str) -> Refusal {
    Refusal::bad(format!("no such token '{id}'"))
}

fn show(id: &str, token: &Token) -> Value {
    let fields = [
        ("tokenid", Some(id.into())),
        ("comment", token.comment.as_deref().map(|text| text.trim().into())),
        ("enable", token.enable.map(Value::from)),
        ("expire", token.expire.map(Value::from)),
    ];
    present(fields).into()
}
