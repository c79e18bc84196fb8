//! Requests that are handled after their connection was closed.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use tokio::time::sleep;

use super::Server;
use crate::{api::ApiRequest, fault::FaultKind};

/// The postponed requests, each with the simulated time at which it is handled.
#[derive(Default)]
pub(crate) struct LateRequests(Vec<(Duration, ApiRequest)>);

impl Server {
    /// Handles the request when `delay` has passed on the clock of the simulator.
    pub(super) fn postpone(self: Arc<Self>, request: ApiRequest, delay: Duration) {
        let fault = FaultKind::Late(delay);
        self.log(&request, None, None, Some(&fault));
        let due = self.api.clock.now() + delay;
        self.late.lock().unwrap_or_else(PoisonError::into_inner).0.push((due, request));
        if self.api.clock.is_running() {
            tokio::spawn(async move {
                sleep(delay).await;
                self.handle_late_requests().await;
            });
        }
    }

    /// Moves the clock ahead. Each postponed request is handled at its own time.
    pub(crate) async fn advance(&self, by: Duration) {
        let end = self.api.clock.now() + by;
        while let Some(due) = self.next_late_request(end) {
            self.api.clock.advance(due.saturating_sub(self.api.clock.now()));
            self.handle_late_requests().await;
        }
        self.api.clock.advance(end.saturating_sub(self.api.clock.now()));
    }

    /// The time at which the next postponed request is handled. `None` if none is handled by `end`.
    fn next_late_request(&self, end: Duration) -> Option<Duration> {
        let late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        late.0.iter().map(|(due, _)| *due).filter(|due| *due <= end).min()
    }

    /// Handles the postponed requests whose time has come.
    async fn handle_late_requests(&self) {
        let now = self.api.clock.now();
        let requests: Vec<_> = {
            let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
            late.0.extract_if(.., |(due, _)| *due <= now).collect()
        };
        for (_, request) in requests {
            // The client has gone, so the response is dropped.
            let _ = self.handle(request, None).await;
        }
    }
}
