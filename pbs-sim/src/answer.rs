//! What a call comes to, and the HTTP answer that PBS 4.2.3 makes of it (measured): data in JSON,
//! errors in plain text that claims to be JSON.

use serde_json::{Value, json};

pub(crate) const COOKIE: &str = "__Host-PBSAuthCookie";

/// The success of a call.
pub(crate) enum Reply {
    Data(Value),
    /// Data, and beside it the digest of the file that it came from.
    WithDigest(Value, String),
    /// A login; the cookie is set if it was asked for.
    Login(Value, Option<String>),
    Logout,
}

/// A refusal of PBS's, with its plain text.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) text: String,
    /// Tells the browser to forget its ticket.
    pub(crate) forget: bool,
}

impl Refusal {
    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self { status: 400, text: text.into(), forget: false }
    }

    pub(crate) fn unauthorized(text: impl Into<String>) -> Self {
        Self { status: 401, text: text.into(), forget: false }
    }

    pub(crate) fn forbidden() -> Self {
        Self { status: 403, text: "permission check failed".into(), forget: false }
    }
}

pub(crate) type Outcome = Result<Reply, Refusal>;

/// How answers are wrapped: `/api2/json` or `/api2/extjs`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    ExtJs,
}

/// An HTTP answer, whole.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) cookie: Option<String>,
    pub(crate) body: String,
}

const JSON: &str = "application/json;charset=UTF-8";

impl Answer {
    pub(crate) fn plain(status: u16, text: impl Into<String>) -> Self {
        Self { status, content_type: None, cookie: None, body: text.into() }
    }

    pub(crate) fn html(status: u16, text: &str) -> Self {
        Self { content_type: Some("text/html"), ..Self::plain(status, text) }
    }

    /// No valid credentials.
    pub(crate) fn unauthenticated() -> Self {
        Self { cookie: Some(forget()), ..Self::plain(401, "authentication failed") }
    }

    pub(crate) fn of(outcome: Outcome, format: Format) -> Self {
        let mut body = match outcome {
            Err(refusal) => return Self::refused(refusal, format),
            Ok(Reply::Logout) => {
                let body = json!({ "data": {}, "status": 200, "success": true }).to_string();
                return Self { cookie: Some(forget()), ..Self::plain(200, body) };
            }
            Ok(Reply::Login(data, ticket)) => {
                let body = json!({ "data": data, "status": 200, "success": true }).to_string();
                let cookie = ticket.map(|ticket| {
                    format!("{COOKIE}={ticket}; Secure; SameSite=Lax; HttpOnly; Path=/;")
                });
                return Self { status: 200, content_type: Some("application/json"), cookie, body };
            }
            Ok(Reply::Data(data)) => json!({ "data": data }),
            Ok(Reply::WithDigest(data, digest)) => json!({ "data": data, "digest": digest }),
        };
        if format == Format::ExtJs {
            body["status"] = 200.into();
            body["success"] = true.into();
        }
        Self { status: 200, content_type: Some(JSON), cookie: None, body: body.to_string() }
    }

    fn refused(refusal: Refusal, format: Format) -> Self {
        let cookie = refusal.forget.then(forget);
        let (status, body) = match format {
            Format::Json => (refusal.status, refusal.text),
            Format::ExtJs => {
                let Refusal { status, text, .. } = refusal;
                let body = json!({ "message": text, "status": status, "success": false });
                (200, body.to_string())
            }
        };
        Self { status, content_type: Some(JSON), cookie, body }
    }
}

fn forget() -> String {
    format!(
        "{COOKIE}=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; SameSite=Lax; HttpOnly; Path=/;"
    )
}
