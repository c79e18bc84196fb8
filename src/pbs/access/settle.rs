//! Waiting until a changed grant is effective.
//!
//! PBS lists a change of the ACL at once, but checks privileges against a cache that is up to 5
//! seconds old. Any write to the user configuration empties that cache, even one that changes
//! nothing (4.2.3, measured). Such a write is called a flush here. How callers share a flush is
//! described at [`AclLedger`](super::AclLedger), which owns the state.

use crate::pbs::{AuthId, Client, Error, Result, absence::Object, http::Call};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::{sync::Mutex, time::Instant};

/// How long a change takes at most to become effective without a flush, with a margin.
const LONGEST_DELAY: Duration = Duration::from_secs(6);

/// The callers that wait for a change to become effective, and the flushes that serve them.
#[derive(Default)]
pub(super) struct FlushQueue {
    /// Number for the next caller.
    next_caller: AtomicU64,
    /// Locked while a flush is sent, so that callers who arrive meanwhile wait for the next one.
    outcome: Mutex<FlushOutcome>,
}

#[derive(Default)]
struct FlushOutcome {
    /// Callers with a smaller number arrived before the start of a flush that succeeded.
    served: u64,
    /// Callers with a smaller number wait without a flush, since theirs would fail as well.
    not_served: u64,
}

impl Client {
    /// Waits until all changes of the ACL whose requests have ended are effective, for `subject`
    /// and for all others. Callers that wait at the same time share a flush. If PBS does not accept
    /// a flush, this waits as long as an entry of the server's cache can be valid.
    ///
    /// # Errors
    /// [`Error::Stopped`] if the run was asked to stop. The change becomes effective all the same,
    /// within 6 seconds.
    pub async fn wait_until_effective(&self, subject: &AuthId) -> Result<()> {
        let arrived = Instant::now();
        let caller = self.shared.acl_ledger.flushes.next_caller.fetch_add(1, Ordering::SeqCst);
        let request = format!("waiting for the grants of {subject} to take effect");
        match self.flush_for(caller, subject).await {
            Ok(true) => Ok(()),
            Ok(false) => self.pause_until(arrived + LONGEST_DELAY, &request).await,
            Err(_) => Err(Error::Stopped { request }),
        }
    }

    /// Whether a flush that started after the arrival of `caller` has succeeded. Sends one if
    /// there was none.
    ///
    /// # Errors
    /// Only [`Error::Stopped`].
    async fn flush_for(&self, caller: u64, subject: &AuthId) -> Result<bool> {
        let flushes = &self.shared.acl_ledger.flushes;
        let mut outcome = flushes.outcome.lock().await;
        if outcome.served > caller {
            return Ok(true);
        }
        if outcome.not_served > caller {
            return Ok(false);
        }
        let arrived_before = flushes.next_caller.load(Ordering::SeqCst);
        match self.flush(subject).await {
            Ok(()) => outcome.served = arrived_before,
            Err(stopped @ Error::Stopped { .. }) => return Err(stopped),
            // The client may not change users, so every further flush would be refused as well.
            Err(error) if error.is_permission_denied() => outcome.not_served = u64::MAX,
            // A deleted user has no privileges, so there is nothing to wait for.
            Err(error) if Object::User(subject.user()).is_reported_missing(&error) => {
                return Ok(true);
            }
            // PBS refuses this subject only; the flush for another caller can still succeed.
            Err(error) if error.status() == Some(400) => return Ok(false),
            Err(_) => outcome.not_served = arrived_before,
        }
        Ok(outcome.served > caller)
    }

    /// Sends an update without parameters, which changes nothing: of the token, or of its user if
    /// the subject is no token or the token is missing.
    async fn flush(&self, subject: &AuthId) -> Result<()> {
        let user = subject.user();
        if let Some(token) = subject.token() {
            let name = token.name().as_str();
            let call = Call::put(["access", "users", user.as_str(), "token", name]);
            match self.send_write(call).await {
                Err(error) if Object::Token(token).is_reported_missing(&error) => {}
                other => return other,
            }
        }
        self.send_write(Call::put(["access", "users", user.as_str()])).await
    }
}
