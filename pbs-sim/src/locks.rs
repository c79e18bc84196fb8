//! Lock files that write requests take.
//!
//! As in PBS, each endpoint takes its locks in its own order. The deletion of a token and the
//! deletion of a user can therefore block each other, because each request holds a lock that the
//! other request needs. At least one of the two requests then fails after the lock timeout (PBS
//! 4.2.3, measured).

use std::time::Duration;

use tokio::{
    sync::{Mutex, MutexGuard},
    time::{sleep, timeout},
};

use crate::response::ApiError;

/// A lock file of PBS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Guards the users and tokens (`.user.lck`).
    Users,
    /// Guards the access control list (`.acl.lck`).
    Acl,
    /// Guards the second factors (`tfa.json.lock`).
    Tfa,
}

/// The state of all lock files.
#[derive(Default)]
pub(crate) struct Locks {
    users: Mutex<()>,
    acl: Mutex<()>,
    tfa: Mutex<()>,
}

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
    ) -> Result<Vec<MutexGuard<'_, ()>>, ApiError> {
        let mut guards = Vec::new();
        for lock in locks {
            if !guards.is_empty() {
                sleep(PAUSE_BETWEEN_LOCKS).await;
            }
            let (mutex, file) = match lock {
                Lock::Users => (&self.users, ".user.lck"),
                Lock::Acl => (&self.acl, ".acl.lck"),
                Lock::Tfa => (&self.tfa, "tfa.json.lock"),
            };
            match timeout(lock_wait, mutex.lock()).await {
                Ok(guard) => guards.push(guard),
                Err(_) => {
                    return Err(ApiError::bad_request(format!(
                        "Unable to acquire lock \"/etc/proxmox-backup/{file}\" - Interrupted system call (os error 4)"
                    )));
                }
            }
        }
        Ok(guards)
    }
}
