//! The clock of the provider.

use crate::block::BoxFuture;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

/// A clock, which returns the current time and waits for durations. Tests supply other clocks, in
/// which no real time passes.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    sleep: Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Clock {
    /// The clock of the system.
    #[must_use]
    pub fn system() -> Self {
        Self::new(SystemTime::now)
    }

    /// A clock that gets the current time from `now`. [`sleep`](Self::sleep) waits for the duration
    /// in real time.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        let sleep = |duration| Box::pin(tokio::time::sleep(duration)) as BoxFuture<'static, ()>;
        Self { now: Arc::new(now), sleep: Arc::new(sleep) }
    }

    /// Replaces the function that waits. [`Clock::sleep`] then waits for the future that `sleep`
    /// returns.
    #[must_use]
    pub fn with_sleep<F>(self, sleep: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self { sleep: Arc::new(move |duration| Box::pin(sleep(duration))), ..self }
    }

    /// The current time.
    pub fn now(&self) -> SystemTime {
        (self.now)()
    }

    /// Waits for the duration.
    pub async fn sleep(&self, duration: Duration) {
        (self.sleep)(duration).await;
    }
}
