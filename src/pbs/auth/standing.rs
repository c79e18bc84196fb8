//! What the client knows about its credentials: whether the server refuses them.
//!
//! PBS answers a request with refused credentials only after 3 seconds (PBS 4.2.3, recorded). If
//! the client did not remember the refusal, every request of a run with a wrong password would wait
//! this long, and would report the same error.

use crate::pbs::Error;
use tokio::sync::{Mutex, MutexGuard};

/// The knowledge of one client about its credentials. A refusal is remembered as long as the client
/// exists.
///
/// While the knowledge is [`Untested`](Knowledge::Untested), only one request is sent at a time.
/// The other requests wait for its response. If the response refuses the credentials, the other
/// requests fail without being sent.
#[derive(Default)]
pub(in crate::pbs) struct Standing {
    knowledge: parking_lot::Mutex<Knowledge>,
    /// Held by the request that tests the credentials.
    test: Mutex<()>,
}

#[derive(Default)]
enum Knowledge {
    /// The client has not sent a request yet, or the latest response has refused the credentials.
    #[default]
    Untested,
    /// There is no reason to doubt the credentials. Any number of requests is sent at a time.
    Usable,
    /// The server has refused the credentials in a test, with this error.
    Refused(Error),
}

impl Standing {
    /// Waits until the request can be sent.
    ///
    /// # Errors
    /// The server has refused the credentials. The error is short and names the first request that
    /// the server has refused.
    pub(in crate::pbs) async fn turn(&self, request: &str) -> Result<Turn<'_>, Error> {
        if self.is_usable(request)? {
            return Ok(Turn { standing: Some(self), test: None });
        }
        let test = self.test.lock().await;
        let test = (!self.is_usable(request)?).then_some(test);
        Ok(Turn { standing: Some(self), test })
    }

    /// Fails if the server has refused the credentials.
    ///
    /// # Errors
    /// The error is short and names the first request that the server has refused.
    pub(super) fn check(&self, request: &str) -> Result<(), Error> {
        self.is_usable(request).map(drop)
    }

    /// Remembers the error of a login that the server has refused. No second login is necessary,
    /// because only wrong credentials cause this refusal.
    pub(super) fn login_failed(&self, error: &Error) {
        if error.refuses_credentials() {
            *self.knowledge() = Knowledge::Refused(error.clone());
        }
    }

    fn is_usable(&self, request: &str) -> Result<bool, Error> {
        match &*self.knowledge() {
            Knowledge::Untested => Ok(false),
            Knowledge::Usable => Ok(true),
            Knowledge::Refused(first) => {
                Err(first.refusal_for(request).unwrap_or_else(|| first.clone()))
            }
        }
    }

    fn knowledge(&self) -> parking_lot::MutexGuard<'_, Knowledge> {
        self.knowledge.lock()
    }
}

/// The right to send one request. After the request, the sender calls the method that describes the
/// result.
#[must_use]
pub(in crate::pbs) struct Turn<'a> {
    /// `None` if the request is sent in any case.
    standing: Option<&'a Standing>,
    /// The lock on the test, if the request tests the credentials.
    test: Option<MutexGuard<'a, ()>>,
}

impl Turn<'_> {
    /// The turn of a request that is sent in any case, for example because it needs no credentials.
    /// Its result does not change the knowledge about the credentials.
    pub(in crate::pbs) fn unconditional() -> Self {
        Self { standing: None, test: None }
    }

    /// The server has not refused the credentials. This is also the case if there was no response:
    /// while the server cannot be reached, requests must not wait for each other.
    pub(in crate::pbs) fn not_refused(self) {
        if let Some(standing) = self.standing {
            let mut knowledge = standing.knowledge();
            if matches!(*knowledge, Knowledge::Untested) {
                *knowledge = Knowledge::Usable;
            }
        }
    }

    /// The server has refused the ticket, and the request is going to be repeated with a new
    /// ticket. The repetition tests the credentials.
    pub(in crate::pbs) fn ticket_refused(self) {
        self.doubt();
    }

    /// The server has refused the credentials. If the request was a test, the client remembers the
    /// refusal. If the request was not a test, the next request becomes the test. A single refusal
    /// proves nothing, because PBS sends the same response to a write with a wrong CSRF prevention
    /// token (PBS 4.2.3, recorded), although the ticket can be used to read.
    ///
    /// Returns the error for the user. If an earlier refusal is known, this error is short and
    /// names the earlier refusal.
    pub(in crate::pbs) fn refused(self, request: &str, error: Error) -> Error {
        let Some(standing) = self.standing else { return error };
        if matches!(*standing.knowledge(), Knowledge::Refused(_)) {
            // The login of this request has failed, or another request was refused meanwhile.
            return match error.refuses_login() {
                true => error,
                false => standing.is_usable(request).err().unwrap_or(error),
            };
        }
        if self.test.is_none() {
            self.doubt();
            return standing.is_usable(request).err().unwrap_or(error);
        }
        *standing.knowledge() = Knowledge::Refused(error.clone());
        error
    }

    fn doubt(&self) {
        if let Some(standing) = self.standing {
            let mut knowledge = standing.knowledge();
            if matches!(*knowledge, Knowledge::Usable) {
                *knowledge = Knowledge::Untested;
            }
        }
    }
}
