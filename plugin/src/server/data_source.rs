//! The RPCs of data sources.

use super::{Server, finish, wire};
use crate::{context::Cx, diagnostic::Result, proto::tfplugin6 as proto, provider::Provider};
use std::sync::Arc;

impl<P: Provider> Server<P> {
    pub(super) async fn validate_data_resource_config(
        &self,
        request: proto::validate_data_resource_config::Request,
    ) -> proto::validate_data_resource_config::Response {
        let (types, name) = (&self.0.offers.data_sources, &request.type_name);
        let diagnostics = self.validate_block(types, name, request.config.as_ref(), true);
        proto::validate_data_resource_config::Response { diagnostics }
    }

    pub(super) async fn read_data_source(
        &self,
        request: proto::read_data_source::Request,
    ) -> proto::read_data_source::Response {
        let cx = Arc::new(self.cx());
        let outcome = self.try_read_data(&cx, &request).await;
        let (state, diagnostics) = finish(outcome, cx.take_diagnostics(), || {
            format!("Could not read {}", request.type_name)
        });
        proto::read_data_source::Response { state, diagnostics, deferred: None }
    }

    async fn try_read_data(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::read_data_source::Request,
    ) -> Result<proto::DynamicValue> {
        let data_source_type = self.find(&self.0.offers.data_sources, &request.type_name)?;
        let config = wire::value(request.config.as_ref(), data_source_type.schema().ty())?;
        let (data_source, cx) = (data_source_type.clone(), cx.clone());
        let state = self.0.tasks.run(async move { data_source.read(&cx, config).await }).await?;
        wire::dynamic(&state, data_source_type.schema().ty())
    }
}
