//! Secrets are searched for wherever they must not be: in what a whole life with the real Terraform leaves behind, and at servers that
//! are not the one meant. What a panic says is tested in `tests/protocol`, who may use a running provider in `tests/handshake.rs`.

#![cfg(target_os = "linux")]

#[allow(dead_code, reason = "what the acceptance tests need more")]
#[path = "../acceptance/api.rs"]
mod api;
#[path = "../acceptance/clis.rs"]
mod clis;
#[path = "../support/core.rs"]
mod core;
mod impostor;
mod left;
mod lifecycle;
#[path = "../support/listener.rs"]
mod listener;
#[allow(dead_code, reason = "what the acceptance tests need more")]
#[path = "../acceptance/outcome.rs"]
mod outcome;
#[path = "../support/processes.rs"]
mod processes;
#[path = "../support/report.rs"]
mod report;
#[allow(dead_code, reason = "what the acceptance tests need more")]
#[path = "../acceptance/around/run.rs"]
mod run;
#[allow(dead_code, reason = "what the acceptance tests need more")]
#[path = "../acceptance/terraform.rs"]
mod terraform;
mod watch;
#[path = "../protocol/wire.rs"]
mod wire;
#[allow(dead_code, reason = "what the acceptance tests need more")]
#[path = "../acceptance/world.rs"]
mod world;

/// The provider's messages and client.
#[allow(clippy::all, dead_code, missing_docs, unreachable_pub, reason = "generated code")]
pub(crate) mod tfplugin6 {
    include!(concat!(env!("OUT_DIR"), "/client/tfplugin6.rs"));
}
