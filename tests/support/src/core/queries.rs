//! The calls with which Terraform reads data sources, lists objects and invokes actions.

use serde_json::Value as Json;

use super::{Core, Diagnostics, complete};
use crate::{
    protocol::tfplugin6::{
        invoke_action, invoke_action::event::Type as Event, list_resource, read_data_source,
    },
    wire,
};

/// An object that a query has found.
pub struct Listed {
    /// The attributes that identify the object.
    pub identity: Json,
    /// The attributes of the object.
    pub attributes: Json,
}

impl Core {
    /// Runs a query with the arguments of this configuration.
    pub async fn list(
        &self,
        type_name: &str,
        config: &Json,
        diagnostics: &mut Diagnostics,
    ) -> Vec<Listed> {
        let schema = self.schema.list_resource_schemas.get(type_name);
        let request = list_resource::Request {
            type_name: type_name.into(),
            config: Some(complete(schema, config, None)),
            include_resource_object: true,
            limit: 1000,
        };
        let events = self.client.clone().list_resource(request).await.expect("a stream");
        let (mut events, mut listed) = (events.into_inner(), Vec::new());
        while let Some(event) = events.message().await.expect("an event") {
            let identity = event.identity.and_then(|identity| identity.identity_data);
            let attributes = event.resource_object.map(|value| wire::unpack(&value.msgpack));
            listed.extend(identity.map(|identity| Listed {
                identity: wire::unpack(&identity.msgpack),
                attributes: attributes.unwrap_or_default(),
            }));
            diagnostics.record(event.diagnostic);
        }
        listed
    }

    /// Reads a data source.
    pub async fn read_data_source(
        &self,
        type_name: &str,
        config: &Json,
        diagnostics: &mut Diagnostics,
    ) -> Option<Json> {
        let schema = self.schema.data_source_schemas.get(type_name);
        let request = read_data_source::Request {
            type_name: type_name.into(),
            config: Some(complete(schema, config, None)),
            ..Default::default()
        };
        let response = self.client.clone().read_data_source(request).await.expect("a response");
        let response = response.into_inner();
        let succeeded = diagnostics.record(response.diagnostics);
        response.state.filter(|_| succeeded).map(|state| wire::unpack(&state.msgpack))
    }

    /// Invokes an action. Returns its progress messages.
    pub async fn invoke(
        &self,
        type_name: &str,
        config: &Json,
        diagnostics: &mut Diagnostics,
    ) -> Vec<String> {
        let schema = self.schema.action_schemas.get(type_name);
        let request = invoke_action::Request {
            action_type: type_name.into(),
            config: Some(complete(schema.and_then(|action| action.schema.as_ref()), config, None)),
            ..Default::default()
        };
        let events = self.client.clone().invoke_action(request).await.expect("a stream");
        let (mut events, mut progress) = (events.into_inner(), Vec::new());
        while let Some(event) = events.message().await.expect("an event") {
            match event.r#type {
                Some(Event::Progress(event)) => progress.push(event.message),
                Some(Event::Completed(event)) => drop(diagnostics.record(event.diagnostics)),
                None => {}
            }
        }
        progress
    }
}
