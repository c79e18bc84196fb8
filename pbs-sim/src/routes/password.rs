//! `PUT /access/password`: changing the password of a user.

use serde_json::Value;

use super::{Call, Route, users, write};
use crate::{
    id::token_name_of,
    response::{ApiError, CallResult, Success},
};

pub(super) const ROUTES: &[Route] = &[write("PUT", "/access/password", &[], update)];

/// Changes a password. API tokens are not allowed to change passwords. All users except `root@pam`
/// must confirm the change with their own password, even if they change the password of another
/// user.
fn update(call: &mut Call) -> CallResult {
    if token_name_of(call.caller).is_some() {
        return Err(ApiError::bad_request("API tokens cannot access this API endpoint"));
    }
    let userid = call.args.required_text("userid").to_string();
    if call.caller != "root@pam" {
        let caller = call.world.users.get(call.caller);
        let caller_password = caller.and_then(|user| user.password.as_deref());
        match call.args.text("confirmation-password") {
            None => return Err(ApiError::unauthorized("missing password")),
            confirmation if confirmation != caller_password => {
                return Err(ApiError::unauthorized("invalid credentials"));
            }
            _ => {}
        }
        // PBS checks the privilege on `/`, and not on `/access/users` (PBS 4.2.3, measured).
        if userid != call.caller && !call.caller_has("Permissions.Modify", "/") {
            return Err(ApiError::bad_request("you are not authorized to change the password."));
        }
        if userid.ends_with("@pam") {
            return Err(ApiError::bad_request("only superuser can edit pam credentials!"));
        }
    }
    let realm = userid.rsplit_once('@').map_or("", |(_, realm)| realm);
    if call.world.has_realm(realm) {
        return Err(users::no_passwords_of_ldap_users());
    }
    let password = call.args.owned_text("password");
    match call.world.users.get_mut(&userid) {
        Some(user) => user.password = password,
        None => return Err(ApiError::unauthorized(format!("user '{userid}' does not exists."))),
    }
    Ok(Success::Data(Value::Null))
}
