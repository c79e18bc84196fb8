//! Searches for secrets in two places where they must not be. The first is everything that
//! Terraform and the provider write during a whole life cycle. The second is everything that an
//! untrusted server receives. `tests/protocol` tests that a panic shows no secret.
//! `tests/process/handshake.rs` tests which clients can connect to a running provider.

mod configuration;
mod issued_secrets;
mod lifecycle;
mod untrusted_servers;
mod written_text;
