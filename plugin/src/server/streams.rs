//! The calls that answer with a stream: lists and actions.

use super::{Server, said, wire};
use crate::{
    action::Progress,
    diagnostic::{Diagnostic, Result},
    list::{Found, Sink},
    plan,
    proto::tfplugin6::{self as proto, invoke_action::event},
    provider::Provider,
    schema::Schema,
    value::Value,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, UnboundedReceiverStream};
use tonic::codegen::BoxStream;

impl<P: Provider> Server<P> {
    pub(super) fn list_resource(
        &self,
        request: proto::list_resource::Request,
    ) -> BoxStream<proto::list_resource::Event> {
        // One ahead is enough: core takes them one by one.
        let (events, stream) = mpsc::channel(1);
        let server = self.clone();
        tokio::spawn(async move {
            if let Err(error) = server.listed(&request, &events).await {
                let diagnostic =
                    said(vec![error], || format!("Could not list {}", request.type_name));
                // Core may have gone: nobody is left to tell.
                let _ = events
                    .send(Ok(proto::list_resource::Event { diagnostic, ..Default::default() }))
                    .await;
            }
        });
        Box::pin(ReceiverStream::new(stream))
    }

    async fn listed(
        &self,
        request: &proto::list_resource::Request,
        events: &mpsc::Sender<std::result::Result<proto::list_resource::Event, tonic::Status>>,
    ) -> Result<()> {
        let kind = self.find(&self.0.offers.lists, &request.type_name, |kind| kind.name())?;
        let resource =
            self.find(&self.0.offers.resources, &request.type_name, |kind| kind.name())?.clone();
        let filter = wire::value(request.config.as_ref(), kind.schema().ty())?;
        let (found, mut items) = mpsc::channel(1);
        let sink = Sink {
            found,
            left: u64::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(u64::MAX),
            include_state: request.include_resource_object,
        };
        let (call, cx) = (kind.clone(), std::sync::Arc::new(self.cx()));
        let context = cx.clone();
        let work = self.0.tasks.run(async move { call.list(&context, filter, sink).await });
        let forward = async {
            while let Some(item) = items.recv().await {
                let event = item.and_then(|found| event(found, resource.schema()));
                let event = event.unwrap_or_else(|error| proto::list_resource::Event {
                    diagnostic: said(vec![error], || "Could not list an object".into()),
                    ..Default::default()
                });
                if events.send(Ok(event)).await.is_err() {
                    // Dropping the receiver tells the list to stop.
                    break;
                }
            }
            drop(items);
        };
        let (outcome, ()) = tokio::join!(work, forward);
        let warnings = said(cx.take_diagnostics(), || request.type_name.clone());
        if !warnings.is_empty() {
            let event = proto::list_resource::Event { diagnostic: warnings, ..Default::default() };
            let _ = events.send(Ok(event)).await;
        }
        outcome
    }

    pub(super) async fn plan_action(
        &self,
        request: proto::plan_action::Request,
    ) -> proto::plan_action::Response {
        let kind = self.find(&self.0.offers.actions, &request.action_type, |kind| kind.name());
        let config = kind.and_then(|kind| wire::value(request.config.as_ref(), kind.schema().ty()));
        let diagnostics = said(config.err().into_iter().collect(), || {
            format!("Could not plan {}", request.action_type)
        });
        proto::plan_action::Response { diagnostics, deferred: None }
    }

    pub(super) fn invoke_action(
        &self,
        request: proto::invoke_action::Request,
    ) -> BoxStream<proto::invoke_action::Event> {
        let (events, stream) = mpsc::unbounded_channel();
        let server = self.clone();
        tokio::spawn(async move {
            let diagnostics = server.invoked(&request, &events).await;
            let diagnostics = said(diagnostics, || format!("Could not do {}", request.action_type));
            let completed = event::Type::Completed(event::Completed { diagnostics });
            // Core may have gone: what was done is done.
            let _ = events.send(Ok(proto::invoke_action::Event { r#type: Some(completed) }));
        });
        Box::pin(UnboundedReceiverStream::new(stream))
    }

    async fn invoked(
        &self,
        request: &proto::invoke_action::Request,
        events: &mpsc::UnboundedSender<
            std::result::Result<proto::invoke_action::Event, tonic::Status>,
        >,
    ) -> Vec<Diagnostic> {
        let cx = std::sync::Arc::new(self.cx());
        let invoke = async {
            let kind =
                self.find(&self.0.offers.actions, &request.action_type, |kind| kind.name())?;
            let config = wire::value(request.config.as_ref(), kind.schema().ty())?;
            let (lines, mut said) = mpsc::unbounded_channel();
            let (call, context) = (kind.clone(), cx.clone());
            let work = self
                .0
                .tasks
                .run(async move { call.invoke(&context, config, &Progress(lines)).await });
            let forward = async {
                while let Some(message) = said.recv().await {
                    let progress = event::Type::Progress(event::Progress { message });
                    let _ = events.send(Ok(proto::invoke_action::Event { r#type: Some(progress) }));
                }
            };
            let (outcome, ()) = tokio::join!(work, forward);
            outcome
        };
        let outcome: Result<()> = invoke.await;
        let mut diagnostics = cx.take_diagnostics();
        diagnostics.extend(outcome.err());
        diagnostics
    }
}

fn event(found: Found, schema: &Schema) -> Result<proto::list_resource::Event> {
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
