//! Errors of the client. A message names the request first, then the cause, then a remedy.
//!
//! No error contains the body of a request, a header or a secret. If a response cannot be
//! understood, the error describes the fault and its position, but never quotes the response. A
//! missing object is not an error; see [`absence`](super::absence).

mod refusal;
mod response;

pub(crate) use response::{not_understood, refused};

use crate::pbs::{Credentials, Malformed, Origins, UserId};
use response::{HTML_PAGE, REFUSED_LOGIN, REFUSED_TOKEN_OR_TICKET};
use std::error::Error as StdError;

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

    /// The client has no credentials.
    #[error("{reason}")]
    NoCredentials {
        /// Cause and remedy.
        reason: String,
        /// Whether the credentials are not known before apply.
        unknown: bool,
    },

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

    /// The response was lost. Afterwards, the client has found out that the server has not carried
    /// out the request and will not carry it out later.
    #[error("{request}: {cause}; the server has not carried out the request")]
    NotCarriedOut {
        /// The request.
        request: String,
        /// Cause.
        cause: String,
    },

    /// The server, or a proxy in front of it, responded with an error status.
    #[error("{request}: {status} {}{advice}", without_full_stop(.message))]
    Refused {
        /// The request.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The message of PBS without secrets, or a description of the body if the body is not a
        /// message of PBS.
        message: String,
        /// Remedy, shown after the message: empty, or a full stop and sentences.
        advice: String,
    },

    /// The object exists already.
    #[error("{request}: {}", without_full_stop(.message))]
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

    /// The login needs a second factor, so its ticket cannot be used.
    #[error(
        "{request}: the login of {user} needs a second factor, which is not supported. Use \
         `api_token`, or log in by other means and set `auth_ticket`"
    )]
    SecondFactor {
        /// The request.
        request: String,
        /// The user that has a second factor.
        user: UserId,
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

    /// The error without its advice, that is, with only the message of PBS.
    pub(crate) fn without_advice(self) -> Self {
        match self {
            Self::Refused { request, status, message, .. } => {
                Self::Refused { request, status, message, advice: String::new() }
            }
            other => other,
        }
    }

    /// Whether the status is 401, for example because the server has refused the credentials.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(401)
    }

    /// Whether the credentials are the reason for the failure, so that other requests with the same
    /// credentials fail, too. PBS sends status 401 for other reasons as well, for example if the
    /// password of the caller is missing in a request that changes a password (PBS 4.2.3,
    /// recorded). Only the message shows the reason.
    pub(crate) fn refuses_credentials(&self) -> bool {
        let refusal = self.refusal();
        self.refuses_login() || refusal == Some((401, REFUSED_TOKEN_OR_TICKET))
    }

    /// Whether the server refuses the user name and the password, or requires a second factor.
    pub(crate) fn refuses_login(&self) -> bool {
        match self {
            Self::Refused { status: 401, message, .. } => message == REFUSED_LOGIN,
            Self::SecondFactor { .. } => true,
            _ => false,
        }
    }

    /// If this error says that the server has refused the credentials, returns a short error for
    /// another request, which is therefore not sent. The short error quotes this error.
    pub(crate) fn refusal_for(&self, request: &str) -> Option<Self> {
        let first = match self {
            Self::Refused { request, status, message, .. } if self.refuses_credentials() => {
                format!("{request}: {status} {}", message.trim_end_matches('.'))
            }
            Self::SecondFactor { request, .. } => format!("{request}: second factor needed"),
            _ => return None,
        };
        let cause = format!("not sent, because the server has refused the credentials ({first})");
        Some(Self::Login { request: request.to_owned(), cause })
    }

    /// The error for a reader of a shared list that has not sent the request for the list itself.
    pub(crate) fn for_other_reader(self) -> Self {
        match &self {
            Self::Refused { request, .. } | Self::SecondFactor { request, .. } => {
                self.refusal_for(request).unwrap_or(self)
            }
            _ => self,
        }
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

    /// Turns an error for which [`response_lost`](Self::response_lost) is true into
    /// [`Error::NotCarriedOut`]. Returns every other error unchanged.
    #[must_use]
    pub fn into_not_carried_out(self) -> Self {
        match self {
            Self::ResponseLost { request, cause } | Self::InvalidResponse { request, cause } => {
                Self::NotCarriedOut { request, cause }
            }
            Self::Refused { request, status: status @ 500..=599, message, advice } => {
                let message = without_full_stop(&message);
                Self::NotCarriedOut { request, cause: format!("{status} {message}{advice}") }
            }
            other => other,
        }
    }

    /// Whether this error of a retry shows if an earlier attempt, whose response was lost, was
    /// carried out. False if the retry ended before the server looked at the object. In that case,
    /// the client returns the error of the earlier attempt.
    pub(crate) fn outcome_is_known(&self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::Login { .. }
            | Self::SecondFactor { .. }
            | Self::Stopped { .. } => false,
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
                let message = without_full_stop(&message);
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
    /// changes anything (read in the source of 4.2.3), so the request can be retried. Only the
    /// deletion of a running job can fail in this way after PBS has deleted the job (PBS 4.2.3,
    /// recorded).
    pub(crate) fn is_lock_timeout(&self) -> bool {
        self.refusal().is_some_and(|(status, message)| {
            status == 400
                && (message.starts_with("Unable to acquire lock ")
                    || message.ends_with("Interrupted system call (os error 4)"))
        })
    }

    /// Adds to the error the names of the environment variables that configure the client, and of
    /// the unused settings in the environment that might be needed. If the server has refused the
    /// credentials, also adds their origin.
    pub(crate) fn with_origins(mut self, origins: &Origins) -> Self {
        let names_origin = self.refuses_credentials() && !origins.credentials.is_empty();
        match &mut self {
            Self::Config(cause)
            | Self::NoCredentials { reason: cause, .. }
            | Self::Connect { cause, .. }
            | Self::ResponseLost { cause, .. }
            | Self::Login { cause, .. }
            | Self::InvalidResponse { cause, .. } => *cause = origins.explain_in(cause),
            Self::Refused { advice, .. } => {
                *advice = origins.explain_in(advice);
                let credentials = origins.credentials.join("` and `");
                let origin = format!(". The credentials are from `{credentials}`");
                // A login error passes through here twice: for the login, and for the request.
                if names_origin && !advice.ends_with(&origin) {
                    advice.push_str(&origin);
                }
            }
            _ => {}
        }
        self
    }

    /// Adds to the error the address of the proxy, if the client uses a proxy and the proxy might
    /// be the cause of the error.
    pub(crate) fn behind_proxy(mut self, proxy: impl FnOnce() -> Option<String>) -> Self {
        let text = match &mut self {
            Self::Connect { cause, .. }
            | Self::ResponseLost { cause, .. }
            | Self::InvalidResponse { cause, .. } => cause,
            Self::Refused { message, advice, .. } if message == HTML_PAGE => advice,
            _ => return self,
        };
        if let Some(proxy) = proxy() {
            let note =
                format!("; the provider uses the proxy `{proxy}`, which is set by `HTTPS_PROXY`");
            // A login error passes through here twice: for the login, and for the request.
            if !text.ends_with(&note) {
                text.push_str(&note);
            }
        }
        self
    }

    /// Adds advice to an error with status 401 if PBS never accepts the id of the configured token.
    pub(crate) fn with_advice_on_token(self, credentials: &Credentials) -> Self {
        match credentials {
            Credentials::ApiToken(token)
                if self.is_unauthorized() && token.id.user().check_tokens_can_log_in().is_err() =>
            {
                self.with_advice(
                    ". The id of the token contains a character that is not ASCII. Proxmox Backup \
                     Server rejects every request with such a token. Use a token of a user with \
                     another name",
                )
            }
            _ => self,
        }
    }

    /// Sets the text after PBS's message in [`Self::Refused`]. `advice` begins with a full stop.
    pub(crate) fn with_advice(self, advice: impl Into<String>) -> Self {
        match self {
            Self::Refused { request, status, message, .. } => {
                Self::Refused { request, status, message, advice: advice.into() }
            }
            other => other,
        }
    }
}

/// A message of PBS without a full stop at the end, because further text follows the message in
/// most diagnostics.
fn without_full_stop(message: &str) -> &str {
    message.trim_end_matches('.')
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

#[cfg(test)]
mod tests;
