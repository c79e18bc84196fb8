//! When a grant counts. PBS shows a change of the ACL at once, but decides by a cache that is up to
//! 5 seconds old; any write of the user configuration empties it (4.2.3, measured), even one that
//! changes nothing.

use crate::pbs::{AuthId, Client, Error, Result, absence::Object, http::Call};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::{sync::Mutex, time::Instant};

/// How long a change can take to count by itself, with a margin.
const LONGEST: Duration = Duration::from_secs(6);

/// Callers who wait for their change to count, numbered as they come.
#[derive(Default)]
pub(in crate::pbs) struct Settling {
    came: AtomicU64,
    /// The lock is held during a flush, so that whoever comes meanwhile waits for the next one.
    flushed: Mutex<Flushed>,
}

#[derive(Default)]
struct Flushed {
    /// For so many a flush has succeeded: for all that came before it started.
    served: u64,
    /// For so many a flush has failed in a way that the next one would as well.
    hopeless: u64,
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
        let came = Instant::now();
        let number = self.shared.settling.came.fetch_add(1, Ordering::SeqCst);
        let request = format!("waiting for the grants of {subject} to take effect");
        match self.flush_for(number, subject).await {
            Ok(true) => Ok(()),
            Ok(false) => self.pause_until(came + LONGEST, &request).await,
            Err(_) => Err(Error::Stopped { request }),
        }
    }

    /// Whether a flush that started after caller `number` had come was carried out.
    ///
    /// # Errors
    /// Only that the run was asked to stop.
    async fn flush_for(&self, number: u64, subject: &AuthId) -> Result<bool> {
        let settling = &self.shared.settling;
        let mut flushed = settling.flushed.lock().await;
        if flushed.served > number {
            return Ok(true);
        }
        if flushed.hopeless > number {
            return Ok(false);
        }
        let covered = settling.came.load(Ordering::SeqCst);
        match self.flush(subject).await {
            Ok(()) => flushed.served = covered,
            Err(stopped @ Error::Stopped { .. }) => return Err(stopped),
            // This caller may not write to users, and will not be allowed to later.
            Err(error) if error.is_permission_denied() => flushed.hopeless = u64::MAX,
            // Whoever is gone can do nothing, so there is nothing to wait for.
            Err(error) if Object::User(subject.user()).is_absent(&error) => return Ok(true),
            // Only this subject refuses; another one can still serve.
            Err(error) if error.status() == Some(400) => return Ok(false),
            Err(_) => flushed.hopeless = covered,
        }
        Ok(flushed.served > number)
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
