//! Errors of the client. A message names the request first, then the cause, then a remedy.
//!
//! No error contains the body of a request, a header or a secret. If a response cannot be
//! understood, the error says what the fault is and where. It never quotes the response. A missing
//! object is not an error; see [`absence`](super::absence).

use crate::pbs::{Malformed, Secret};
use std::error::Error as StdError;

/// The message of PBS if the authenticated user lacks the privilege to change the password of
/// another user. The status is 400, and not 403 (4.2.3, measured).
const PASSWORD_DENIED: &str = "you are not authorized to change the password.";

/// The result of a function of the client.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the client. It can be cloned, since many readers of a shared list can get the same
/// error.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot be used with its configuration.
    #[error("{0}")]
    Config(String),

    /// A text is not in the form that PBS accepts.
    #[error(transparent)]
    Malformed(#[from] Malformed),

    /// The connection could not be established, so the request was not sent.
    #[error("{request}: {cause}")]
    Connect {
        /// The request.
        request: String,
        /// Cause and remedy.
        cause: String,
        /// Whether another attempt can succeed.
        transient: bool,
    },

    /// The request was sent, but no complete response arrived. The server might have carried it
    /// out.
    #[error("{request}: {cause}")]
    ResponseLost {
        /// The request.
        request: String,
        /// Cause.
        cause: String,
    },

    /// The server, or a proxy in front of it, responded with an error status.
    #[error("{request}: {status} {message}{advice}")]
    Refused {
        /// The request.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The message of PBS without secrets, or a description of the body if the body is not a
        /// message of PBS.
        message: String,
        /// Remedy: empty, or a full stop and a sentence.
        advice: String,
    },

    /// The object exists already.
    #[error("{request}: {message}")]
    AlreadyExists {
        /// The request.
        request: String,
        /// The message of PBS.
        message: String,
    },

    /// The response reports a success, but its body cannot be understood.
    #[error("{request}: the response cannot be understood: {cause}")]
    InvalidResponse {
        /// The request.
        request: String,
        /// What the fault is, and where in the response.
        cause: String,
    },

    /// This version of PBS does not support the request.
    #[error("{request}: requires Proxmox Backup Server {since} or later; upgrade the server")]
    TooOld {
        /// The request.
        request: String,
        /// The first version that supports the request.
        since: &'static str,
    },

    /// The login failed, or the ticket is not sufficient for the request.
    #[error("{request}: {cause}")]
    Login {
        /// The request.
        request: String,
        /// Cause and remedy.
        cause: String,
    },

    /// The run was asked to stop before the request was sent, or during a wait.
    #[error("{request}: canceled because the run was asked to stop")]
    Stopped {
        /// The request, or a description of the wait.
        request: String,
    },
}

impl Error {
    /// Whether the authenticated user or token lacks a privilege (status 403).
    #[must_use]
    pub fn is_permission_denied(&self) -> bool {
        self.status() == Some(403)
    }

