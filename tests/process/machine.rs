//! The lock that decides which tests of this program run at the same time. Tests that measure time
//! or memory, or that have to act within seconds, run alone. All other tests run in parallel.

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

static MACHINE: RwLock<()> = RwLock::const_new(());

/// For a test that may run in parallel with others. Waits while a test runs that must run alone. No
/// test that must run alone starts until the guard is dropped.
pub(crate) async fn shared() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().await
}

/// Like [`shared`], for a test without an async runtime.
pub(crate) fn shared_blocking() -> RwLockReadGuard<'static, ()> {
    MACHINE.blocking_read()
}

/// Waits until no other test runs. No other test starts until the guard is dropped.
pub(crate) async fn alone() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().await
}

/// Like [`alone`], for a test without an async runtime.
#[cfg(target_os = "linux")]
pub(crate) fn alone_blocking() -> RwLockWriteGuard<'static, ()> {
    MACHINE.blocking_write()
}
