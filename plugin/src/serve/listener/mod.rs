//! The socket on which the provider listens. On Unix, this is a Unix socket, to which only the user
//! who runs the provider can connect by default. On Windows, it is a TCP port of the loopback
//! interface.

#[cfg(any(windows, test))]
mod tcp;
#[cfg(unix)]
mod unix;

#[cfg(windows)]
pub(super) use tcp::Listener;
#[cfg(unix)]
pub(super) use unix::Listener;