    /// Whether the server did not accept the credentials (status 401).
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(401)
    }

    /// Whether the object exists already.
    #[must_use]
    pub fn already_exists(&self) -> bool {
        matches!(self, Self::AlreadyExists { .. })
    }

    /// Whether this version of PBS is too old for the request.
    #[must_use]
    pub fn is_too_old(&self) -> bool {
        matches!(self, Self::TooOld { .. })
    }

    /// Whether the server might have carried out the request although no response confirms it. This
    /// is the case after a timeout, a broken connection, an incomplete response, or a status of 500
    /// to 599.
    #[must_use]
    pub fn response_lost(&self) -> bool {
        match self {
            Self::ResponseLost { .. } | Self::InvalidResponse { .. } => true,
            Self::Refused { status, .. } => (500..600).contains(status),
            _ => false,
        }
    }

    /// True if the error of a retry shows what happened to an earlier attempt whose response was
    /// lost. False if the retry ended before the server looked at the object. In that case, the
    /// client returns the error of the earlier attempt.
    pub(crate) fn outcome_is_known(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Login { .. } | Self::Stopped { .. } => false,
            Self::Refused { status: 401 | 429, .. } => false,
            error => !error.is_lock_timeout(),
        }
    }

    /// Turns the error of a login into an error for which [`response_lost`](Self::response_lost) is
    /// false, because the request that needs the login was certainly not sent.
    pub(crate) fn into_login_error(self) -> Self {
        match self {
            Self::ResponseLost { request, cause } | Self::InvalidResponse { request, cause } => {
                Self::Login { request, cause }
            }
            Self::Refused { request, status: status @ 500..=599, message, advice } => {
                Self::Login { request, cause: format!("{status} {message}{advice}") }
            }
            other => other,
        }
    }

    /// The HTTP status, if the server responded with an error status.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Status and message, if the server responded with an error status.
    pub(crate) fn refusal(&self) -> Option<(u16, &str)> {
        match self {
            Self::Refused { status, message, .. } => Some((*status, message)),
            _ => None,
        }
    }

    /// Whether PBS could not acquire its file locks in time. PBS acquires all locks before it
    /// changes anything (read in the source of 4.2.3). A request that fails with this error can
    /// therefore always be retried.
    pub(crate) fn is_lock_timeout(&self) -> bool {
        self.refusal().is_some_and(|(status, message)| {
            status == 400
                && (message.starts_with("Unable to acquire lock ")
                    || message.ends_with("Interrupted system call (os error 4)"))
        })
    }

    /// Adds the required privilege to an error with status 403.
    pub(crate) fn with_required_privilege(self, privilege: &str, path: &str) -> Self {
        match self {
            Self::Refused { request, status, message, .. }
                if status == 403 || message == PASSWORD_DENIED =>
            {
                let advice =
                    format!(". This request requires the privilege `{privilege}` on `{path}`");
                let message = message.trim_end_matches('.').to_owned();
                Self::Refused { request, status, message, advice }
            }
            other => other,
        }
    }
}

/// The error and its causes, the outermost first. `source` of an I/O error skips the error that the
/// I/O error wraps, so the wrapped error is read with `get_ref`.
pub(crate) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    fn next<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
        match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        }
    }
    std::iter::successors(Some(error), |error| next(*error))
}

/// The error for a response with an error status.
pub(crate) fn refused(request: String, status: u16, body: &str, secrets: &[Secret]) -> Error {
    let message = displayable(body, secrets);
    let advice = match status {
        401 if message == "permission check failed." => {
            ". Check the user name, the password, and that the user is enabled and has not expired"
        }
        401 if matches!(message.as_str(), "missing password" | "invalid credentials") => {
            ". To change a password, Proxmox Backup Server requires the password of the \
             authenticated user; use `username` and `password`"
        }
        401 => {
            ". Check the token or ticket. The id and secret of a token must be correct, and the token \
             and its user must be enabled and not expired"
        }
        404 if reports_a_missing_route(body) => {
            ". The server does not have this API path. Check that `endpoint` is the address of a \
             Proxmox Backup Server, not of Proxmox VE"
        }
        404 => {
            ". Proxmox Backup Server does not send such a response. Check that `endpoint` is the \
             address of the server"
        }
        300..=399 => {
            ". The server sends a redirect, which is not followed. Set `endpoint` to the final \
             address"
        }
        413 | 429 | 500..=599 => {
            ". If the error persists, check the server, or the proxy in front of it"
        }
        _ => "",
    };
    Error::Refused { request, status, message, advice: advice.to_owned() }
}

/// The error for a body that does not have the expected structure. The messages of serde quote
/// values of the response. Only the parts of the message without values are kept: the expected type
/// and the position.
pub(crate) fn not_understood(request: String, error: &serde_json::Error) -> Error {
    use serde_json::error::Category;
    let (line, column) = (error.line(), error.column());
    let (fault, advice) = match error.classify() {
        // The body ends early, so a part of it was lost.
        Category::Eof | Category::Io => {
            return Error::ResponseLost { request, cause: "the response is incomplete".to_owned() };
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
fn displayable(body: &str, secrets: &[Secret]) -> String {
    const LONGEST: usize = 400;
    let body = body.trim();
    if body.is_empty() {
        return "(no reason given)".to_owned();
    }
    let head: String = body.chars().take(64).collect::<String>().to_ascii_lowercase();
    if head.starts_with('<') {
        return "(an HTML page, which was sent by a proxy or by another server)".to_owned();
    }
    let mut text = body.to_owned();
    // Shorter secrets are not replaced, since they can occur as ordinary words of the message.
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

#[cfg(test)]
mod tests;
