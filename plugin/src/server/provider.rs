//! The RPCs about the provider as a whole: metadata, schemas, the configuration of the provider
//! block, and the request to stop.

use super::{Server, encode_all, tasks::catch_panic, validation::validate_config, wire};
use crate::{
    block::AnyBlock,
    diagnostic::{Diagnostic, Result},
    proto::tfplugin6 as proto,
    provider::{Configured, Provider},
    view::View,
};
use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
};

const CAPABILITIES: proto::ServerCapabilities = proto::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

impl<P: Provider> Server<P> {
    pub(super) async fn get_metadata(
        &self,
        _: proto::get_metadata::Request,
    ) -> proto::get_metadata::Response {
        use proto::get_metadata::*;
        let offers = &self.0.offers;
        Response {
            server_capabilities: Some(CAPABILITIES),
            resources: self.metadata(&offers.resources, |type_name| ResourceMetadata { type_name }),
            data_sources: self
                .metadata(&offers.data_sources, |type_name| DataSourceMetadata { type_name }),
            ephemeral_resources: self
                .metadata(&offers.ephemerals, |type_name| EphemeralMetadata { type_name }),
            list_resources: self
                .metadata(&offers.lists, |type_name| ListResourceMetadata { type_name }),
            actions: self.metadata(&offers.actions, |type_name| ActionMetadata { type_name }),
            functions: (offers.functions.iter())
                .map(|item| FunctionMetadata { name: item.name().to_owned() })
                .collect(),
            ..Default::default()
        }
    }

    /// The metadata of each type: calls `metadata` with the full name of the type.
    fn metadata<T: AnyBlock + ?Sized, M>(
        &self,
        types: &[Arc<T>],
        metadata: impl Fn(String) -> M,
    ) -> Vec<M> {
        types.iter().map(|item| metadata(self.full_name(item.name()))).collect()
    }

    pub(super) async fn get_provider_schema(
        &self,
        _: proto::get_provider_schema::Request,
    ) -> proto::get_provider_schema::Response {
        let offers = &self.0.offers;
        let actions = self.each_schema(&offers.actions).into_iter();
        proto::get_provider_schema::Response {
            provider: Some(wire::schema(&self.0.provider.schema())),
            resource_schemas: self.each_schema(&offers.resources),
            data_source_schemas: self.each_schema(&offers.data_sources),
            ephemeral_resource_schemas: self.each_schema(&offers.ephemerals),
            list_resource_schemas: self.each_schema(&offers.lists),
            action_schemas: actions
                .map(|(name, schema)| (name, proto::ActionSchema { schema: Some(schema) }))
                .collect(),
            functions: self.functions(),
            server_capabilities: Some(CAPABILITIES),
            ..Default::default()
        }
    }

    /// The schema of each type, by the full name of the type.
    fn each_schema<T: AnyBlock + ?Sized>(
        &self,
        types: &[Arc<T>],
    ) -> HashMap<String, proto::Schema> {
        types
            .iter()
            .map(|item| (self.full_name(item.name()), wire::schema(item.schema())))
            .collect()
    }

    pub(super) async fn get_resource_identity_schemas(
        &self,
        _: proto::get_resource_identity_schemas::Request,
    ) -> proto::get_resource_identity_schemas::Response {
        let resources = self.0.offers.resources.iter();
        let identity_schemas = resources
            .filter(|item| item.schema().identity().next().is_some())
            .map(|item| (self.full_name(item.name()), wire::identity_schema(item.schema())))
            .collect();
        proto::get_resource_identity_schemas::Response { identity_schemas, ..Default::default() }
    }

    pub(super) async fn validate_provider_config(
        &self,
        request: proto::validate_provider_config::Request,
    ) -> proto::validate_provider_config::Response {
        let provider = &self.0.provider;
        let schema = provider.schema();
        let hook = |config: &_, diagnostics: &mut _| {
            provider.validate(View::new(config, &schema), diagnostics)
        };
        let diagnostics = validate_config(&schema, request.config.as_ref(), true, hook);
        let diagnostics = encode_all(diagnostics, || "Invalid provider configuration".into());
        proto::validate_provider_config::Response { diagnostics }
    }

    pub(super) async fn configure_provider(
        &self,
        request: proto::configure_provider::Request,
    ) -> proto::configure_provider::Response {
        let mut diagnostics = Vec::new();
        let (client, check_pending) = match self.try_configure(&request, &mut diagnostics) {
            Ok(Configured::Ready(client)) => (Ok(client), true),
            Ok(Configured::Missing(reason)) => (Err(reason), true),
            Ok(Configured::Unknown(reason)) => (Err(reason), false),
            Err(error) => {
                diagnostics.push(error.clone());
                (Err(error), false)
            }
        };
        self.0.check_pending.store(check_pending, Ordering::SeqCst);
        *self.0.client.lock() = client;
        self.0.refreshed_objects.lock().clear();
        self.0.renames.begin_run();
        if self.0.configured.swap(true, Ordering::SeqCst) {
            // A second configuration means that another run has started. This happens if a
            // developer has started the provider in debug mode. A request to stop the previous run
            // no longer applies.
            self.0.stop.send_replace(false);
        }
        let diagnostics = encode_all(diagnostics, || "Invalid provider configuration".into());
        proto::configure_provider::Response { diagnostics }
    }

    fn try_configure(
        &self,
        request: &proto::configure_provider::Request,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Configured<P::Client>> {
        let provider = &self.0.provider;
        let schema = provider.schema();
        let config = wire::value(request.config.as_ref(), schema.ty())?;
        catch_panic(|| provider.configure(View::new(&config, &schema), &self.0.runtime, warnings))
    }

    pub(super) async fn stop_provider(
        &self,
        _: proto::stop_provider::Request,
    ) -> proto::stop_provider::Response {
        self.0.stop.send_replace(true);
        proto::stop_provider::Response::default()
    }
}
