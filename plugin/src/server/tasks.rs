//! Tasks that continue even if the RPC that started them is dropped. tonic drops the handler of an
//! RPC when the peer disconnects, even while a request to the API is in flight. A request that
//! changes the server must never be dropped after it was sent.

use crate::diagnostic::{Diagnostic, Result};
use std::{
    future::Future,
    panic::{self, AssertUnwindSafe},
};
use tokio::sync::watch;

/// Runs tasks and counts the running tasks.
#[derive(Clone)]
pub(super) struct Tasks(watch::Sender<usize>);

impl Tasks {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Runs `work` to completion in a task of its own, even if the future that this method returns
    /// is dropped. A panic becomes an error.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let running_task = RunningTask::new(&self.0);
        let task = tokio::spawn(async move {
            let _running_task = running_task;
            work.await
        });
        match task.await {
            Ok(outcome) => outcome,
            Err(error) if error.is_panic() => Err(crash()),
            Err(_) => Err(Diagnostic::failure("The provider is shutting down.")),
        }
    }

    /// The number of tasks that are running.
    pub(super) fn running(&self) -> watch::Receiver<usize> {
        self.0.subscribe()
    }

    /// Waits until no task is running.
    pub(super) async fn idle(&self) {
        // The channel cannot be closed, because `self` is a sender.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

/// Calls a function that does no I/O and therefore needs no task. A panic becomes an error.
pub(super) fn catch_panic<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    // `call` can change only the caller's list of diagnostics. This list stays valid if `call`
    // panics.
    panic::catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(crash()))
}

fn crash() -> Diagnostic {
    Diagnostic::error(
        "The provider crashed",
        "This is a bug in the provider, not an error in your configuration. The provider keeps running, and \
         changes that were already made are kept in the state. Please report it with a log (TF_LOG=DEBUG).",
    )
}

/// Counts as one running task until this value is dropped.
struct RunningTask(watch::Sender<usize>);

impl RunningTask {
    fn new(count: &watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count.clone())
    }
}

impl Drop for RunningTask {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn work_continues_when_the_caller_is_dropped() {
        let (tasks, (release, released), (done, outcome)) =
            (Tasks::new(), oneshot::channel::<()>(), oneshot::channel());
        let work = async move {
            let _ = released.await;
            let _ = done.send("written");
            Ok(())
        };
        {
            let caller = tasks.run(work);
            tokio::pin!(caller);
            assert!(poll_once(caller.as_mut()).await.is_none());
        }
        release.send(()).unwrap();
        assert_eq!(outcome.await, Ok("written"));
        tasks.idle().await;
    }

    #[tokio::test]
    async fn a_panic_becomes_an_error_and_ends_the_task() {
        let tasks = Tasks::new();
        let outcome = tasks.run::<()>(async { panic!("marker") }).await.unwrap_err();
        assert!(outcome.is_error() && !outcome.detail.contains("marker"));
        tasks.idle().await;
    }

    /// Polls the future once. Returns `None` if the future is pending.
    async fn poll_once<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match std::pin::Pin::new(&mut future).poll(context) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
