//! The provider's binary as a process: handshake and end, interruptions, secrets in written text,
//! expiration and rotation over time, and many objects. Some tests measure time or memory and must
//! run alone, so every test takes the lock of `machine`.

// All tests use Unix sockets and signals. Tests that read `/proc` run only on Linux.
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
