//! Compares the simulator with recorded servers, and tests `cargo xtask record` with the simulator
//! in place of a real server. These tests do not use the provider.

mod access;
mod configuration;
mod operations;
mod replay;
