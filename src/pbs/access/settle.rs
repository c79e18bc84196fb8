//! Waiting until a changed grant is effective.
//!
//! PBS lists a change of the ACL immediately, but checks privileges against a cached ACL that is up
//! to 5 seconds old. Every write to the user configuration makes PBS discard its cached ACL (PBS
//! 4.2.3, measured): the creations, changes and deletions of users and tokens, and also an update
//! that changes nothing. Such an empty update is called a flush.
//!
//! A write that succeeds serves every task that was waiting when the write was sent. The client
//! sends many such writes anyway, so a task first waits for one of them. It sends a flush only if
//! no such write is on its way, and only when the flush can serve many tasks: when all calls of
//! Terraform wait (see [`PAUSE`]), or when the task has waited for [`LONGEST_HOLD`].

use crate::pbs::{
    AuthId, Client, Error, Result, absence::Object, http::Call, lost_writes::stopped,
};
use std::{collections::BTreeMap, time::Duration};
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, sleep_until},
};

/// Time after which a change is effective even without a flush. PBS uses its cached ACL for 5
/// seconds, and the margin is 1 second.
const LONGEST_DELAY: Duration = Duration::from_secs(6);

/// Time after which a task sends a flush, even if other calls are in progress. With 400 objects in
/// the state, Terraform needs up to 10 ms for each deletion (measured). The limit is the time for
/// ten deletions.
const LONGEST_HOLD: Duration = Duration::from_millis(100);

/// Time for which all calls must have waited before a flush is sent. When a call ends, Terraform
/// needs some milliseconds to send the next call, whose grant can share the flush. If as many calls
/// wait as were ever in progress at the same time, Terraform sends no further call, and the flush
/// is sent at once.
const PAUSE: Duration = Duration::from_millis(25);

/// The tasks that wait for a change to become effective, and the writes that serve them.
#[derive(Default)]
pub(in crate::pbs) struct Settling {
    queue: watch::Sender<Queue>,
    /// Locked while a flush is sent, so that only one flush is sent at a time.
    flush: Mutex<()>,
}

#[derive(Default)]
struct Queue {
    /// Number of tasks that have arrived so far. The next task gets this number.
    arrived: u64,
    /// Number of tasks that are waiting.
    waiting: usize,
    /// Largest number of calls in progress that a waiting task has seen.
    most_calls: usize,
    /// Tasks with a smaller number are served: they arrived before a write was sent that has
    /// succeeded.
    served: u64,
    /// Tasks with a smaller number send no flush, because their flush would fail like the last
    /// flush.
    not_served: u64,
    /// For each write that is on its way, the number of tasks that had arrived when it was sent,
    /// and how many writes have this number.
    sent: BTreeMap<u64, usize>,
}

impl Settling {
    /// Records that a task waits, until the result is dropped. `calls` is the number of calls of
    /// the provider that are in progress.
    fn arrive(&self, calls: usize) -> Waiting<'_> {
        let mut number = 0;
        self.queue.send_modify(|queue| {
            number = queue.arrived;
            queue.arrived += 1;
            queue.waiting += 1;
            queue.most_calls = queue.most_calls.max(calls);
        });
        Waiting { settling: self, number, arrived: Instant::now() }
    }

    /// Records that a write to the user configuration is on its way, until the result is dropped.
    /// Call this function immediately before the request is sent.
    pub(in crate::pbs) fn record_write(&self) -> SentWrite<'_> {
        let mut arrived = 0;
        self.queue.send_modify(|queue| {
            arrived = queue.arrived;
            *queue.sent.entry(arrived).or_default() += 1;
        });
        SentWrite { settling: self, arrived }
    }
}

/// A task that waits.
struct Waiting<'a> {
    settling: &'a Settling,
    number: u64,
    arrived: Instant,
}

