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
        let due_time = self.api.clock.now() + delay;
        let mut requests = self.late_requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.0.push((due_time, request));
        drop(requests);
        if self.api.clock.is_running() {
            tokio::spawn(async move {
                sleep(delay).await;
                self.handle_late_requests().await;
            });
        }
    }

    /// Moves the clock ahead. Each postponed request whose time comes is handled exactly at its
    /// time.
    pub(crate) async fn advance(&self, duration: Duration) {
        let end = self.api.clock.now() + duration;
        while let Some(due_time) = self.next_late_request(end) {
            self.api.clock.advance(due_time.saturating_sub(self.api.clock.now()));
            self.handle_late_requests().await;
        }
        self.api.clock.advance(end.saturating_sub(self.api.clock.now()));
    }

    /// The time at which the next postponed request is handled. `None` if no postponed request is
    /// handled until `end`.
    fn next_late_request(&self, end: Duration) -> Option<Duration> {
        let requests = self.late_requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.0.iter().map(|(due_time, _)| *due_time).filter(|time| *time <= end).min()
    }

    /// Handles the postponed requests whose time has come.
    async fn handle_late_requests(&self) {
        let now = self.api.clock.now();
        let requests: Vec<_> = {
            let mut requests = self.late_requests.lock().unwrap_or_else(PoisonError::into_inner);
            requests.0.extract_if(.., |(due_time, _)| *due_time <= now).collect()
        };
        for (_, request) in requests {
            // The client has gone, so the response is dropped.
            let _ = self.handle(request, None).await;
        }
    }
}
