//! Snapshots: lists that are fetched once and shared by many readers. They have nothing to do with
//! the snapshots of a datastore, which are backups.
//!
//! A list includes every write of this process that had ended when the reader asked for the list.
//! For this purpose, each [`Area`] has an epoch that advances when a write *ends*, successfully or
//! not. A fetch records the epochs when it starts. A reader gets the list of this fetch only if no
//! epoch of the areas that the reader names has changed since the fetch started.

use crate::pbs::{ConfigFile, Error, Result};
use parking_lot::Mutex;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, time::Instant};

/// Maximum age of a list. The limit is necessary because the epochs do not count the writes of
/// other clients.
pub(super) const MAX_AGE: Duration = Duration::from_secs(30);

/// A part of the server's data that a write can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    Users,
    Tokens,
    Acl,
    Roles,
    /// The namespaces of all datastores.
    Namespaces,
    /// The objects in this configuration file.
    File(ConfigFile),
}

const AREAS: usize = 5 + ConfigFile::COUNT;

impl Area {
    fn index(self) -> usize {
        match self {
            Self::Users => 0,
            Self::Tokens => 1,
            Self::Acl => 2,
            Self::Roles => 3,
            Self::Namespaces => 4,
            Self::File(file) => 5 + file as usize,
        }
    }
}

/// The epoch of each area: the number of writes that have ended.
#[derive(Default)]
pub(super) struct Epochs([AtomicU64; AREAS]);

impl Epochs {
    /// Returns a guard that advances the epochs when it is dropped. Create it before a write is
    /// sent, and drop it when the write has ended.
    #[must_use]
    pub(super) fn advance_on_drop<'a>(&'a self, areas: &'a [Area]) -> impl Drop + use<'a> {
        AdvanceOnDrop { epochs: self, areas }
    }

    fn current(&self) -> [u64; AREAS] {
        self.0.each_ref().map(|epoch| epoch.load(Ordering::SeqCst))
    }
}

/// The guard of [`Epochs::advance_on_drop`].
struct AdvanceOnDrop<'a> {
    epochs: &'a Epochs,
    areas: &'a [Area],
}

impl Drop for AdvanceOnDrop<'_> {
    fn drop(&mut self) {
        for area in self.areas {
            self.epochs.0[area.index()].fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// The latest fetch of a list, in progress or complete.
pub(super) struct Snapshot<T>(Mutex<Option<Fetch<T>>>);

/// A fetch, with the epochs and the time at which it started.
struct Fetch<T> {
    epochs: [u64; AREAS],
    started: Instant,
    /// `None` while the fetch is in progress.
    result: watch::Receiver<Option<Result<Arc<T>>>>,
}

impl<T> Default for Snapshot<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Send + Sync + 'static> Snapshot<T> {
    /// The list. If a write of this process to `areas` ended before this call, the list includes
    /// the write. If the latest fetch cannot serve this reader, starts another fetch.
    ///
    /// # Errors
    /// The same as for [`read_recent`](Self::read_recent).
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
        self.read_recent(MAX_AGE, epochs, areas, fetch).await
    }

    /// Like [`read`](Self::read), but the list is not older than `max_age`.
    ///
    /// # Errors
    /// The fetch fails. All readers that share this fetch get the error, and the next reader starts
    /// another fetch. If the server has refused the credentials, only the reader that has started
    /// the fetch gets the full error. The other readers get a short error.
    pub(super) async fn read_recent<F, Fut>(
        &self,
        max_age: Duration,
        epochs: &Epochs,
        areas: &[Area],
        fetch: F,
    ) -> Result<Arc<T>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        let (mut result, joined) = self.join_or_start(max_age, epochs, areas, fetch);
        let outcome = result.wait_for(Option::is_some).await.map(|outcome| outcome.clone());
        let shortened = |error: Error| if joined { error.for_other_reader() } else { error };
        outcome.ok().flatten().map(|outcome| outcome.map_err(shortened)).unwrap_or_else(|| {
            // The task of the fetch has panicked.
            Err(Error::Config(
                "a list could not be read; this is a defect of the provider, please report it"
                    .to_owned(),
            ))
        })
    }

    /// The result of the latest fetch if it can serve the reader, else the result of a new fetch.
    /// The boolean says whether the reader has joined the latest fetch.
    fn join_or_start<F, Fut>(
        &self,
        max_age: Duration,
        epochs: &Epochs,
        areas: &[Area],
        fetch: F,
    ) -> (watch::Receiver<Option<Result<Arc<T>>>>, bool)
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        let mut latest = self.0.lock();
        let current = epochs.current();
        if let Some(fetch) = latest.as_ref()
            && areas.iter().all(|area| fetch.epochs[area.index()] == current[area.index()])
            && fetch.started.elapsed() < max_age
            && fetch.can_serve()
        {
            return (fetch.result.clone(), true);
        }
        let (done, result) = watch::channel(None);
        *latest = Some(Fetch { epochs: current, started: Instant::now(), result: result.clone() });
        // The fetch runs in a task of its own, so that it continues if its first reader is dropped.
        let fetching = fetch();
        tokio::spawn(async move {
            let list = fetching.await.map(Arc::new);
            done.send_replace(Some(list));
        });
        (result, false)
    }
}

impl<T> Fetch<T> {
    /// Whether the fetch is in progress or has succeeded.
    fn can_serve(&self) -> bool {
        match &*self.result.borrow() {
            Some(result) => result.is_ok(),
            // `has_changed` fails if the task of the fetch has panicked and will send no result.
            None => self.result.has_changed().is_ok(),
        }
    }
}

#[cfg(test)]
mod tests;
