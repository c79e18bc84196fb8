//! Locks with which the client carries out certain writes one after another.
//!
//! A worker task that creates or deletes a datastore holds the lock of PBS's configuration file
//! until the task ends, which can take minutes. Meanwhile, PBS lets every other write to the file
//! wait for 10 seconds and then refuses it. Of seven simultaneous deletions, four failed (PBS
//! 4.2.3, measured). The client therefore waits itself until its own task has ended.

use super::kind::ConfigFile;
use crate::pbs::Client;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// One lock for each configuration file, and one for the file with the grants.
#[derive(Default)]
pub(in crate::pbs) struct FileLocks {
    files: [RwLock<()>; ConfigFile::COUNT],
    acl: RwLock<()>,
}

impl Client {
    /// Waits until no other task of this client runs on the file, and keeps tasks and writes from
    /// starting until the guard is dropped. Hold the guard until the task has ended.
    pub async fn lock_for_task(&self, file: ConfigFile) -> RwLockWriteGuard<'_, ()> {
        self.shared.file_locks.files[file as usize].write().await
    }

    /// Waits until no task of this client runs on the file, and keeps tasks from starting until the
    /// guard is dropped.
    pub async fn lock_for_write(&self, file: ConfigFile) -> RwLockReadGuard<'_, ()> {
        self.shared.file_locks.files[file as usize].read().await
    }

    /// Waits until no write of this client to the grants is in progress, and keeps such writes from
    /// starting until the guard is dropped. When PBS deletes a datastore, it can also delete the
    /// grants on the datastore. For this, it rewrites the file with the grants without locking the
    /// file (PBS 4.2.3, read in the source). A write at the same time would be lost.
    pub(super) async fn lock_grants_for_deletion(&self) -> RwLockWriteGuard<'_, ()> {
        self.shared.file_locks.acl.write().await
    }

    /// Waits until no deletion that can rewrite the grants is in progress, and keeps such deletions
    /// from starting until the guard is dropped, see `lock_grants_for_deletion`.
    pub(in crate::pbs) async fn lock_grants_for_write(&self) -> RwLockReadGuard<'_, ()> {
        self.shared.file_locks.acl.read().await
    }
}
