//! Waiting until a changed grant is effective.
//!
//! PBS lists a change of the ACL immediately, but checks privileges against a cached ACL that is up
//! to 5 seconds old. Any write to the user configuration makes PBS discard its cached ACL, even a
//! write that changes nothing (4.2.3, measured). In this module, such a write without changes is
//! called a flush. [`AclLedger`](super::AclLedger), which owns the state, describes how several
//! waiting tasks share one flush.

use crate::pbs::{AuthId, Client, Error, Result, absence::Object, http::Call};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::{sync::Mutex, time::Instant};

/// Time after which a change is effective even without a flush. PBS uses its cached ACL for 5
/// seconds, and the margin is 1 second.
const LONGEST_DELAY: Duration = Duration::from_secs(6);

/// The tasks that wait for a change to become effective, and the flushes that serve them.
#[derive(Default)]
pub(super) struct FlushQueue {
    /// Number for the next task that waits.
    next_number: AtomicU64,
    /// Locked while a flush is sent, so that tasks that arrive during the flush wait for the next
    /// flush.
    outcome: Mutex<FlushOutcome>,
}

#[derive(Default)]
struct FlushOutcome {
    /// Tasks with a smaller number arrived before the start of a flush that succeeded.
    served: u64,
    /// Tasks with a smaller number send no flush, because their flush would fail like the last
    /// flush. They wait for [`LONGEST_DELAY`].
    not_served: u64,
}

impl Client {
    /// Waits until all earlier changes of the ACL are effective, including changes for other
    /// subjects. A change counts as earlier if its request has ended before this call. This
    /// function sends a flush, which is an empty update of `subject`. The flush makes PBS discard
    /// its cached ACL. Tasks that wait at the same time share a flush. If the flush fails, this
    /// function waits until the cached ACL of the server has expired.
    ///
    /// # Errors
    /// [`Error::Stopped`] if the run was asked to stop. The changes become effective nevertheless,
    /// within 6 seconds.
    pub async fn wait_until_effective(&self, subject: &AuthId) -> Result<()> {
        let arrived = Instant::now();
        let number = self.shared.acl_ledger.flushes.next_number.fetch_add(1, Ordering::SeqCst);
        let request = format!("waiting for the grants of {subject} to take effect");
        match self.flush_for(number, subject).await {
            Ok(true) => Ok(()),
            Ok(false) => self.pause_until(arrived + LONGEST_DELAY, &request).await,
            Err(_) => Err(Error::Stopped { request }),
        }
    }

    /// `number` is the number of a waiting task. Returns whether a flush that started after the
    /// arrival of this task has succeeded. If no such flush has started, sends one.
    ///
    /// # Errors
    /// Only [`Error::Stopped`].
    async fn flush_for(&self, number: u64, subject: &AuthId) -> Result<bool> {
        let flushes = &self.shared.acl_ledger.flushes;
        let mut outcome = flushes.outcome.lock().await;
        if outcome.served > number {
            return Ok(true);
        }
        if outcome.not_served > number {
            return Ok(false);
        }
        let arrived_before = flushes.next_number.load(Ordering::SeqCst);
        match self.flush(subject).await {
            Ok(()) => outcome.served = arrived_before,
            Err(stopped @ Error::Stopped { .. }) => return Err(stopped),
            // The authenticated user or token is not allowed to change users, so PBS would refuse
            // every further flush as well.
            Err(error) if error.is_permission_denied() => outcome.not_served = u64::MAX,
            // A deleted user has no privileges, so there is nothing to wait for.
            Err(error) if Object::User(subject.user()).is_reported_missing(&error) => {
                return Ok(true);
            }
            // PBS refuses only the update of this subject. An update of another subject can still
            // succeed.
            Err(error) if error.status() == Some(400) => return Ok(false),
            Err(_) => outcome.not_served = arrived_before,
        }
        Ok(outcome.served > number)
    }

    /// Sends an update without parameters, which changes nothing. If `subject` is an existing
    /// token, the token is updated. If `subject` is a user or a missing token, the user is updated.
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
