//! Where the provider listens: a Unix socket that only its own user can reach, or
//! on Windows a port of the loopback interface.

#[cfg(any(windows, test))]
mod tcp;
#[cfg(unix)]
mod unix;

#[cfg(windows)]
pub(super) use tcp::Listener;
#[cfg(unix)]
pub(super) use unix::Listener;
