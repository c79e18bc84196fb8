//! The generated messages and clients of the plugin protocol.

/// Terraform's plugin protocol, version 6.
#[allow(clippy::all, missing_docs, unreachable_pub, reason = "generated code")]
pub mod tfplugin6 {
    include!(concat!(env!("OUT_DIR"), "/tfplugin6.rs"));
}

/// The services that go-plugin adds: controller, stdio and broker.
#[allow(clippy::all, missing_docs, unreachable_pub, reason = "generated code")]
pub mod plugin {
    include!(concat!(env!("OUT_DIR"), "/plugin.rs"));
}

/// gRPC health checking.
#[allow(clippy::all, missing_docs, unreachable_pub, reason = "generated code")]
pub mod health {
    include!(concat!(env!("OUT_DIR"), "/grpc.health.v1.rs"));
}
