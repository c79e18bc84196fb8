//! `/access/users`: users, without their tokens and passwords.

use serde_json::{Map, Value};

use super::{Access, Call, Route, shuffled, tokens, unchanged};
use crate::{
    answer::{Outcome, Refusal, Reply},
    id::user_of,
    locks::Lock,
    params::{COMMENT, DIGEST, Kind, NEW_PASSWORD, PASSWORD, PERSON, USERID, optional, required},
    settings::Version,
    world::User,
};

pub(super) const PATH: &str = "/access/users";

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "access/users",
        access: Access::Anybody,
        params: &[optional("include_tokens", Kind::Flag)],
        locks: &[],
        run: list,
    },
    Route {
        method: "POST",
        path: "access/users",
        access: Access::Privilege("Permissions.Modify", PATH),
        params: &[
            required("userid", USERID),
            optional("comment", COMMENT),
            optional("enable", Kind::Flag),
            optional("expire", Kind::Integer),
            optional("firstname", PERSON),
            optional("lastname", PERSON),
            optional("email", PERSON),
            optional("password", NEW_PASSWORD),
        ],
        locks: &[Lock::Users],
        run: create,
    },
    Route {
        method: "GET",
        path: "access/users/{userid}",
        access: Access::PrivilegeOrSelf("Sys.Audit", PATH),
        params: &[required("userid", USERID)],
        locks: &[],
        run: read,
    },
    Route {
        method: "PUT",
        path: "access/users/{userid}",
        access: Access::PrivilegeOrSelf("Permissions.Modify", PATH),
        params: &[
            required("userid", USERID),
            optional("comment", COMMENT),
            optional("enable", Kind::Flag),
            optional("expire", Kind::Integer),
            optional("firstname", PERSON),
            optional("lastname", PERSON),
            optional("email", PERSON),
            optional("password", PASSWORD),
            optional("delete", Kind::Choices(&["comment", "firstname", "lastname", "email"])),
            optional("digest", DIGEST),
        ],
        locks: &[Lock::Users],
        run: update,
    },
    Route {
        method: "DELETE",
        path: "access/users/{userid}",
        access: Access::PrivilegeOrSelf("Permissions.Modify", PATH),
        params: &[required("userid", USERID), optional("digest", DIGEST)],
        locks: &[Lock::Users, Lock::Tfa, Lock::Acl],
        run: delete,
    },
];

/// All users for an auditor, for others the user that they are or belong to.
fn list(call: &mut Call) -> Outcome {
    let auditor = call.may("Sys.Audit", PATH);
    let mut users = Vec::new();
    for (userid, user) in &call.world.users {
        if !auditor && userid != user_of(call.caller) {
            continue;
        }
        let mut shown = show(userid, user);
        if call.args.flag("include_tokens") == Some(true) {
            let tokens: Vec<Value> = tokens::of(call.world, userid).collect();
            if !tokens.is_empty() {
                shown.insert("tokens".into(), tokens.into());
            }
        }
        users.push(shown.into());
    }
    Ok(Reply::WithDigest(shuffled(call, users), call.world.users_digest()))
}

fn create(call: &mut Call) -> Outcome {
    let userid = call.args.word("userid").to_string();
    if call.world.users.contains_key(&userid) {
        return Err(Refusal::bad(format!("user '{userid}' already exists.")));
    }
    let realm = userid.rsplit_once('@').map_or("", |(_, realm)| realm);
    if realm != "pam" && realm != "pbs" {
        return Err(Refusal::bad(format!("unknown realm '{realm}'")));
    }
    let args = &call.args;
    let password = args.owned("password");
    // As read in PBS's source: the user is written first, and stays.
    let refused = realm == "pam" && password.is_some() && call.caller != "root@pam";
    let user = User {
        comment: args.owned("comment"),
        enable: args.flag("enable"),
        expire: args.integer("expire"),
        firstname: args.owned("firstname"),
        lastname: args.owned("lastname"),
        email: args.owned("email"),
        password: password.filter(|_| !refused),
        second_factor: false,
    };
    call.world.trim_comments();
    call.world.users.insert(userid, user);
    call.world.users_written();
    match refused {
        true => Err(Refusal::bad("only superuser can edit pam credentials!")),
        false => Ok(Reply::Data(Value::Null)),
    }
}

fn read(call: &mut Call) -> Outcome {
    let userid = call.args.word("userid");
    let user = call.world.users.get(userid).ok_or_else(|| no_such(userid))?;
    Ok(Reply::WithDigest(show(userid, user).into(), call.world.users_digest()))
}

fn update(call: &mut Call) -> Outcome {
    let (world, args) = (&mut *call.world, &call.args);
    unchanged(args.text("digest"), || world.users_digest())?;
    world.trim_comments();
    let userid = args.word("userid");
    let user = world.users.get_mut(userid).ok_or_else(|| no_such(userid))?;
    let fields = [
        ("comment", &mut user.comment),
        ("firstname", &mut user.firstname),
        ("lastname", &mut user.lastname),
        ("email", &mut user.email),
    ];
    for (name, field) in fields {
        if args.lists("delete", name) {
            *field = None;
        }
        if let Some(text) = args.text(name) {
            *field = Some(text.trim().to_string()).filter(|text| !text.is_empty());
        }
    }
    if let Some(enable) = args.flag("enable") {
        user.enable = (!enable).then_some(false);
    }
    if let Some(expire) = args.integer("expire") {
        user.expire = (expire > 0).then_some(expire);
    }
    world.users_written();
    Ok(Reply::Data(Value::Null))
}

/// The user's tokens go with it, and their ACL entries since 3.4; its own entries stay.
fn delete(call: &mut Call) -> Outcome {
    let (world, args) = (&mut *call.world, &call.args);
    unchanged(args.text("digest"), || world.users_digest())?;
    let userid = args.word("userid");
    if world.users.remove(userid).is_none() {
        return Err(Refusal::bad(format!("user '{userid}' does not exist.")));
    }
    world.trim_comments();
    let tokens: Vec<String> = world.tokens_of(userid).map(|(id, _)| id.clone()).collect();
    for id in tokens {
        world.tokens.remove(&id);
        if call.server.version >= Version(3, 4, 0) {
            world.acl_mut().remove_all_of(&id);
        }
    }
    world.users_written();
    Ok(Reply::Data(Value::Null))
}

fn no_such(userid: &str) -> Refusal {
    Refusal::bad(format!("no such user '{userid}'"))
}

fn show(userid: &str, user: &User) -> Map<String, Value> {
    let fields = [
        ("userid", Some(userid.into())),
        ("comment", user.comment.as_deref().map(|text| text.trim().into())),
        ("enable", user.enable.map(Value::from)),
        ("expire", user.expire.map(Value::from)),
        ("firstname", user.firstname.as_deref().map(Value::from)),
        ("lastname", user.lastname.as_deref().map(Value::from)),
        ("email", user.email.as_deref().map(Value::from)),
    ];
    present(fields)
}

/// An object of the fields that have a value.
pub(super) fn present<const N: usize>(fields: [(&str, Option<Value>); N]) -> Map<String, Value> {
    fields.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?))).collect()
}
