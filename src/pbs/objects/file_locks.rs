//! Locks in the client, with which it sends certain writes one after another.
//!
//! A worker task that creates or deletes a datastore holds the lock of PBS's configuration file
//! until the task ends, which can take minutes. During this time, every other write to the file
//! waits on the server for 10 seconds, and PBS then refuses the write. Of seven simultaneous
//! deletions, four failed (PBS 4.2.3, measured). The client therefore sends the next write only
//! when its current task has ended.

use super::kind::ConfigFile;
use crate::pbs::Client;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// One lock for each configuration file, and one lock for PBS's file with the grants.
#[derive(Default)]
pub(in crate::pbs) struct FileLocks {
    files: [RwLock<()>; ConfigFile::COUNT],
    acl: RwLock<()>,
}

impl Client {
    /// Waits until no task and no write of this client uses the file. Until the returned guard is
    /// dropped, this client starts no other task and no write on the file. Hold the guard until the
    /// task has ended.
    pub async fn lock_for_task(&self, file: ConfigFile) -> RwLockWriteGuard<'_, ()> {
        self.shared.file_locks.files[file as usize].write().await
    }

    /// Waits until no task of this client uses the file. Until the returned guard is dropped, this
    /// client starts no task on the file. Other writes can start.
    pub async fn lock_for_write(&self, file: ConfigFile) -> RwLockReadGuard<'_, ()> {
        self.shared.file_locks.files[file as usize].read().await
    }

    /// Waits until this client is not writing grants. Until the returned guard is dropped, this
    /// client does not begin to write grants. When PBS deletes a datastore, it can also delete the
    /// grants on the datastore. PBS then rewrites the file with the grants, but does not lock the
    /// file (PBS 4.2.3, read in the source). If the client wrote a grant at the same time, the
    /// grant could be lost.
    pub(super) async fn lock_grants_for_deletion(&self) -> RwLockWriteGuard<'_, ()> {
        self.shared.file_locks.acl.write().await
    }

    /// Waits until this client is not deleting a datastore. Until the returned guard is dropped,
    /// this client does not begin to delete a datastore, see `lock_grants_for_deletion`.
    pub(in crate::pbs) async fn lock_grants_for_write(&self) -> RwLockReadGuard<'_, ()> {
        self.shared.file_locks.acl.read().await
    }
}
