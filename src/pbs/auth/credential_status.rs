//! Whether the server refuses the credentials of a client, as far as the client knows.
//!
//! PBS answers a request with refused credentials only after 3 seconds (PBS 4.2.3, recorded). If
//! the client did not remember a refusal, every request of a run with a wrong password would wait 3
//! seconds, and would report the same error.

use crate::pbs::Error;
use tokio::sync::{Mutex, MutexGuard};

/// What one client knows about its credentials. The client remembers a refusal as long as the
/// client exists.
///
/// While the status is [`Untested`](Status::Untested), the client sends only one request at a time,
/// and all other requests wait for the response. If the response refuses the credentials, the other
/// requests fail without being sent.
#[derive(Default)]
pub(in crate::pbs) struct CredentialStatus {
    status: parking_lot::Mutex<Status>,
    /// The lock that a request holds while it tests the credentials.
    test_lock: Mutex<()>,
}

/// The status of the credentials.
#[derive(Default)]
enum Status {
    /// No request has tested the credentials yet, or the server has refused them since the last
    /// test.
    #[default]
    Untested,
    /// There is no reason to doubt the credentials. The client sends any number of requests at a
    /// time.
    Usable,
    /// The server has refused the credentials in a test or at a login, with this error.
    Refused(Error),
}

impl CredentialStatus {
    /// Waits until the request can be sent.
    ///
    /// # Errors
    /// The server has refused the credentials. The error is short and names the first request that
    /// the server has refused.
    pub(in crate::pbs) async fn turn(&self, request: &str) -> Result<Turn<'_>, Error> {
        if self.is_usable(request)? {
            return Ok(Turn { credential_status: Some(self), test_lock: None });
        }
        let test_lock = self.test_lock.lock().await;
        let test_lock = (!self.is_usable(request)?).then_some(test_lock);
        Ok(Turn { credential_status: Some(self), test_lock })
    }

    /// Fails if the status is [`Refused`](Status::Refused).
    ///
    /// # Errors
    /// The error is short and names the first request that the server has refused.
    pub(super) fn check(&self, request: &str) -> Result<(), Error> {
        self.is_usable(request).map(drop)
    }

    /// Remembers the error of a login that the server has refused. No further test is necessary,
    /// because only wrong credentials cause this refusal.
    pub(super) fn login_failed(&self, error: &Error) {
        if error.refuses_credentials() {
            *self.status() = Status::Refused(error.clone());
        }
    }

    /// Whether any number of requests can be sent. Fails if the status is
    /// [`Refused`](Status::Refused).
    fn is_usable(&self, request: &str) -> Result<bool, Error> {
        match &*self.status() {
            Status::Untested => Ok(false),
            Status::Usable => Ok(true),
            Status::Refused(first) => {
                Err(first.refusal_for(request).unwrap_or_else(|| first.clone()))
            }
        }
    }

    /// Locks the status.
    fn status(&self) -> parking_lot::MutexGuard<'_, Status> {
        self.status.lock()
    }
}

/// The permission to send one request. After the request, the sender calls the method that
/// describes the result.
#[must_use]
pub(in crate::pbs) struct Turn<'a> {
    /// `None` if the request is sent whatever the status of the credentials is.
    credential_status: Option<&'a CredentialStatus>,
    /// The lock on the test. `None` if the request does not test the credentials.
    test_lock: Option<MutexGuard<'a, ()>>,
}

impl Turn<'_> {
    /// The turn of a request that is sent whatever the status of the credentials is, for example
    /// because the request needs no credentials. The result of the request does not change the
    /// status.
    pub(in crate::pbs) fn unconditional() -> Self {
        Self { credential_status: None, test_lock: None }
    }

    /// The server has not refused the credentials. Call this method also if there was no response,
    /// because requests must not wait for each other while the server cannot be reached.
    pub(in crate::pbs) fn not_refused(self) {
        if let Some(credential_status) = self.credential_status {
            let mut status = credential_status.status();
            if matches!(*status, Status::Untested) {
                *status = Status::Usable;
            }
        }
    }

    /// The server has refused the ticket, and the request is going to be repeated with a new
    /// ticket. The repetition tests the credentials.
    pub(in crate::pbs) fn ticket_refused(self) {
        self.doubt();
    }

    /// The server has refused the credentials. If the request was a test, the client remembers the
    /// refusal. If the request was not a test, the refusal proves nothing, because PBS sends the
    /// same response to a write with a correct ticket and a wrong CSRF prevention token (PBS 4.2.3,
    /// recorded). The next request then becomes a test.
    ///
    /// Returns the error to report. If the client knows an earlier refusal, this error is short and
    /// names the earlier refusal.
    pub(in crate::pbs) fn refused(self, request: &str, error: Error) -> Error {
        let Some(credential_status) = self.credential_status else { return error };
        if matches!(*credential_status.status(), Status::Refused(_)) {
            // The login of this request has failed, or another request was refused meanwhile.
            return match error.refuses_login() {
                true => error,
                false => credential_status.is_usable(request).err().unwrap_or(error),
            };
        }
        if self.test_lock.is_none() {
            self.doubt();
            return credential_status.is_usable(request).err().unwrap_or(error);
        }
        *credential_status.status() = Status::Refused(error.clone());
        error
    }

    /// Makes the next request a test of the credentials.
    fn doubt(&self) {
        if let Some(credential_status) = self.credential_status {
            let mut status = credential_status.status();
            if matches!(*status, Status::Usable) {
                *status = Status::Untested;
            }
        }
    }
}
