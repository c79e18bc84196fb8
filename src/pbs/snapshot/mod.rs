//! Shared reads: one list, fetched once, for all who want it at the same time.
//!
//! A reader never gets a list that is older than the last write which had ended when the reader
//! came. Each [`Area`] has an epoch that rises when a write *ends*, however it ends; a fetch notes
//! the epochs as it starts, and serves exactly the readers who find them unchanged.

use crate::pbs::{Error, Result};
use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, time::Instant};

/// How old a list may become: others write to the server as well.
const LONGEST: Duration = Duration::from_secs(30);

/// What a write can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    Users,
    Tokens,
    Acl,
    Roles,
}

const AREAS: usize = 4;

/// How many writes have ended in each area.
#[derive(Default)]
pub(super) struct Epochs([AtomicU64; AREAS]);

impl Epochs {
    /// Call before a write is sent: what this gives raises the epochs when it is dropped.
    #[must_use]
    pub(super) fn advance_on_drop<'a>(&'a self, areas: &'a [Area]) -> impl Drop + use<'a> {
        Raise { epochs: self, areas }
    }

    fn now(&self) -> [u64; AREAS] {
        self.0.each_ref().map(|epoch| epoch.load(Ordering::SeqCst))
    }
}

struct Raise<'a> {
    epochs: &'a Epochs,
    areas: &'a [Area],
}

impl Drop for Raise<'_> {
    fn drop(&mut self) {
        for area in self.areas {
            self.epochs.0[*area as usize].fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// The latest list of one kind, fetched or on its way.
pub(super) struct Snapshot<T>(Mutex<Option<Fetch<T>>>);

struct Fetch<T> {
    epochs: [u64; AREAS],
    started: Instant,
    result: watch::Receiver<Option<Result<Arc<T>>>>,
}

impl<T> Default for Snapshot<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Send + Sync + 'static> Snapshot<T> {
    /// The list as it stood when or after this was called, as far as `areas` are concerned.
    ///
    /// # Errors
    /// That of the fetch, for everybody who waited for it; the next reader fetches anew.
    pub(super) async fn read<F, Fut>(
        &self,
        epochs: &Epochs,
        areas: &[Area],
        fetch: F,
    ) -> Result<Arc<T>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        let mut result = self.join_or_start(epochs, areas, fetch);
        let found = result.wait_for(Option::is_some).await.map(|found| found.clone());
        found.ok().flatten().unwrap_or_else(|| {
            // The fetch panicked; whoever made it does so in a task of its own.
            Err(Error::Config("a list could not be read; this is our fault".to_owned()))
        })
    }

    fn join_or_start<F, Fut>(
        &self,
        epochs: &Epochs,
        areas: &[Area],
        fetch: F,
    ) -> watch::Receiver<Option<Result<Arc<T>>>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = epochs.now();
        if let Some(fetch) = latest.as_ref()
            && areas.iter().all(|area| fetch.epochs[*area as usize] == now[*area as usize])
            && fetch.started.elapsed() < LONGEST
            && fetch.may_serve()
        {
            return fetch.result.clone();
        }
        let (done, result) = watch::channel(None);
        *latest = Some(Fetch { epochs: now, started: Instant::now(), result: result.clone() });
        // In a task of its own, so that a reader who goes away strands nobody.
        let fetched = fetch();
        tokio::spawn(async move {
            let found = fetched.await.map(Arc::new);
            done.send_replace(Some(found));
        });
        result
    }
}

impl<T> Fetch<T> {
    /// Whether it is still under way, or has ended well.
    fn may_serve(&self) -> bool {
        match &*self.result.borrow() {
            Some(result) => result.is_ok(),
            None => self.result.has_changed().is_ok(),
        }
    }
}

#[cfg(test)]
mod tests;
