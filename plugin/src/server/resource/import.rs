//! `ImportResourceState`, and `GenerateResourceConfig`, which writes the configuration of an
//! imported object.

use super::Server;
use crate::{
    context::Cx,
    diagnostic::{Diagnostic, Result},
    plan as planning,
    proto::tfplugin6 as proto,
    provider::Provider,
    resource::{AnyResource, Import},
    schema::Schema,
    server::{finish, wire},
    value::Value,
};
use std::sync::Arc;

impl<P: Provider> Server<P> {
    pub(in crate::server) async fn import_resource_state(
        &self,
        request: proto::import_resource_state::Request,
    ) -> proto::import_resource_state::Response {
        let cx = Arc::new(self.cx());
        let imported = self.try_import(&cx, &request).await;
        let (imported, diagnostics) = finish(imported, cx.take_diagnostics(), || {
            format!("Could not import {}", request.type_name)
        });
        proto::import_resource_state::Response {
            imported_resources: imported.into_iter().collect(),
            diagnostics,
            ..Default::default()
        }
    }

    async fn try_import(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::import_resource_state::Request,
    ) -> Result<proto::import_resource_state::ImportedResource> {
        let resource_type = self.resource(&request.type_name)?;
        let imported = self.import(resource_type, cx, request).await;
        // The detail names the object, because core does not show which import of a run has failed.
        imported.map_err(|error| Diagnostic {
            detail: format!(
                "Import of {}: {}",
                description(resource_type.schema(), request),
                error.detail
            ),
            ..error
        })
    }

    async fn import(
        &self,
        resource_type: &Arc<dyn AnyResource<P::Client>>,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::import_resource_state::Request,
    ) -> Result<proto::import_resource_state::ImportedResource> {
        let schema = resource_type.schema();
        let import = match (identity_data(request), wire::identity_type(schema)) {
            (Some(identity), Some(ty)) => Import::Identity(wire::value(Some(identity), &ty)?),
            _ => Import::Id(request.id.clone()),
        };
        let (resource, context) = (resource_type.clone(), cx.clone());
        let work = async move {
            let state = resource.import(&context, import).await?;
            Ok(state.map(|state| planning::refreshed(resource.schema(), &Value::Null, state)))
        };
        let state = self.0.tasks.run(work).await?.ok_or_else(|| {
            Diagnostic::failure(
                "There is no such object on the server. Check the id, or create the object instead \
                 of importing it.",
            )
        })?;
        Ok(proto::import_resource_state::ImportedResource {
            type_name: request.type_name.clone(),
            state: Some(wire::dynamic(&state, schema.ty())?),
            private: cx.private(),
            identity: wire::identity(resource_type.identity(&state).as_ref(), schema)?,
        })
    }

    pub(in crate::server) async fn generate_resource_config(
        &self,
        request: proto::generate_resource_config::Request,
    ) -> proto::generate_resource_config::Response {
        let generated = (|| {
            let schema = self.resource(&request.type_name)?.schema();
            let state = wire::value(request.state.as_ref(), schema.ty())?;
            wire::dynamic(&planning::configuration(schema, &state), schema.ty())
        })();
        let (config, diagnostics) = finish(generated, Vec::new(), || {
            format!("Could not generate a configuration for {}", request.type_name)
        });
        proto::generate_resource_config::Response { config, diagnostics }
    }
}

fn identity_data(request: &proto::import_resource_state::Request) -> Option<&proto::DynamicValue> {
    request.identity.as_ref().and_then(|identity| identity.identity_data.as_ref())
}

/// Describes the object to import, with its type and its id or identity.
fn description(schema: &Schema, request: &proto::import_resource_state::Request) -> String {
    let type_name = &request.type_name;
    let Some(identity) = identity_data(request) else {
        return format!("{type_name} with the id `{}`", one_line(&request.id));
    };
    let ty = wire::identity_type(schema);
    let Some(Ok(Value::Map(attributes))) = ty.map(|ty| wire::value(Some(identity), &ty)) else {
        return format!("{type_name} with an invalid identity");
    };
    let attributes: Vec<_> = attributes
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name} = \"{}\"", one_line(text)),
            Value::Number(number) => format!("{name} = {number}"),
            Value::Bool(value) => format!("{name} = {value}"),
            Value::Null => format!("{name} = null"),
            _ => format!("{name} = ?"),
        })
        .collect();
    format!("{type_name} with the identity {{ {} }}", attributes.join(", "))
}

/// The first 200 characters of the text, on one line and without control characters.
fn one_line(text: &str) -> String {
    const LIMIT: usize = 200;
    let mut line: String = text.chars().take(LIMIT).flat_map(char::escape_debug).collect();
    if text.chars().nth(LIMIT).is_some() {
        line.push('…');
    }
    line
}
