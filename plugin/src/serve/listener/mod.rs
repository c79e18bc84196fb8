//! The socket on which the provider listens: a Unix socket that only the provider's own user can
//! access, or on Windows a TCP port of the loopback interface.

#[cfg(any(windows, test))]
mod tcp;
#[cfg(unix)]
mod unix;

#[cfg(windows)]
pub(super) use tcp::Listener;
#[cfg(unix)]
pub(super) use unix::Listener;
