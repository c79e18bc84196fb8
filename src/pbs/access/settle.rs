//! Waiting until a changed grant is effective.
//!
//! PBS lists a change of the ACL immediately, but checks privileges against a cached ACL that is up
//! to 5 seconds old. Every write to the user configuration makes PBS discard its cached ACL (PBS
//! 4.2.3, measured). Such a write creates, changes or deletes a user or token. Even an update of a
//! user or token that changes nothing is such a write. It is called a flush.
//!
//! Each caller of [`Client::wait_until_effective`] is a waiter. A successful write to the user
//! configuration serves every waiter that arrived before the write was sent. The client often sends
//! such a write for another purpose, so a waiter first waits for a write of this kind. The waiter
//! sends a flush only if no write that serves the waiter is on its way, and only when the flush can
//! serve many waiters. This is the case when all calls of Terraform wait (see [`PAUSE`]), or when
//! the waiter has waited for [`LONGEST_HOLD`].

use crate::pbs::{
    AuthId, Client, Error, Result, absence::Object, http::Call, lost_writes::stopped,
};
use std::{collections::BTreeMap, time::Duration};
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, sleep_until},
};

/// Time after which a change is effective even if no write makes PBS discard its cached ACL. PBS
/// uses a cached ACL for 5 seconds. The margin is 1 second.
const LONGEST_DELAY: Duration = Duration::from_secs(6);

/// Time after which a waiter sends a flush, even if not all calls of Terraform wait. With 400
/// objects in the state, Terraform needs up to 10 ms for each deletion (measured). The limit is the
/// time for ten deletions.
const LONGEST_HOLD: Duration = Duration::from_millis(100);

/// Time for which all calls of Terraform must have waited before a flush is sent. When a call ends,
/// Terraform needs some milliseconds to send the next call, whose grant can share the flush. This
/// pause is not necessary if the number of waiting calls is the largest number of calls that were
/// in progress at the same time. In this case, Terraform sends no further call, so the flush is
/// sent at once.
const PAUSE: Duration = Duration::from_millis(25);

/// The waiters, and the writes that serve them.
#[derive(Default)]
pub(in crate::pbs) struct Settling {
    queue: watch::Sender<Queue>,
    /// Locked while a flush is sent, so that only one flush is sent at a time.
    flush: Mutex<()>,
}

#[derive(Default)]
struct Queue {
    /// Number of waiters that have arrived so far. The next waiter gets this number.
    arrived: u64,
    /// Number of waiters that are still waiting.
    waiting: usize,
    /// Largest number of Terraform's calls that were in progress when a waiter arrived.
    most_calls: usize,
    /// Waiters with a smaller number are served: they arrived before the client sent a write that
    /// has succeeded.
    served_below: u64,
    /// Waiters with a smaller number send no flush, because their flush would fail like the last
    /// flush.
    no_flush_below: u64,
    /// The writes that are on their way. The key of a write is the number of waiters that had
    /// arrived when the write was sent. The value is the number of writes with this key.
    sent_writes: BTreeMap<u64, usize>,
}

impl Settling {
    /// Records a waiter. The waiter waits until the result is dropped. `calls` is the number of
    /// Terraform's calls that are in progress.
    fn arrive(&self, calls: usize) -> Waiter<'_> {
        let mut number = 0;
        self.queue.send_modify(|queue| {
            number = queue.arrived;
            queue.arrived += 1;
            queue.waiting += 1;
            queue.most_calls = queue.most_calls.max(calls);
        });
        Waiter { settling: self, number, arrived_at: Instant::now() }
    }

    /// Records that a write to the user configuration is on its way, until the result is dropped.
    /// Call this function immediately before the request is sent.
    pub(in crate::pbs) fn record_write(&self) -> SentWrite<'_> {
        let mut key = 0;
        self.queue.send_modify(|queue| {
            key = queue.arrived;
            *queue.sent_writes.entry(key).or_default() += 1;
        });
        SentWrite { settling: self, key }
    }
}

/// A caller that waits. Dropping the value ends the wait.
struct Waiter<'a> {
    settling: &'a Settling,
    number: u64,
    arrived_at: Instant,
}

impl Waiter<'_> {
    fn is_served(&self, queue: &Queue) -> bool {
        queue.served_below > self.number
    }

    /// Waits until a write has served this waiter.
    async fn until_served(&self) {
        let mut changes = self.settling.queue.subscribe();
        // The channel cannot be closed, because `settling` contains its sender.
        let _ = changes.wait_for(|queue| self.is_served(queue)).await;
    }

    /// Waits until it is time to send a flush for this waiter.
    async fn until_flush_is_due(&self, mut calls: watch::Receiver<usize>) {
        let mut changes = self.settling.queue.subscribe();
        let deadline = self.arrived_at + LONGEST_HOLD;
        loop {
            let due = {
                let queue = changes.borrow_and_update();
                if queue.sent_writes.range(self.number + 1..).next().is_some() {
                    // A write that will serve this waiter is on its way.
                    None
                } else if queue.waiting >= queue.most_calls {
                    return;
                } else if queue.waiting >= *calls.borrow_and_update() {
                    Some(deadline.min(Instant::now() + PAUSE))
                } else {
                    Some(deadline)
                }
            };
            let pause = async {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                Ok(()) = changes.changed() => {}
                Ok(()) = calls.changed() => {}
                () = pause => return,
            }
        }
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.settling.queue.send_modify(|queue| queue.waiting -= 1);
    }
}

