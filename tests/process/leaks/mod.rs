//! Searches for secrets in places where they must not be: in everything that Terraform and the
//! provider write during a whole life cycle, and in what an untrusted server receives.
//! `tests/protocol` tests that a panic shows no secret, and `tests/process/handshake.rs` tests
//! which clients can connect to a running provider.

mod configuration;
mod issued_secrets;
mod lifecycle;
mod untrusted_servers;
mod written_text;
