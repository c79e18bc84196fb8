//! The provider's binary as a process: its handshake and its end, interruptions, secrets in what it
//! writes, time, and many objects at once. Some tests measure time or memory, so all of them take
//! turns; see `machine`.

// Sockets, signals and `/proc`.
#![cfg(target_os = "linux")]

mod clock;
mod handshake;
mod interrupts;
mod leaks;
mod load;
mod machine;