/// A write to the user configuration that is on its way.
pub(in crate::pbs) struct SentWrite<'a> {
    settling: &'a Settling,
    /// The key of the write in [`Queue::sent_writes`].
    key: u64,
}

impl SentWrite<'_> {
    /// Records that the write has succeeded.
    pub(in crate::pbs) fn succeeded(&self) {
        self.settling
            .queue
            .send_modify(|queue| queue.served_below = queue.served_below.max(self.key));
    }
}

impl Drop for SentWrite<'_> {
    fn drop(&mut self) {
        self.settling.queue.send_modify(|queue| {
            if let Some(writes) = queue.sent_writes.get_mut(&self.key) {
                *writes -= 1;
                if *writes == 0 {
                    queue.sent_writes.remove(&self.key);
                }
            }
        });
    }
}

impl Client {
    /// Waits until all earlier changes of the ACL are effective, including changes for other
    /// subjects. A change counts as earlier if its request has ended before this call. If no other
    /// write makes PBS discard its cached ACL, this function sends an update of `subject` that
    /// changes nothing. If this update fails, the function waits until the cached ACL of PBS has
    /// expired.
    ///
    /// # Errors
    /// [`Error::Stopped`] if the run was asked to stop. The changes become effective nevertheless,
    /// within 6 seconds.
    pub async fn wait_until_effective(&self, subject: &AuthId) -> Result<()> {
        let settling = &self.shared.acl_ledger.settling;
        let calls = self.shared.config.calls.clone();
        let waiter = settling.arrive(*calls.borrow());
        let request = format!("waiting for the grants of {subject} to take effect");
        let stop = || stopped(self.stop.clone());
        let is_served_by_other_write = tokio::select! {
            biased;
            () = waiter.until_served() => true,
            () = stop() => return Err(Error::Stopped { request }),
            () = waiter.until_flush_is_due(calls) => false,
        };
        // A flush changes nothing, so this function need not wait for its response when the run is
        // asked to stop.
        let is_served = is_served_by_other_write
            || tokio::select! {
                biased;
                () = stop() => return Err(Error::Stopped { request }),
                is_served = self.flush_for(&waiter, subject) => is_served?,
            };
        if is_served {
            return Ok(());
        }
        let end = waiter.arrived_at + LONGEST_DELAY;
        tokio::select! {
            () = waiter.until_served() => Ok(()),
            ended = self.pause_until(end, &request) => ended,
        }
    }

    /// Sends a flush for this waiter and for all waiters that arrive before the flush is sent.
    /// Returns whether this waiter is served.
    ///
    /// # Errors
    /// Only [`Error::Stopped`].
    async fn flush_for(&self, waiter: &Waiter<'_>, subject: &AuthId) -> Result<bool> {
        let settling = &self.shared.acl_ledger.settling;
        let _flush_lock = settling.flush.lock().await;
        let arrived_before = {
            let queue = settling.queue.borrow();
            if waiter.is_served(&queue) {
                return Ok(true);
            }
            if queue.no_flush_below > waiter.number {
                return Ok(false);
            }
            queue.arrived
        };
        let no_flush_below = match self.flush(subject).await {
            Ok(()) => return Ok(true),
            Err(stopped @ Error::Stopped { .. }) => return Err(stopped),
            // The authenticated user or token is not allowed to change users, so PBS would refuse
            // every further flush as well.
            Err(error) if error.is_permission_denied() => u64::MAX,
            // The user is deleted and therefore has no privileges, so there is nothing to wait for.
            Err(error) if Object::User(subject.user()).is_reported_missing(&error) => {
                return Ok(true);
            }
            // PBS refuses the update of this subject. The flush of another waiter updates another
            // subject, and can therefore succeed.
            Err(error) if error.status() == Some(400) => return Ok(false),
            Err(_) => arrived_before,
        };
        settling.queue.send_modify(|queue| queue.no_flush_below = no_flush_below);
        Ok(false)
    }

    /// Sends a flush: an update without parameters, which changes nothing. If `subject` is an
    /// existing token, this token is updated. If `subject` is a token that does not exist, its user
    /// is updated. If `subject` is a user, this user is updated.
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