impl Waiting<'_> {
    fn is_served(&self, queue: &Queue) -> bool {
        queue.served > self.number
    }

    /// Waits until a write has served this task.
    async fn until_served(&self) {
        let mut changes = self.settling.queue.subscribe();
        // The channel cannot be closed, because `settling` contains its sender.
        let _ = changes.wait_for(|queue| self.is_served(queue)).await;
    }

    /// Waits until a flush should be sent for this task.
    async fn until_flush_is_due(&self, mut calls: watch::Receiver<usize>) {
        let mut changes = self.settling.queue.subscribe();
        let deadline = self.arrived + LONGEST_HOLD;
        loop {
            let due = {
                let queue = changes.borrow_and_update();
                if queue.sent.range(self.number + 1..).next().is_some() {
                    // A write that serves this task is on its way.
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

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.settling.queue.send_modify(|queue| queue.waiting -= 1);
    }
}

/// A write to the user configuration that is on its way.
pub(in crate::pbs) struct SentWrite<'a> {
    settling: &'a Settling,
    arrived: u64,
}

impl SentWrite<'_> {
    /// Records that the write has succeeded.
    pub(in crate::pbs) fn succeeded(&self) {
        self.settling.queue.send_modify(|queue| queue.served = queue.served.max(self.arrived));
    }
}

impl Drop for SentWrite<'_> {
    fn drop(&mut self) {
        self.settling.queue.send_modify(|queue| {
            if let Some(writes) = queue.sent.get_mut(&self.arrived) {
                *writes -= 1;
                if *writes == 0 {
                    queue.sent.remove(&self.arrived);
                }
            }
        });
    }
}

impl Client {
    /// Waits until all earlier changes of the ACL are effective, including changes for other
    /// subjects. A change counts as earlier if its request has ended before this call. If no other
    /// write makes PBS discard its cached ACL, this function sends an empty update of `subject`. If
    /// this update fails, the function waits until the cached ACL of the server has expired.
    ///
    /// # Errors
    /// [`Error::Stopped`] if the run was asked to stop. The changes become effective nevertheless,
    /// within 6 seconds.
    pub async fn wait_until_effective(&self, subject: &AuthId) -> Result<()> {
        let settling = &self.shared.acl_ledger.settling;
        let calls = self.shared.config.calls.clone();
        let waiting = settling.arrive(*calls.borrow());
        let request = format!("waiting for the grants of {subject} to take effect");
        let stop = || stopped(self.stop.clone());
        let served_by_other = tokio::select! {
            biased;
            () = waiting.until_served() => true,
            () = stop() => return Err(Error::Stopped { request }),
            () = waiting.until_flush_is_due(calls) => false,
        };
        // A flush changes nothing, so it can be dropped when the run is asked to stop.
        let is_served = served_by_other
            || tokio::select! {
                biased;
                () = stop() => return Err(Error::Stopped { request }),
                served = self.flush_for(&waiting, subject) => served?,
            };
        if is_served {
            return Ok(());
        }
        let end = waiting.arrived + LONGEST_DELAY;
        tokio::select! {
            () = waiting.until_served() => Ok(()),
            ended = self.pause_until(end, &request) => ended,
        }
    }

    /// Sends a flush for this task and for all tasks that have arrived before the flush is sent.
    /// Returns whether this task is served.
    ///
    /// # Errors
    /// Only [`Error::Stopped`].
    async fn flush_for(&self, waiting: &Waiting<'_>, subject: &AuthId) -> Result<bool> {
        let settling = &self.shared.acl_ledger.settling;
        let _turn = settling.flush.lock().await;
        let arrived_before = {
            let queue = settling.queue.borrow();
            if waiting.is_served(&queue) {
                return Ok(true);
            }
            if queue.not_served > waiting.number {
                return Ok(false);
            }
            queue.arrived
        };
        let not_served = match self.flush(subject).await {
            Ok(()) => return Ok(true),
            Err(stopped @ Error::Stopped { .. }) => return Err(stopped),
            // The authenticated user or token is not allowed to change users, so PBS would refuse
            // every further flush as well.
            Err(error) if error.is_permission_denied() => u64::MAX,
            // A deleted user has no privileges, so there is nothing to wait for.
            Err(error) if Object::User(subject.user()).is_reported_missing(&error) => {
                return Ok(true);
            }
            // PBS refuses only the update of this subject. An update of another subject can still
            // succeed.
            Err(error) if error.status() == Some(400) => return Ok(false),
            Err(_) => arrived_before,
        };
        settling.queue.send_modify(|queue| queue.not_served = not_served);
        Ok(false)
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
