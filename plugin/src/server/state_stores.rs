//! State stores are part of the protocol, and nothing that this layer offers: every
//! call about them says so.

use super::{Server, wire};
use crate::{
    diagnostic::Diagnostic,
    proto::tfplugin6::{self as proto},
    provider::Provider,
};
use tonic::codegen::BoxStream;

pub(super) fn refusal() -> Vec<proto::Diagnostic> {
    let refusal = Diagnostic::error(
        "No state stores",
        "This provider stores no state. Choose a backend or another provider for it.",
    );
    vec![wire::diagnostic(refusal, String::new)]
}

pub(super) fn read_refusal() -> BoxStream<proto::read_state_bytes::Response> {
    let response =
        proto::read_state_bytes::Response { diagnostics: refusal(), ..Default::default() };
    Box::pin(tokio_stream::once(Ok(response)))
}

impl<P: Provider> Server<P> {
    pub(super) async fn configure_state_store(
        &self,
        _: proto::configure_state_store::Request,
    ) -> proto::configure_state_store::Response {
        proto::configure_state_store::Response { diagnostics: refusal(), ..Default::default() }
    }

    pub(super) async fn lock_state(
        &self,
        _: proto::lock_state::Request,
    ) -> proto::lock_state::Response {
        proto::lock_state::Response { diagnostics: refusal(), ..Default::default() }
    }

    pub(super) async fn unlock_state(
        &self,
        _: proto::unlock_state::Request,
    ) -> proto::unlock_state::Response {
        proto::unlock_state::Response { diagnostics: refusal() }
    }

    pub(super) async fn get_states(
        &self,
        _: proto::get_states::Request,
    ) -> proto::get_states::Response {
        proto::get_states::Response { diagnostics: refusal(), ..Default::default() }
    }

    pub(super) async fn delete_state(
        &self,
        _: proto::delete_state::Request,
    ) -> proto::delete_state::Response {
        proto::delete_state::Response { diagnostics: refusal() }
    }
}
