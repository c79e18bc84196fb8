//! The simulator's clock: runs with the machine's until a test stops or moves it.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

#[derive(Default)]
pub(crate) struct Clock(Mutex<Reading>);

#[derive(Default)]
struct Reading {
    stopped_at: Option<Duration>,
    ahead: Duration,
}

impl Clock {
    /// Time since 1970.
    pub(crate) fn now(&self) -> Duration {
        let reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reading.stopped_at.unwrap_or_else(|| since_1970(SystemTime::now())) + reading.ahead
    }

    pub(crate) fn stop_at(&self, time: SystemTime) {
        let mut reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *reading = Reading { stopped_at: Some(since_1970(time)), ahead: Duration::ZERO };
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).ahead += by;
    }
}

fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}
