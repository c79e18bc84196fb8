//! What can go wrong between us and PBS: the request first, then the cause.
//!
//! No error holds a body that was sent, a header or a secret; an answer that cannot be understood
//! is described by place and kind, never quoted. What is merely absent is no error: see
//! [`absence`](super::absence).

use crate::pbs::{Malformed, Secret};
use std::error::Error as StdError;

/// The result of everything a client does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, and with which request. Cheap to clone, since many readers may share one.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot be made from its configuration.
    #[error("{0}")]
    Config(String),

    /// A name that PBS would not accept.
    #[error(transparent)]
    Malformed(#[from] Malformed),

    /// No connection came about: the server has not seen the request.
    #[error("{request}: {cause}")]
    Connect {
        /// The request.
        request: String,
        /// Why.
        cause: String,
        /// Whether another try could go better.
        transient: bool,
    },

    /// The request was sent and its answer did not arrive: it may have been carried out.
    #[error("{request}: {cause}")]
    ResponseLost {
        /// The request.
        request: String,
        /// Why.
        cause: String,
    },

    /// The server, or a proxy before it, refused.
    #[error("{request}: {status} {message}{advice}")]
    Refused {
        /// The request.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The reason as PBS words it, or what stood in its place.
        message: String,
        /// What to do about it; empty or a sentence behind a full stop.
        advice: String,
    },

    /// PBS says that there is such an object already.
    #[error("{request}: {message}")]
    AlreadyExists {
        /// The request.
        request: String,
        /// The reason as PBS words it.
        message: String,
    },

    /// The answer was a success that cannot be understood.
    #[error("{request}: the answer cannot be understood: {cause}")]
    InvalidResponse {
        /// The request.
        request: String,
        /// Line, column, kind, and what was expected instead.
        cause: String,
    },

    /// This version of PBS cannot do it.
    #[error("{request}: this needs Proxmox Backup Server {since} or newer")]
    TooOld {
        /// The request.
        request: String,
        /// The first version that can.
        since: &'static str,
    },

    /// The login did not give a ticket that can be used.
    #[error("{request}: {cause}")]
    Login {
        /// The request.
        request: String,
        /// Why, and what to use instead.
        cause: String,
    },

    /// The run was asked to stop before this was sent, or while it waited.
    #[error("{request}: not carried out, because the run was asked to stop")]
    Stopped {
        /// The request, or the wait.
        request: String,
    },
}

impl Error {
    /// Whether the caller lacks a privilege (403).
    #[must_use]
    pub fn is_permission_denied(&self) -> bool {
        self.status() == Some(403)
    }

    /// Whether the server did not accept who asks (401).
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(401)
    }

    /// Whether there is such an object already.
    #[must_use]
    pub fn already_exists(&self) -> bool {
        matches!(self, Self::AlreadyExists { .. })
    }

    /// Whether this version of PBS is too old for the request.
    #[must_use]
    pub fn is_too_old(&self) -> bool {
        matches!(self, Self::TooOld { .. })
    }

    /// Whether the run was asked to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Stopped { .. })
    }

    /// Whether the request may have been carried out although no answer says so: a timeout, a cut
    /// connection, an error of a proxy or of the server itself, half an answer.
    #[must_use]
    pub fn response_lost(&self) -> bool {
        match self {
            Self::ResponseLost { .. } | Self::InvalidResponse { .. } => true,
            Self::Refused { status, .. } => (500..600).contains(status),
            _ => false,
        }
    }

    /// Whether the server has looked at the object in question before it said this.
    pub(crate) fn outcome_is_known(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Login { .. } | Self::Stopped { .. } => false,
            Self::Refused { status: 401 | 429, .. } => false,
            error => !error.is_lock_timeout(),
        }
    }

    /// The same of a login: what was to follow it was not sent, so its own answer is not the one that
    /// is lost.
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

    /// The HTTP status, if the server refused.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// What the server said, if it refused with a text of its own.
    pub(crate) fn refusal(&self) -> Option<(u16, &str)> {
        match self {
            Self::Refused { status, message, .. } => Some((*status, message)),
            _ => None,
        }
    }

    /// Whether the file locks of PBS were busy. All of them are taken before anything is changed
    /// (read in the source of 4.2.3), so every request may be repeated.
    pub(crate) fn is_lock_timeout(&self) -> bool {
        self.refusal().is_some_and(|(status, message)| {
            status == 400
                && (message.starts_with("Unable to acquire lock ")
                    || message.ends_with("Interrupted system call (os error 4)"))
        })
    }

    /// Adds what a missing privilege is called and where it is needed.
    pub(crate) fn with_required_privilege(self, privilege: &str, path: &str) -> Self {
        match self {
            Self::Refused { request, status: 403, message, .. } => Self::Refused {
                request,
                status: 403,
                message,
                advice: format!(". This needs the privilege `{privilege}` on `{path}`"),
            },
            other => other,
        }
    }
}

