//! Lock files that write requests take.
//!
//! As in PBS, some endpoints take the same locks in different orders. The deletion of a token and
//! the deletion of a user can therefore block each other, because each request holds a lock that
//! the other request needs. At least one of the two requests then fails after the lock timeout (PBS
//! 4.2.3, measured).

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{self, OwnedMutexGuard},
    time::{sleep, timeout},
};

use crate::{description::ApiCall, params::Args, response::ApiError};

/// Name of a lock file of PBS in `/etc/proxmox-backup`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lock(pub(crate) &'static str);

impl Lock {
    /// Guards the users and tokens.
    pub(crate) const USERS: Self = Self(".user.lck");
    /// Guards the access control list.
    pub(crate) const ACL: Self = Self(".acl.lck");
    /// Guards the second factors.
    pub(crate) const TFA: Self = Self("tfa.json.lock");
}

/// Guard of a lock. Dropping the guard releases the lock.
pub(crate) type LockGuard = OwnedMutexGuard<()>;

/// A lock file whose path depends on the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LockFile {
    pub(crate) path: String,
    /// Whether requests wait for the lock without a limit.
    pub(crate) waits_forever: bool,
}

impl LockFile {
    /// The lock that the request takes before its handler runs: the lock of the job that the
    /// request starts, or the lock of the garbage collection of a datastore (recorded).
    pub(crate) fn needed_before_handler(call: &ApiCall, args: &Args) -> Option<Self> {
        let store = args.required_text("store");
        match (call.method.as_str(), call.path.as_str()) {
            ("POST", "/admin/prune/{id}/run") => Some(Self::of_job("prunejob", args)),
            ("POST", "/admin/sync/{id}/run") => Some(Self::of_job("syncjob", args)),
            ("POST", "/admin/verify/{id}/run") => Some(Self::of_job("verificationjob", args)),
            ("POST", "/admin/datastore/{store}/gc") => {
                Some(Self { path: format!("{store}/.gc.lck"), waits_forever: true })
            }
            _ => None,
        }
    }

    /// The lock that the request takes after its handler has run: the lock of the job that the
    /// request has deleted. If a task of the job holds the lock for too long, the request fails,
    /// although it has deleted the job (recorded).
    pub(crate) fn needed_after_handler(call: &ApiCall, args: &Args) -> Option<Self> {
        match (call.method.as_str(), call.path.as_str()) {
            ("DELETE", "/config/prune/{id}") => Some(Self::of_job("prunejob", args)),
            ("DELETE", "/config/sync/{id}") => Some(Self::of_job("syncjob", args)),
            ("DELETE", "/config/verify/{id}") => Some(Self::of_job("verificationjob", args)),
            _ => None,
        }
    }

    fn of_job(worker_type: &str, args: &Args) -> Self {
        let id = args.required_text("id");
        let path = format!("/var/lib/proxmox-backup/jobstates/{worker_type}-{id}.lck");
        Self { path, waits_forever: false }
    }
}

/// The state of all lock files, by path.
#[derive(Default)]
pub(crate) struct Locks(Mutex<BTreeMap<String, Arc<sync::Mutex<()>>>>);

/// Pause before a request takes its second or third lock. During the pause, another request can
/// take a lock. Two concurrent deletions can therefore block each other, as on a real server.
const PAUSE_BETWEEN_LOCKS: Duration = Duration::from_millis(1);

impl Locks {
    /// Takes the locks in the given order and returns guards that release them when dropped.
    ///
    /// # Errors
    /// PBS's message with status 400 if one of the locks does not become free within `lock_wait`.
    /// In this case, the locks that were already taken are released.
    pub(crate) async fn take(
        &self,
        locks: &[Lock],
        lock_wait: Duration,
    ) -> Result<Vec<LockGuard>, ApiError> {
        let mut guards = Vec::new();
        for lock in locks {
            if !guards.is_empty() {
                sleep(PAUSE_BETWEEN_LOCKS).await;
            }
            let path = format!("/etc/proxmox-backup/{}", lock.0);
            guards.push(self.take_file(&LockFile { path, waits_forever: false }, lock_wait).await?);
        }
        Ok(guards)
    }

    /// Takes one lock, and returns a guard that releases the lock when dropped.
    ///
    /// # Errors
    /// PBS's message with status 400 if the lock does not become free within `lock_wait`.
    pub(crate) async fn take_file(
        &self,
        file: &LockFile,
        lock_wait: Duration,
    ) -> Result<LockGuard, ApiError> {
        let lock = self.mutex_of(&file.path).lock_owned();
        if file.waits_forever {
            return Ok(lock.await);
        }
        timeout(lock_wait, lock).await.map_err(|_| {
            ApiError::bad_request(format!(
                "Unable to acquire lock \"{}\" - Interrupted system call (os error 4)",
                file.path
            ))
        })
    }

    fn mutex_of(&self, path: &str) -> Arc<sync::Mutex<()>> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.entry(path.into()).or_default().clone()
    }
}
