//! Lock files that write requests take.
//!
//! As in PBS, each endpoint takes its locks in its own order. The deletion of a token and the
//! deletion of a user can therefore block each other, because each request holds a lock that the
//! other request needs. At least one of the two requests then fails after the lock timeout (PBS
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

use crate::response::ApiError;

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

/// Releases a lock when it is dropped.
pub(crate) type LockGuard = OwnedMutexGuard<()>;

/// The state of all lock files.
#[derive(Default)]
pub(crate) struct Locks(Mutex<BTreeMap<Lock, Arc<sync::Mutex<()>>>>);

/// Pause before taking a second or third lock. It is long enough for two concurrent deletions to
/// block each other, as they can on a real server.
const PAUSE_BETWEEN_LOCKS: Duration = Duration::from_millis(1);

impl Locks {
    /// Takes the locks in the given order and returns guards that release them when dropped.
    ///
    /// # Errors
    /// PBS's message with status 400 if one of the locks does not become free within `lock_wait`.
    /// The locks already taken are released.
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
            match timeout(lock_wait, self.file(*lock).lock_owned()).await {
                Ok(guard) => guards.push(guard),
                Err(_) => {
                    return Err(ApiError::bad_request(format!(
                        "Unable to acquire lock \"/etc/proxmox-backup/{}\" - Interrupted system call (os error 4)",
                        lock.0
                    )));
                }
            }
        }
        Ok(guards)
    }

    fn file(&self, lock: Lock) -> Arc<sync::Mutex<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(lock).or_default().clone()
    }
}