/// Every cause of an error, the outermost first. An I/O error hides what it wraps from `source`.
pub(crate) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    fn below<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
        match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        }
    }
    std::iter::successors(Some(error), |error| below(*error))
}

/// The error for an answer that is no success.
pub(crate) fn refused(request: String, status: u16, body: &str, secrets: &[Secret]) -> Error {
    let message = wording(body, secrets);
    let advice = match status {
        401 if message == "permission check failed." => {
            ". Check the user name, the password, and that the user is enabled and has not expired"
        }
        401 if matches!(message.as_str(), "missing password" | "invalid credentials") => {
            ". A password is changed only by who confirms it with its own; use `username` and \
             `password`"
        }
        401 => {
            ". Check the token or ticket: its id and secret, that it is enabled and has not \
             expired, and the same for its user"
        }
        404 if looks_like_a_missing_route(body) => {
            ". The server does not know this address: is `endpoint` right, and is it a Proxmox \
             Backup Server (not Proxmox VE)?"
        }
        404 => ". Is `endpoint` right? Proxmox Backup Server itself does not answer like this",
        300..=399 => {
            ". The server redirects, which is not followed: `endpoint` has to be the final address"
        }
        413 | 429 | 500..=599 => {
            ". If this stays so, look at the server, or at the proxy before it"
        }
        _ => "",
    };
    Error::Refused { request, status, message, advice: advice.to_owned() }
}

/// The error for a body that is not what was asked for. The messages of serde quote values, so
/// only the parts that cannot are kept.
pub(crate) fn not_understood(request: String, error: &serde_json::Error) -> Error {
    use serde_json::error::Category;
    let (line, column) = (error.line(), error.column());
    let cause = match error.classify() {
        // The body ends in the middle: it was cut on the way.
        Category::Eof | Category::Io => {
            return Error::ResponseLost {
                request,
                cause: "the answer ends in the middle".to_owned(),
            };
        }
        Category::Syntax => "it is not JSON; is `endpoint` right?".to_owned(),
        Category::Data => {
            let text = error.to_string();
            let typed = ["invalid type: ", "invalid value: ", "invalid length "];
            let expected = typed.iter().any(|start| text.starts_with(start)).then(|| {
                let (_, expected) = text.rsplit_once(", expected ")?;
                Some(expected.rsplit_once(" at line ").map_or(expected, |(expected, _)| expected))
            });
            match expected.flatten() {
                Some(expected) => format!("expected {expected}"),
                None => "it is not of the expected form".to_owned(),
            }
        }
    };
    Error::InvalidResponse { request, cause: format!("{cause} (line {line}, column {column})") }
}

/// The text of a refusal as it may be shown: short, on one line, and free of secrets.
fn wording(body: &str, secrets: &[Secret]) -> String {
    const LONGEST: usize = 400;
    let body = body.trim();
    if body.is_empty() {
        return "(no reason given)".to_owned();
    }
    let head: String = body.chars().take(64).collect::<String>().to_ascii_lowercase();
    if head.starts_with('<') {
        return "(an HTML page, so this is the answer of a proxy or of another server)".to_owned();
    }
    let mut text = body.to_owned();
    // A shorter one could be a word of the sentence.
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

/// `Path '/api2/json/…' not found.` and `no such file: '…'`, as PBS words them.
fn looks_like_a_missing_route(body: &str) -> bool {
    body.starts_with("Path '") || body.starts_with("no such file: ")
}

#[cfg(test)]
mod tests;
