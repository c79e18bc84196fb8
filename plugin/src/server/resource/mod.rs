//! The RPCs of managed resources. Validation and refresh are in this file, and the other RPCs are
//! in the submodules.

mod apply;
mod import;
mod plan;
mod renames;
mod stored;

pub(super) use renames::{Object, Renames};

use super::{Server, finish, wire};
use crate::{
    context::Cx,
    diagnostic::{Diagnostic, Result},
    plan as planning,
    proto::tfplugin6 as proto,
    provider::Provider,
    resource::AnyResource,
};
use std::sync::Arc;

/// A resource type of the provider `P`, type-erased.
type ResourceType<P> = Arc<dyn AnyResource<<P as Provider>::Client>>;

impl<P: Provider> Server<P> {
    fn resource(&self, full_name: &str) -> Result<&ResourceType<P>> {
        self.find(&self.0.offers.resources, full_name)
    }

    pub(super) async fn validate_resource_config(
        &self,
        request: proto::validate_resource_config::Request,
    ) -> proto::validate_resource_config::Response {
        let client = request.client_capabilities.as_ref();
        let write_only_allowed = client.is_some_and(|client| client.write_only_attributes_allowed);
        let (types, name) = (&self.0.offers.resources, &request.type_name);
        let diagnostics =
            self.validate_block(types, name, request.config.as_ref(), write_only_allowed);
        proto::validate_resource_config::Response { diagnostics }
    }

    pub(super) async fn read_resource(
        &self,
        request: proto::read_resource::Request,
    ) -> proto::read_resource::Response {
        let cx = Arc::new(self.cx().with_private(request.private.clone()));
        let response = self.try_read(&cx, &request).await;
        let (response, diagnostics) = finish(response, cx.take_diagnostics(), || {
            format!("Could not read {}", request.type_name)
        });
        proto::read_resource::Response { diagnostics, ..response.unwrap_or_default() }
    }

    async fn try_read(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::read_resource::Request,
    ) -> Result<proto::read_resource::Response> {
        let resource_type = self.resource(&request.type_name)?;
        let schema = resource_type.schema();
        let prior = wire::value(request.current_state.as_ref(), schema.ty())?;
        let (resource, context) = (resource_type.clone(), cx.clone());
        let work = async move {
            let state = resource.read(&context, prior.clone()).await?;
            Ok(state.map(|state| planning::refreshed(resource.schema(), &prior, state)))
        };
        // A null state tells core that the object no longer exists.
        let state = self.0.tasks.run(work).await?.unwrap_or_default();
        let new_identity = wire::identity(resource_type.identity(&state).as_ref(), schema)?;
        self.warn_if_refreshed_twice(cx, &request.type_name, new_identity.as_ref());
        Ok(proto::read_resource::Response {
            new_state: Some(wire::dynamic(&state, schema.ty())?),
            private: cx.private(),
            new_identity,
            ..Default::default()
        })
    }

    /// Warns if two resources of the state manage the same object. Core refreshes each resource of
    /// the state once in a run. If an object is refreshed twice, the second refresh therefore
    /// belongs to another resource.
    fn warn_if_refreshed_twice(
        &self,
        cx: &Cx<P::Client>,
        type_name: &str,
        identity: Option<&proto::ResourceIdentityData>,
    ) {
        let Some(object) = Object::new(type_name, identity) else { return };
        if !self.0.refreshed_objects.lock().insert(object) {
            cx.warn(Diagnostic::warning(
                format!("Another {type_name} manages the same object"),
                "Two resources in the state manage this object. If one of them is destroyed, the \
                 object is deleted, although the other resource still declares it. Remove one of \
                 the two resources with a `removed` block or with `terraform state rm`.",
            ));
        }
    }
}
