//! The messages and service traits that `build.rs` generates from `proto/`. They
//! do not leave `plugin`.

#![allow(
    clippy::all,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "generated code: what it offers is decided by the contract, how it looks by prost"
)]

/// The provider's protocol.
pub(crate) mod tfplugin6 {
    include!(concat!(env!("OUT_DIR"), "/tfplugin6.rs"));
}

/// What go-plugin expects of every plugin.
pub(crate) mod plugin {
    include!(concat!(env!("OUT_DIR"), "/plugin.rs"));
}

/// gRPC health checking.
pub(crate) mod health {
    include!(concat!(env!("OUT_DIR"), "/grpc.health.v1.rs"));
}
