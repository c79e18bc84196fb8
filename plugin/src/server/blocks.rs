//! What the provider offers and how its blocks look: schemas, validation, the
//! provider's own configuration, and functions, which have no state either.

use super::{Server, said, tasks::guarded, wire};
use crate::{
    diagnostic::{Diagnostic, Result},
    function::FunctionError,
    proto::tfplugin6 as proto,
    provider::{Configured, Provider},
    schema::Schema,
    validate,
    value::Value,
    view::View,
};
use std::{collections::HashMap, sync::atomic::Ordering};

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
        let full = |name| self.type_name(name);
        Response {
            server_capabilities: Some(CAPABILITIES),
            resources: (offers.resources.iter())
                .map(|item| ResourceMetadata { type_name: full(item.name()) })
                .collect(),
            data_sources: (offers.data_sources.iter())
                .map(|item| DataSourceMetadata { type_name: full(item.name()) })
                .collect(),
            ephemeral_resources: (offers.ephemerals.iter())
                .map(|item| EphemeralMetadata { type_name: full(item.name()) })
                .collect(),
            list_resources: (offers.lists.iter())
                .map(|item| ListResourceMetadata { type_name: full(item.name()) })
                .collect(),
            actions: (offers.actions.iter())
                .map(|item| ActionMetadata { type_name: full(item.name()) })
                .collect(),
            functions: (offers.functions.iter())
                .map(|item| FunctionMetadata { name: item.name().to_owned() })
                .collect(),
            ..Default::default()
        }
    }

    pub(super) async fn get_provider_schema(
        &self,
        _: proto::get_provider_schema::Request,
    ) -> proto::get_provider_schema::Response {
        let offers = &self.0.offers;
        let block = |name, schema: &Schema| (self.type_name(name), wire::schema(schema));
        let action = |name, schema| {
            let schema = Some(wire::schema(schema));
            (self.type_name(name), proto::ActionSchema { schema })
        };
        proto::get_provider_schema::Response {
            provider: Some(wire::schema(&self.0.provider.schema())),
            resource_schemas: (offers.resources.iter())
                .map(|item| block(item.name(), item.schema()))
                .collect(),
            data_source_schemas: (offers.data_sources.iter())
                .map(|item| block(item.name(), item.schema()))
                .collect(),
            ephemeral_resource_schemas: (offers.ephemerals.iter())
                .map(|item| block(item.name(), item.schema()))
                .collect(),
            list_resource_schemas: (offers.lists.iter())
                .map(|item| block(item.name(), item.schema()))
                .collect(),
            action_schemas: (offers.actions.iter())
                .map(|item| action(item.name(), item.schema()))
                .collect(),
            functions: self.functions(),
            server_capabilities: Some(CAPABILITIES),
            ..Default::default()
        }
    }

    pub(super) async fn get_resource_identity_schemas(
        &self,
        _: proto::get_resource_identity_schemas::Request,
    ) -> proto::get_resource_identity_schemas::Response {
        let resources = self.0.offers.resources.iter();
        let identity_schemas = resources
            .filter(|item| item.schema().identity().next().is_some())
            .map(|item| (self.type_name(item.name()), wire::identity_schema(item.schema())))
            .collect();
        proto::get_resource_identity_schemas::Response { identity_schemas, ..Default::default() }
    }

    pub(super) async fn get_functions(
        &self,
        _: proto::get_functions::Request,
    ) -> proto::get_functions::Response {
        proto::get_functions::Response { functions: self.functions(), ..Default::default() }
    }

    fn functions(&self) -> HashMap<String, proto::Function> {
        let functions = self.0.offers.functions.iter();
        functions.map(|item| (item.name().to_owned(), wire::function(item.signature()))).collect()
    }

    pub(super) async fn call_function(
        &self,
        request: proto::call_function::Request,
    ) -> proto::call_function::Response {
        match self.called(&request) {
            Ok(result) => proto::call_function::Response { result: Some(result), error: None },
            Err(error) => proto::call_function::Response {
                result: None,
                error: Some(wire::function_error(error)),
            },
        }
    }

    fn called(
        &self,
        request: &proto::call_function::Request,
    ) -> std::result::Result<proto::DynamicValue, FunctionError> {
        let refused = |text: String, argument| FunctionError { text, argument };
        let functions = &self.0.offers.functions;
        let function = functions
            .iter()
            .find(|item| item.name() == request.name)
            .ok_or_else(|| refused("This provider has no such function.".into(), None))?;
        let signature = function.signature();
        let mut arguments = Vec::new();
        for (index, sent) in request.arguments.iter().enumerate() {
            let parameter = signature.parameters.get(index).or(signature.variadic.as_ref());
            let parameter =
                parameter.ok_or_else(|| refused("There are too many arguments.".into(), None))?;
            let value = wire::value(Some(sent), &parameter.ty);
            arguments.push(value.map_err(|error| refused(error.detail, Some(index)))?);
        }
        let outcome = guarded(|| Ok(function.call(arguments)));
        let result = outcome.map_err(|crash| refused(crash.detail, None))??;
        wire::dynamic(&result, &signature.returns).map_err(|error| refused(error.detail, None))
    }

    pub(super) async fn validate_provider_config(
        &self,
        request: proto::validate_provider_config::Request,
    ) -> proto::validate_provider_config::Response {
        let schema = self.0.provider.schema();
        let config = wire::value(request.config.as_ref(), schema.ty());
        let diagnostics =
            validated(&schema, config, true, |config| self.0.provider.validate(View::new(config)));
        let diagnostics = said(diagnostics, || "Invalid provider configuration".into());
        proto::validate_provider_config::Response { diagnostics }
    }

    pub(super) async fn configure_provider(
        &self,
        request: proto::configure_provider::Request,
    ) -> proto::configure_provider::Response {
        let mut diagnostics = Vec::new();
        let client = match self.configured(&request, &mut diagnostics) {
            Ok(Configured::Ready(client)) => Ok(client),
            Ok(Configured::NotReady(reason)) => Err(reason),
            Err(error) => {
                diagnostics.push(error.clone());
                Err(error)
            }
        };
        *self.0.client.lock() = client;
        if self.0.configured.swap(true, Ordering::SeqCst) {
            // Another run of a host, which is attached to a provider that a developer has started.
            self.0.stop.send_replace(false);
        }
        let diagnostics = said(diagnostics, || "Invalid provider configuration".into());
        proto::configure_provider::Response { diagnostics }
    }

    fn configured(
        &self,
        request: &proto::configure_provider::Request,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Configured<P::Client>> {
        let config = wire::value(request.config.as_ref(), self.0.provider.schema().ty())?;
        let provider = &self.0.provider;
        guarded(|| provider.configure(View::new(&config), &self.0.runtime, warnings))
    }

    pub(super) async fn stop_provider(
        &self,
        _: proto::stop_provider::Request,
    ) -> proto::stop_provider::Response {
        self.0.stop.send_replace(true);
        proto::stop_provider::Response::default()
    }

    pub(super) async fn validate_resource_config(
        &self,
        request: proto::validate_resource_config::Request,
    ) -> proto::validate_resource_config::Response {
        let allowed = (request.client_capabilities.as_ref())
            .is_some_and(|client| client.write_only_attributes_allowed);
        let kind = self.find(&self.0.offers.resources, &request.type_name, |item| item.name());
        let diagnostics = each(kind, |kind| {
            let config = wire::value(request.config.as_ref(), kind.schema().ty());
            validated(kind.schema(), config, allowed, |config| kind.validate(config))
        });
        let diagnostics = said(diagnostics, || format!("Invalid {}", request.type_name));
        proto::validate_resource_config::Response { diagnostics }
    }

    pub(super) async fn validate_data_resource_config(
        &self,
        request: proto::validate_data_resource_config::Request,
    ) -> proto::validate_data_resource_config::Response {
        let kind = self.find(&self.0.offers.data_sources, &request.type_name, |item| item.name());
        let diagnostics = each(kind, |kind| {
            let config = wire::value(request.config.as_ref(), kind.schema().ty());
            validated(kind.schema(), config, true, |config| kind.validate(config))
        });
        let diagnostics = said(diagnostics, || format!("Invalid {}", request.type_name));
        proto::validate_data_resource_config::Response { diagnostics }
    }

    pub(super) async fn validate_ephemeral_resource_config(
        &self,
        request: proto::validate_ephemeral_resource_config::Request,
    ) -> proto::validate_ephemeral_resource_config::Response {
        let kind = self.find(&self.0.offers.ephemerals, &request.type_name, |item| item.name());
        let diagnostics = each(kind, |kind| {
            let config = wire::value(request.config.as_ref(), kind.schema().ty());
            validated(kind.schema(), config, true, |config| kind.validate(config))
        });
        let diagnostics = said(diagnostics, || format!("Invalid {}", request.type_name));
        proto::validate_ephemeral_resource_config::Response { diagnostics }
    }

    pub(super) async fn validate_list_resource_config(
        &self,
        request: proto::validate_list_resource_config::Request,
    ) -> proto::validate_list_resource_config::Response {
        let kind = self.find(&self.0.offers.lists, &request.type_name, |item| item.name());
        let diagnostics = each(kind, |kind| {
            let config = wire::value(request.config.as_ref(), kind.schema().ty());
            validated(kind.schema(), config, true, |_| Ok(()))
        });
        let diagnostics = said(diagnostics, || format!("Invalid {}", request.type_name));
        proto::validate_list_resource_config::Response { diagnostics }
    }

    pub(super) async fn validate_action_config(
        &self,
        request: proto::validate_action_config::Request,
    ) -> proto::validate_action_config::Response {
        let kind = self.find(&self.0.offers.actions, &request.type_name, |item| item.name());
        let diagnostics = each(kind, |kind| {
            let config = wire::value(request.config.as_ref(), kind.schema().ty());
            validated(kind.schema(), config, true, |config| kind.validate(config))
        });
        let diagnostics = said(diagnostics, || format!("Invalid {}", request.type_name));
        proto::validate_action_config::Response { diagnostics }
    }
}

fn each<T>(kind: Result<T>, check: impl FnOnce(T) -> Vec<Diagnostic>) -> Vec<Diagnostic> {
    kind.map_or_else(|unknown| vec![unknown], check)
}

/// The complaints of the schema, then those of the contract, which may rely on the former.
fn validated(
    schema: &Schema,
    config: Result<Value>,
    write_only_allowed: bool,
    check: impl FnOnce(&Value) -> Result<()>,
) -> Vec<Diagnostic> {
    let config = match config {
        Ok(config) => config,
        Err(error) => return vec![error],
    };
    let mut complaints = validate::complaints(schema, &config, write_only_allowed);
    if complaints.is_empty() {
        complaints.extend(guarded(|| check(&config)).err());
    }
    complaints
}
