//! Which tests of this program may run at the same time. Tests that measure time or memory, or that
//! have to act within seconds, run alone; all others run beside each other.

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

static MACHINE: RwLock<()> = RwLock::const_new(());

/// Waits until no test runs that must be alone.
pub(crate) async fn shared() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().await
}

/// The same, outside of a runtime.
pub(crate) fn shared_blocking() -> RwLockReadGuard<'static, ()> {
    MACHINE.blocking_read()
}

/// Waits until no other test runs, and keeps others from starting.
pub(crate) async fn alone() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().await
}

/// The same, outside of a runtime.
#[cfg(target_os = "linux")]
pub(crate) fn alone_blocking() -> RwLockWriteGuard<'static, ()> {
    MACHINE.blocking_write()
}
