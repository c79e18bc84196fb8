//! `/access/ticket`: login, renewal of a ticket, and logout.

use serde_json::{Value, json};

use super::{Call, Route, write};
use crate::response::{ApiError, CallResult, Success};

pub(super) const ROUTES: &[Route] = &[
    write("POST", "/access/ticket", &[], login),
    // A logout only removes the cookie from the browser. The ticket itself stays valid.
    write("DELETE", "/access/ticket", &[], |_| Ok(Success::Logout)),
];

/// Issues a ticket and a CSRF token. For a login, the client sends the user's password. To renew a
/// ticket, the client sends a valid ticket of the same user in the parameter `password`.
fn login(call: &mut Call) -> CallResult {
    call.world.check_files()?;
    let (args, tickets, now) = (&call.args, &call.identity.tickets, call.now);
    let userid = args.required_text("username");
    let Some(password) = args.text("password") else {
        return Err(ApiError::bad_request("no password provided"));
    };
    let is_renewal = tickets.verify_ticket(password, now) == Some(userid);
    let user = call.world.users.get(userid).filter(|_| call.world.is_active(userid, now));
    let Some(user) = user.filter(|user| is_renewal || user.password.as_deref() == Some(password))
    else {
        let error = ApiError::unauthorized("permission check failed.");
        return Err(ApiError { clear_cookie: call.is_4_0_or_later(), ..error });
    };
    if user.second_factor && !is_renewal {
        // The ticket for a challenge authenticates no request. A client can use it only to answer
        // the challenge for the second factor (from PBS's source).
        let challenge =
            format!("!tfa!{}", "%7B%22totp%22%3Atrue%2C%22recovery%22%3A%22unavailable%22%7D");
        let ticket = tickets.issue_ticket(&challenge, now);
        return Ok(logged_in(call, json!({ "username": userid, "ticket": ticket }), None));
    }
    let ticket = tickets.issue_ticket(userid, now);
    let csrf_token = tickets.issue_csrf_token(userid, now);
    let mut data = json!({ "username": userid, "CSRFPreventionToken": csrf_token });
    if args.boolean("http-only") == Some(true) {
        data["ticket-info"] = format!("PBS:{userid}:{now:08X}::ticketinfo").into();
        return Ok(logged_in(call, data, Some(ticket)));
    }
    data["ticket"] = ticket.into();
    Ok(logged_in(call, data, None))
}

/// The result of a login. `cookie` is the ticket to set as a cookie.
fn logged_in(call: &Call, data: Value, cookie: Option<String>) -> Success {
    match call.is_4_0_or_later() {
        true => Success::Login(data, cookie),
        false => Success::Data(data),
    }
}
