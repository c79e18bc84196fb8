//! The RPCs of actions.
//!
//! Core validates the configuration of an action only once, at a time when the values of variables
//! and of other objects can be unknown. An action changes the server, but a plan does not show
//! these changes. The plugin layer therefore validates the configuration again when the action is
//! planned, and before the action runs.

use super::{Server, encode_all, wire};
use crate::{
    action::Progress,
    context::Cx,
    diagnostic::{Diagnostic, Result},
    proto::tfplugin6::{self as proto, invoke_action::event},
    provider::Provider,
};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{Status, codegen::BoxStream};

type Events = mpsc::UnboundedSender<std::result::Result<proto::invoke_action::Event, Status>>;

impl<P: Provider> Server<P> {
    pub(super) async fn validate_action_config(
        &self,
        request: proto::validate_action_config::Request,
    ) -> proto::validate_action_config::Response {
        let (types, name) = (&self.0.offers.actions, &request.type_name);
        let diagnostics = self.validate_block(types, name, request.config.as_ref(), true);
        proto::validate_action_config::Response { diagnostics }
    }

    pub(super) async fn plan_action(
        &self,
        request: proto::plan_action::Request,
    ) -> proto::plan_action::Response {
        let diagnostics = self.diagnose_action(&request.action_type, request.config.as_ref());
        let diagnostics =
            encode_all(diagnostics, || format!("Could not plan {}", request.action_type));
        proto::plan_action::Response { diagnostics, deferred: None }
    }

    pub(super) fn invoke_action(
        &self,
        request: proto::invoke_action::Request,
    ) -> BoxStream<proto::invoke_action::Event> {
        let (events, stream) = mpsc::unbounded_channel();
        let server = self.clone();
        tokio::spawn(async move {
            let cx = Arc::new(server.cx());
            let outcome = server.try_invoke(&cx, &request, &events).await;
            let mut diagnostics = cx.take_diagnostics();
            diagnostics.extend(outcome.err().into_iter().flatten());
            let diagnostics =
                encode_all(diagnostics, || format!("Could not run {}", request.action_type));
            let completed = event::Type::Completed(event::Completed { diagnostics });
            // Sending fails if core has disconnected. The action has run nevertheless.
            let _ = events.send(Ok(proto::invoke_action::Event { r#type: Some(completed) }));
        });
        Box::pin(UnboundedReceiverStream::new(stream))
    }

    async fn try_invoke(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::invoke_action::Request,
        events: &Events,
    ) -> Result<(), Vec<Diagnostic>> {
        let (name, config) = (&request.action_type, request.config.as_ref());
        let errors: Vec<_> =
            self.diagnose_action(name, config).into_iter().filter(Diagnostic::is_error).collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let action_type = self.find(&self.0.offers.actions, name).map_err(|error| vec![error])?;
        let config = wire::value(config, action_type.schema().ty()).map_err(|error| vec![error])?;
        let (lines, mut messages) = mpsc::unbounded_channel();
        let (action, context) = (action_type.clone(), cx.clone());
        let work = async move { action.invoke(&context, config, &Progress(lines)).await };
        let forward = async {
            while let Some(message) = messages.recv().await {
                let progress = event::Type::Progress(event::Progress { message });
                let _ = events.send(Ok(proto::invoke_action::Event { r#type: Some(progress) }));
            }
        };
        let (outcome, ()) = tokio::join!(self.0.tasks.run(work), forward);
        outcome.map_err(|error| vec![error])
    }

    fn diagnose_action(
        &self,
        full_name: &str,
        config: Option<&proto::DynamicValue>,
    ) -> Vec<Diagnostic> {
        self.diagnose_block(&self.0.offers.actions, full_name, config, true)
    }
}
