//! The whole protocol between a generated client and a provider that has one type of every
//! kind: over a stream in memory, through the same server that the process runs.

mod arrivals;
mod changes;
mod contract;
mod endings;
mod host;
mod hostile;
mod kinds;
mod provider;
mod thing;
mod wire;
mod world;

/// The provider's messages and client.
#[allow(clippy::all, missing_docs, unreachable_pub, dead_code, reason = "generated code")]
pub(crate) mod proto {
    include!(concat!(env!("OUT_DIR"), "/client/tfplugin6.rs"));
}
