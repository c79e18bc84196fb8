//! Secrets are searched for wherever they must not be: in what a whole life with the real Terraform leaves behind, and at servers that
//! are not the one meant. What a panic says is tested in `tests/protocol`, who may use a running provider in `tests/handshake.rs`.

mod issued_secrets;
mod lifecycle;
mod untrusted_servers;
mod written_text;
