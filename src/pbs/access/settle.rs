//! When a grant counts. PBS shows a change of the ACL at once, but decides by a cache that is up to
//! 5 seconds old; any write of the user configuration empties it (4.2.3, measured), even one that
//! changes nothing.

use crate::pbs::{AuthId, Client, Error, Result, absence::Object, http::Call};
use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};
use tokio::{sync::Mutex, time::Instant};

/// How long a change can take to count by itself, with a margin.
const LONGEST: Duration = Duration::from_secs(6);

/// Callers who wait for their change to count, numbered as they come.
#[derive(Default)]
pub(in crate::pbs) struct Settling {
    came: AtomicU64,
    /// How many of them the latest successful flush served: all that came before it started.
    served: Mutex<u64>,
    /// PBS does not let this caller write to users, so nobody needs to try again.
    refused: AtomicBool,
}

impl Client {
    /// Returns when a change of the ACL whose request has ended before this call counts for
    /// `subject` and everybody else. Several callers at the same time share one flush.
    ///
    /// Where the flush is not possible, it waits until the change must have come to count.
    ///
    /// # Errors
    /// [`Error::is_stopped`]: the run was asked to stop; the change counts 6 seconds later.
    pub async fn rights_in_effect(&self, subject: &AuthId) -> Result<()> {
        let settling = &self.shared.settling;
        let came = Instant::now();
        let number = settling.came.fetch_add(1, Ordering::SeqCst);
        let request = format!("waiting for the grants of {subject} to take effect");
        {
            let mut served = settling.served.lock().await;
            if *served > number {
                return Ok(());
            }
            if !settling.refused.load(Ordering::SeqCst) {
                let serves = settling.came.load(Ordering::SeqCst);
                match self.flush(subject).await {
                    Ok(()) => {
                        *served = serves;
                        return Ok(());
                    }
                    Err(Error::Stopped { .. }) => return Err(Error::Stopped { request }),
                    Err(error) if error.is_permission_denied() || error.is_unauthorized() => {
                        settling.refused.store(true, Ordering::SeqCst);
                    }
                    Err(_) => {}
                }
            }
        }
        self.pause_until(came + LONGEST, &request).await
    }

    /// A write that changes nothing: to the token, else to its user.
    async fn flush(&self, subject: &AuthId) -> Result<()> {
        let user = subject.user();
        if let Some(token) = subject.token() {
            let name = token.name().as_str();
            let call = Call::put(["access", "users", user.as_str(), "token", name]);
            match self.send_write(call).await {
                Err(error) if Object::Token(token).is_absent(&error) => {}
                other => return other,
            }
        }
        self.send_write(Call::put(["access", "users", user.as_str()])).await
    }
}
