//! The RPCs of list resources, which `terraform query` calls.

use super::{Server, encode_all, wire};
use crate::{
    diagnostic::Result,
    list::{Found, Sink},
    plan,
    proto::tfplugin6 as proto,
    provider::Provider,
    schema::Schema,
    value::Value,
};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, codegen::BoxStream};

type Events = mpsc::Sender<std::result::Result<proto::list_resource::Event, Status>>;

impl<P: Provider> Server<P> {
    pub(super) async fn validate_list_resource_config(
        &self,
        request: proto::validate_list_resource_config::Request,
    ) -> proto::validate_list_resource_config::Response {
        let (types, name) = (&self.0.offers.lists, &request.type_name);
        let diagnostics = self.validate_block(types, name, request.config.as_ref(), true);
        proto::validate_list_resource_config::Response { diagnostics }
    }

    pub(super) fn list_resource(
        &self,
        request: proto::list_resource::Request,
    ) -> BoxStream<proto::list_resource::Event> {
        // A buffer of one event is enough, because core reads the events one by one.
        let (events, stream) = mpsc::channel(1);
        let server = self.clone();
        tokio::spawn(async move {
            if let Err(error) = server.try_list(&request, &events).await {
                let diagnostic =
                    encode_all(vec![error], || format!("Could not list {}", request.type_name));
                let event = proto::list_resource::Event { diagnostic, ..Default::default() };
                // Sending fails if core has disconnected.
                let _ = events.send(Ok(event)).await;
            }
        });
        Box::pin(ReceiverStream::new(stream))
    }

    async fn try_list(
        &self,
        request: &proto::list_resource::Request,
        events: &Events,
    ) -> Result<()> {
        let list_type = self.find(&self.0.offers.lists, &request.type_name)?;
        let resource = self.find(&self.0.offers.resources, &request.type_name)?.clone();
        let filter = wire::value(request.config.as_ref(), list_type.schema().ty())?;
        let (objects, mut received_objects) = mpsc::channel(1);
        let limit = u64::try_from(request.limit).ok().filter(|limit| *limit > 0);
        let sink = Sink {
            objects,
            remaining: limit.unwrap_or(u64::MAX),
            include_state: request.include_resource_object,
        };
        let cx = Arc::new(self.cx());
        let (list, context) = (list_type.clone(), cx.clone());
        let work = self.0.tasks.run(async move { list.list(&context, filter, sink).await });
        let forward = async {
            while let Some(object) = received_objects.recv().await {
                let event = object.and_then(|found| encode_found(found, resource.schema()));
                let event = event.unwrap_or_else(|error| proto::list_resource::Event {
                    diagnostic: encode_all(vec![error], || "Could not list an object".into()),
                    ..Default::default()
                });
                if events.send(Ok(event)).await.is_err() {
                    // Core has disconnected. Dropping `received_objects` below ends the listing.
                    break;
                }
            }
            drop(received_objects);
        };
        let (outcome, ()) = tokio::join!(work, forward);
        let diagnostic = encode_all(cx.take_diagnostics(), || request.type_name.clone());
        if !diagnostic.is_empty() {
            let event = proto::list_resource::Event { diagnostic, ..Default::default() };
            let _ = events.send(Ok(event)).await;
        }
        outcome
    }
}

fn encode_found(found: Found, schema: &Schema) -> Result<proto::list_resource::Event> {
    let state = found.state.map(|state| plan::refreshed(schema, &Value::Null, state));
    Ok(proto::list_resource::Event {
        identity: wire::identity(Some(&found.identity), schema)?,
        display_name: found.name,
        resource_object: (state.as_ref())
            .map(|state| wire::dynamic(state, schema.ty()))
            .transpose()?,
        diagnostic: Vec::new(),
    })
}
