//! The provider's binary as a process: its handshake and its end, interruptions, secrets in what it
//! writes, time, and many objects at once. Some tests measure time or memory, so all of them take
//! turns; see `machine`.

// Unix sockets and signals; some tests also read `/proc`.
#![cfg(unix)]

mod clock;
mod handshake;
#[cfg(target_os = "linux")]
mod interrupts;
#[cfg(target_os = "linux")]
mod leaks;
#[cfg(target_os = "linux")]
mod load;
mod machine;
