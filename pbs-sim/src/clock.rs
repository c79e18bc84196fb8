//! Clock of the simulator. It follows the system clock until a test stops it or moves it ahead.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Clock that decides about ticket lifetimes, expiry dates and the age of the ACL cache.
#[derive(Default)]
pub(crate) struct Clock(Mutex<ClockState>);

/// While the clock is stopped, the simulated time is `stopped_at` plus `offset`. While the clock
/// follows the system clock, the simulated time is the system time plus `offset`.
#[derive(Default)]
struct ClockState {
    /// Unix time at which the clock was stopped. `None` while the clock follows the system clock.
    stopped_at: Option<Duration>,
    /// Sum of the durations of all calls of [`Clock::advance`] since the clock was last stopped.
    offset: Duration,
}

impl Clock {
    /// The simulated time as the duration since the Unix epoch.
    pub(crate) fn now(&self) -> Duration {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.stopped_at.unwrap_or_else(|| since_unix_epoch(SystemTime::now())) + state.offset
    }

    /// Sets the clock to `time` and stops it there.
    pub(crate) fn stop_at(&self, time: SystemTime) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = ClockState { stopped_at: Some(since_unix_epoch(time)), offset: Duration::ZERO };
    }

    /// Whether the clock follows the system clock.
    pub(crate) fn is_running(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).stopped_at.is_none()
    }

    /// Moves the clock ahead, whether it is stopped or not.
    pub(crate) fn advance(&self, duration: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).offset += duration;
    }
}

/// The duration from the Unix epoch to `time`. Zero if `time` is before the Unix epoch.
fn since_unix_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}
