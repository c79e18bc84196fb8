//! Errors for the responses of a server.

use crate::pbs::{Error, Secret};

/// The message of PBS if it does not accept a token or ticket (PBS 4.2.3, recorded).
pub(super) const REFUSED_TOKEN_OR_TICKET: &str = "authentication failed";

/// The message of PBS if it does not accept a user name and password (PBS 4.2.3, recorded).
pub(super) const REFUSED_LOGIN: &str = "permission check failed.";

/// The description that errors show in place of an HTML page.
pub(super) const HTML_PAGE: &str = "(an HTML page, which was sent by a proxy or by another server)";

/// The error for a response with an error status.
pub(crate) fn refused(request: String, status: u16, body: &str, secrets: &[Secret]) -> Error {
    let message = to_displayable(body, secrets);
    let advice = match status {
        401 if message.starts_with("unable to parse acl config ") => {
            ". The server cannot read its file of grants, so it rejects all tokens and logins. \
             Correct or remove the named line of the file on the server"
        }
        401 if message == REFUSED_LOGIN => {
            ". Check the user name, the password, and that the user is enabled and has not expired"
        }
        401 if matches!(message.as_str(), "missing password" | "invalid credentials") => {
            ". To change a password, Proxmox Backup Server requires the password of the \
             authenticated user; use `username` and `password`"
        }
        401 if message == REFUSED_TOKEN_OR_TICKET => {
            ". Check the token or ticket. The id and secret of a token must be correct, and the token \
             and its user must be enabled and not expired"
        }
        401 | 403 if message == HTML_PAGE => {
            ". If a gateway in front of the server requires HTTP headers, set `http_headers`"
        }
        404 if reports_a_missing_route(body) => {
            ". The server does not have this API path. Check that `endpoint` is the address of a \
             Proxmox Backup Server, not of Proxmox VE"
        }
        // For a missing object below `/access`, PBS sends status 400, so this response is not from
        // PBS.
        404 if request.contains(" /access/") || message == HTML_PAGE => {
            ". Proxmox Backup Server does not send such a response. Check that `endpoint` is the \
             address of the server"
        }
        300..=399 => {
            ". The server sends a redirect, which is not followed. Set `endpoint` to the final \
             address. If a gateway redirects to its login page, set `http_headers` to the headers \
             that the gateway accepts"
        }
        413 | 429 | 500..=599 => {
            ". If the error persists, check the server, or the proxy in front of it"
        }
        _ => "",
    };
    Error::Refused { request, status, message, advice: advice.to_owned() }
}

/// The error for a body that does not have the expected structure. The messages of serde can quote
/// values of the response. The error therefore contains only two parts of the message of serde: the
/// expected type and the position.
pub(crate) fn not_understood(request: String, body: &[u8], error: &serde_json::Error) -> Error {
    use serde_json::error::Category;
    let (line, column) = (error.line(), error.column());
    let (fault, advice) = match error.classify() {
        // The body ends early, so a part of it was lost.
        Category::Eof | Category::Io => {
            return Error::ResponseLost { request, cause: "the response is incomplete".to_owned() };
        }
        Category::Syntax if body.trim_ascii_start().starts_with(b"<") => {
            let cause =
                "it is an HTML page, for example the login page of a gateway or the page of \
                         a proxy; check that `endpoint` is the address of a Proxmox Backup Server. \
                         If a gateway requires a login, set `http_headers` to the headers that the \
                         gateway accepts"
                    .to_owned();
            return Error::InvalidResponse { request, cause };
        }
        Category::Syntax => (
            "it is not JSON".to_owned(),
            "; check that `endpoint` is the address of a Proxmox Backup Server",
        ),
        Category::Data => {
            let text = error.to_string();
            let prefixes = ["invalid type: ", "invalid value: ", "invalid length "];
            let expected = prefixes.iter().any(|start| text.starts_with(start)).then(|| {
                let (_, expected) = text.rsplit_once(", expected ")?;
                Some(expected.rsplit_once(" at line ").map_or(expected, |(expected, _)| expected))
            });
            let fault = match expected.flatten() {
                Some(expected) => format!("expected {expected}"),
                None => "it does not have the expected structure".to_owned(),
            };
            (fault, "")
        }
    };
    let cause = format!("{fault} (line {line}, column {column}){advice}");
    Error::InvalidResponse { request, cause }
}

/// The body of an error response in a form that can be shown: short, on one line, without secrets.
fn to_displayable(body: &str, secrets: &[Secret]) -> String {
    const LONGEST: usize = 400;
    let body = body.trim();
    if body.is_empty() {
        return "(no reason given)".to_owned();
    }
    let head: String = body.chars().take(64).collect::<String>().to_ascii_lowercase();
    if head.starts_with('<') {
        return HTML_PAGE.to_owned();
    }
    let mut text = body.to_owned();
    // Secrets of fewer than 8 bytes are not replaced, because a short secret can also be an
    // ordinary word of the message.
    for secret in secrets.iter().map(Secret::expose).filter(|text| text.len() >= 8) {
        text = text.replace(secret, "(secret)");
    }
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let line: String = lines.join(" ").chars().filter(|c| !c.is_control()).collect();
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Whether PBS reports that the API path does not exist: `Path '/api2/json/…' not found.` or
/// `no such file: '…'`.
fn reports_a_missing_route(body: &str) -> bool {
    body.starts_with("Path '") || body.starts_with("no such file: ")
}
