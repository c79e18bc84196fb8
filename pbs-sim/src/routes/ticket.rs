//! `/access/ticket`: logging in, renewing, logging out.

use serde_json::json;

use super::{Access, Call, Route};
use crate::{
    answer::{Outcome, Refusal, Reply},
    params::{ANY_TEXT, Kind, PASSWORD, USERID, optional, required},
};

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "access/ticket",
        access: Access::World,
        params: &[
            required("username", USERID),
            optional("password", PASSWORD),
            optional("http-only", Kind::Flag),
            optional("path", ANY_TEXT),
            optional("privs", ANY_TEXT),
            optional("port", Kind::Integer),
            optional("tfa-challenge", ANY_TEXT),
        ],
        locks: &[],
        run: login,
    },
    Route {
        method: "DELETE",
        path: "access/ticket",
        access: Access::Anybody,
        params: &[],
        locks: &[],
        // A ticket stays valid: only the browser forgets it.
        run: |_| Ok(Reply::Logout),
    },
];

/// The password may be a valid ticket of the same user: that renews it.
fn login(call: &mut Call) -> Outcome {
    let (args, tickets, now) = (&call.args, &call.server.tickets, call.now);
    let userid = args.word("username");
    let Some(password) = args.text("password") else {
        return Err(Refusal::bad("no password provided"));
    };
    let renewal = tickets.verify(password, now) == Some(userid);
    let user = call.world.users.get(userid).filter(|_| call.world.is_active(userid, now));
    let Some(user) = user.filter(|user| renewal || user.password.as_deref() == Some(password))
    else {
        let refusal = Refusal::unauthorized("permission check failed.");
        return Err(Refusal { forget: true, ..refusal });
    };
    if user.second_factor && !renewal {
        // As read in PBS's source: a ticket that only serves to answer the challenge.
        let challenge =
            format!("!tfa!{}", "%7B%22totp%22%3Atrue%2C%22recovery%22%3A%22unavailable%22%7D");
        let ticket = tickets.issue(&challenge, now);
        return Ok(Reply::Login(json!({ "username": userid, "ticket": ticket }), None));
    }
    let ticket = tickets.issue(userid, now);
    let mut data = json!({ "username": userid, "CSRFPreventionToken": tickets.csrf(userid, now) });
    if args.flag("http-only") == Some(true) {
        data["ticket-info"] = format!("PBS:{userid}:{now:08X}::ticketinfo").into();
        return Ok(Reply::Login(data, Some(ticket)));
    }
    data["ticket"] = ticket.into();
    Ok(Reply::Login(data, None))
}
