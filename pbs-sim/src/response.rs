//! Results of API calls, and the HTTP responses that PBS 4.2.3 sends for them (recorded).
//!
//! The body of a successful response is JSON. The body of an error is plain text, although its
//! content type claims JSON.

use serde_json::{Map, Value, json};

use crate::settings::{VERSION_4_0, Version};

/// Name of the cookie that holds a ticket.
pub(crate) const COOKIE: &str = "__Host-PBSAuthCookie";

/// Result of a successful API call.
pub(crate) enum Success {
    /// The value of `data` in the response.
    Data(Value),
    /// The value of `data`, and the digest of the configuration file that it comes from.
    WithDigest(Value, String),
    /// The value of `data`, and further fields next to `data`. The content type of this response is
    /// `application/json` without a charset (recorded).
    WithFields(Value, Map<String, Value>),
    /// The value of `data` in a response that PBS streams. Such a response has no content type
    /// (recorded).
    Streamed(Value),
    /// A plain text.
    Text(String),
    /// The value of `data` in the response to a login. If the client asked for an HTTP-only
    /// cookie, the second field is the ticket to set as that cookie.
    Login(Value, Option<String>),
    /// The response to a logout. It removes the ticket cookie from the browser.
    Logout,
}

/// An error that PBS returns for an API call.
#[derive(Debug)]
pub(crate) struct ApiError {
    /// HTTP status.
    pub(crate) status: u16,
    /// PBS's message.
    pub(crate) text: String,
    /// Whether the response removes the ticket cookie from the browser.
    pub(crate) clear_cookie: bool,
}

impl ApiError {
    /// Status 400, which PBS also uses for objects that do not exist.
    pub(crate) fn bad_request(text: impl Into<String>) -> Self {
        Self { status: 400, text: text.into(), clear_cookie: false }
    }

    /// Status 401.
    pub(crate) fn unauthorized(text: impl Into<String>) -> Self {
        Self { status: 401, text: text.into(), clear_cookie: false }
    }

    /// Status 403: the caller lacks a privilege.
    pub(crate) fn forbidden() -> Self {
        Self { status: 403, text: "permission check failed".into(), clear_cookie: false }
    }
}

/// Result of an API call.
pub(crate) type CallResult = Result<Success, ApiError>;

/// Format of a response, chosen by the first two segments of the path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// `/api2/json`
    Json,
    /// `/api2/extjs`: the HTTP status of every response is 200. The body says whether the call
    /// succeeded.
    ExtJs,
}

/// A complete HTTP response.
#[derive(Clone)]
pub(crate) struct HttpResponse {
    /// HTTP status.
    pub(crate) status: u16,
    /// Value of the header `Content-Type`, if the response has one.
    pub(crate) content_type: Option<&'static str>,
    /// Value of the header `Set-Cookie`, if the response has one.
    pub(crate) set_cookie: Option<String>,
    /// Body. It is not sent in the response to a `HEAD` request.
    pub(crate) body: String,
}

const JSON_CONTENT_TYPE: &str = "application/json;charset=UTF-8";

impl HttpResponse {
    /// A response with a body of plain text and without a content type.
    pub(crate) fn plain(status: u16, text: impl Into<String>) -> Self {
        Self { status, content_type: None, set_cookie: None, body: text.into() }
    }

    /// A response with an HTML page.
    pub(crate) fn html(status: u16, page: &str) -> Self {
        Self { content_type: Some("text/html"), ..Self::plain(status, page) }
    }

    /// The response to a request without valid credentials.
    pub(crate) fn unauthenticated(version: Version) -> Self {
        let set_cookie = (version >= VERSION_4_0).then(cleared_cookie);
        Self { set_cookie, ..Self::plain(401, "authentication failed") }
    }

    /// The response for the result of an API call.
    pub(crate) fn new(result: CallResult, format: Format) -> Self {
        let mut content_type = Some(JSON_CONTENT_TYPE);
        let mut body = match result {
            Err(error) => return Self::for_error(error, format),
            Ok(Success::Logout) => {
                let body = json!({ "data": {}, "status": 200, "success": true }).to_string();
                return Self { set_cookie: Some(cleared_cookie()), ..Self::plain(200, body) };
            }
            Ok(Success::Text(text)) => {
                return Self { content_type: Some("text/plain"), ..Self::plain(200, text) };
            }
            Ok(Success::Login(data, ticket)) => {
                return Self {
                    status: 200,
                    content_type: Some("application/json"),
                    set_cookie: ticket.map(|ticket| {
                        format!("{COOKIE}={ticket}; Secure; SameSite=Lax; HttpOnly; Path=/;")
                    }),
                    body: json!({ "data": data, "status": 200, "success": true }).to_string(),
                };
            }
            Ok(Success::Data(data)) => json!({ "data": data }),
            Ok(Success::Streamed(data)) => {
                content_type = None;
                json!({ "data": data })
            }
            Ok(Success::WithFields(data, mut fields)) => {
                content_type = Some("application/json");
                fields.insert("data".into(), data);
                fields.into()
            }
            Ok(Success::WithDigest(data, digest)) => json!({ "data": data, "digest": digest }),
        };
        if format == Format::ExtJs {
            body["status"] = 200.into();
            body["success"] = true.into();
        }
        Self { status: 200, content_type, set_cookie: None, body: body.to_string() }
    }

    fn for_error(error: ApiError, format: Format) -> Self {
        let ApiError { status, text, clear_cookie } = error;
        let (status, body) = match format {
            Format::Json => (status, text),
            Format::ExtJs => {
                let body = json!({ "message": text, "status": status, "success": false });
                (200, body.to_string())
            }
        };
        let set_cookie = clear_cookie.then(cleared_cookie);
        Self { status, content_type: Some(JSON_CONTENT_TYPE), set_cookie, body }
    }
}

/// A `Set-Cookie` value that removes the ticket from the browser.
fn cleared_cookie() -> String {
    format!(
        "{COOKIE}=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; SameSite=Lax; HttpOnly; Path=/;"
    )
}
