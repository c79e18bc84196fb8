//! The socket on which the provider listens: a Unix socket that is only accessible to its own user,
//! or on Windows a TCP port of the loopback interface.

#[cfg(any(windows, test))]
mod tcp;
#[cfg(unix)]
mod unix;

#[cfg(windows)]
pub(super) use tcp::Listener;
#[cfg(unix)]
pub(super) use unix::Listener;
