//! Work that outlives its caller: tonic drops a handler when the peer goes away,
//! in the middle of a request to the API, and a sent write must never be dropped.

use crate::diagnostic::{Diagnostic, Result};
use std::{
    future::Future,
    panic::{self, AssertUnwindSafe},
};
use tokio::sync::watch;

/// Counts what is under way.
#[derive(Clone)]
pub(super) struct Tasks(watch::Sender<usize>);

impl Tasks {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Runs `work` to its end in a task of its own. A panic becomes an error.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let busy = Busy::new(&self.0);
        let task = tokio::spawn(async move {
            let _busy = busy;
            work.await
        });
        match task.await {
            Ok(outcome) => outcome,
            Err(error) if error.is_panic() => Err(crash()),
            Err(_) => Err(Diagnostic::failure("The provider is shutting down.")),
        }
    }

    /// Waits until nothing is under way.
    pub(super) async fn idle(&self) {
        // It cannot be closed: `self` is a sender.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

/// Calls what has no I/O and needs no task. A panic becomes an error.
pub(super) fn guarded<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    // What a contract was handed by reference is not looked at again after a panic.
    panic::catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(crash()))
}

fn crash() -> Diagnostic {
    Diagnostic::error(
        "The provider crashed",
        "This is a fault of the provider, not of your configuration. It goes on running, and what \
         was already done is kept. Please report it with the log of TF_LOG=DEBUG.",
    )
}

struct Busy(watch::Sender<usize>);

impl Busy {
    fn new(count: &watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn work_goes_on_when_the_caller_is_dropped() {
        let (tasks, (open, gate), (done, outcome)) =
            (Tasks::new(), oneshot::channel::<()>(), oneshot::channel());
        let work = async move {
            let _ = gate.await;
            let _ = done.send("written");
            Ok(())
        };
        {
            let caller = tasks.run(work);
            tokio::pin!(caller);
            assert!(futures_poll(caller.as_mut()).await.is_none());
        }
        open.send(()).unwrap();
        assert_eq!(outcome.await, Ok("written"));
        tasks.idle().await;
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_leaves_nothing_busy() {
        let tasks = Tasks::new();
        let outcome = tasks.run::<()>(async { panic!("marker") }).await.unwrap_err();
        assert!(outcome.is_error() && !outcome.detail.contains("marker"));
        tasks.idle().await;
    }

    /// Polls once.
    async fn futures_poll<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match std::pin::Pin::new(&mut future).poll(context) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
