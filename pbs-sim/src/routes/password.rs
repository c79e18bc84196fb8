//! `PUT /access/password`: changing a password, which needs the caller's own.

use serde_json::Value;

use super::{Access, Call, Route, users};
use crate::{
    answer::{Outcome, Refusal, Reply},
    id::token_of,
    params::{NEW_PASSWORD, PASSWORD, USERID, optional, required},
};

pub(super) const ROUTES: &[Route] = &[Route {
    method: "PUT",
    path: "access/password",
    access: Access::Anybody,
    params: &[
        required("userid", USERID),
        required("password", NEW_PASSWORD),
        optional("confirmation-password", PASSWORD),
    ],
    locks: &[],
    run: change,
}];

fn change(call: &mut Call) -> Outcome {
    if token_of(call.caller).is_some() {
        return Err(Refusal::bad("API tokens cannot access this API endpoint"));
    }
    let userid = call.args.word("userid").to_string();
    if call.caller != "root@pam" {
        let own = call.world.users.get(call.caller).and_then(|user| user.password.as_deref());
        match call.args.text("confirmation-password") {
            None => return Err(Refusal::unauthorized("missing password")),
            sent if sent != own => return Err(Refusal::unauthorized("invalid credentials")),
            _ => {}
        }
        if userid != call.caller && !call.may("Permissions.Modify", users::PATH) {
            return Err(Refusal::bad("you are not authorized to change the password."));
        }
        if userid.ends_with("@pam") {
            return Err(Refusal::bad("only superuser can edit pam credentials!"));
        }
    }
    let password = call.args.owned("password");
    match call.world.users.get_mut(&userid) {
        Some(user) => user.password = password,
        None => return Err(Refusal::unauthorized(format!("user '{userid}' does not exists."))),
    }
    Ok(Reply::Data(Value::Null))
}
