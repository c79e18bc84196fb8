//! `ApplyResourceChange`: creates, updates or deletes an object. Returns the resulting state of the
//! object, even if the change failed.

use super::{Object, ResourceType, Server, renames::declared_twice};
use crate::{
    context::{Checkpoint, Cx, Runtime},
    diagnostic::{Diagnostic, Result},
    plan as planning,
    proto::tfplugin6 as proto,
    provider::Provider,
    server::{encode_all, wire},
    value::Value,
};
use std::sync::Arc;

/// The change that core asks for.
struct Change<P: Provider> {
    type_name: String,
    resource_type: ResourceType<P>,
    prior: Value,
    planned: Value,
    config: Value,
}

impl<P: Provider> Change<P> {
    fn verb(&self) -> &'static str {
        match (&self.prior, &self.planned) {
            (Value::Null, _) => "create",
            (_, Value::Null) => "delete",
            _ => "update",
        }
    }

    /// The object that is created, updated or deleted.
    fn object(&self) -> Option<Object> {
        let state = if self.planned.is_null() { &self.prior } else { &self.planned };
        let identity = self.resource_type.identity(state);
        let identity = wire::identity(identity.as_ref(), self.resource_type.schema()).ok()?;
        Object::new(&self.type_name, identity.as_ref())
    }
}

impl<P: Provider> Server<P> {
    pub(in crate::server) async fn apply_resource_change(
        &self,
        request: proto::apply_resource_change::Request,
    ) -> proto::apply_resource_change::Response {
        let change = match self.decode_change(&request) {
            Ok(change) => change,
            // Nothing was changed on the server, so the prior state is still correct.
            Err(error) => {
                let diagnostics =
                    encode_all(vec![error], || format!("Could not apply {}", request.type_name));
                return proto::apply_resource_change::Response {
                    new_state: request.prior_state,
                    private: request.planned_private,
                    diagnostics,
                    ..Default::default()
                };
            }
        };
        let cx = self.cx().with_planned(change.planned.clone());
        let cx = Arc::new(cx.with_private(request.planned_private));
        let (state, mut diagnostics) = self.apply(&cx, &change).await;
        let schema = change.resource_type.schema();
        let mut encode = |state: &Value| {
            let identity = change.resource_type.identity(state);
            let encoded = wire::dynamic(state, schema.ty())
                .and_then(|state| Ok((state, wire::identity(identity.as_ref(), schema)?)));
            encoded.map_err(|error| diagnostics.push(error)).ok()
        };
        // If the new state cannot be encoded, the prior state is returned.
        let (new_state, new_identity) = encode(&state)
            .map_or((request.prior_state, None), |(state, identity)| (Some(state), identity));
        let verb = change.verb();
        let diagnostics =
            encode_all(diagnostics, || format!("Could not {verb} {}", request.type_name));
        proto::apply_resource_change::Response {
            new_state,
            new_identity,
            private: cx.private(),
            diagnostics,
            ..Default::default()
        }
    }

    fn decode_change(&self, request: &proto::apply_resource_change::Request) -> Result<Change<P>> {
        let resource_type = self.resource(&request.type_name)?.clone();
        let ty = resource_type.schema().ty();
        let prior = wire::value(request.prior_state.as_ref(), ty)?;
        let planned = wire::value(request.planned_state.as_ref(), ty)?;
        let config = wire::value(request.config.as_ref(), ty)?;
        let type_name = request.type_name.clone();
        Ok(Change { type_name, resource_type, prior, planned, config })
    }

    /// Creates the object. If the object still exists, and this run deletes it at another resource
    /// address, waits for the deletion and tries to create the object again. If another resource
    /// has created the object in this run, or is creating it, sends no request and returns an
    /// error.
    async fn create(
        &self,
        cx: &Cx<P::Client>,
        resource: &ResourceType<P>,
        object: Option<Object>,
        plan: Value,
        type_name: String,
    ) -> Result<Value> {
        let renames = &self.0.renames;
        if object.as_ref().is_some_and(|object| !renames.begin_creation(object)) {
            let identity = resource.identity(&plan);
            return Err(declared_twice(&type_name, &identity.unwrap_or_default()));
        }
        let outcome = match resource.create(cx, plan.clone()).await {
            Err(error) if error.object_exists && self.was_deleted(object.clone()).await => {
                resource.create(cx, plan).await
            }
            outcome => outcome,
        };
        if let (Some(object), Err(_)) = (&object, &outcome) {
            renames.creation_failed(object);
        }
        outcome
    }

    /// Waits until this run has deleted the object at another resource address. Returns false if no
    /// deletion begins in time, or if core asks the provider to stop.
    async fn was_deleted(&self, object: Option<Object>) -> bool {
        let Runtime { clock, stop, .. } = self.0.runtime.clone();
        match object {
            Some(object) => self.0.renames.wait_for_deletion(&object, &clock, stop).await,
            None => false,
        }
    }

    /// Applies the change. Returns the resulting state of the object and all diagnostics. The state
    /// is null if the object does not exist.
    async fn apply(&self, cx: &Arc<Cx<P::Client>>, change: &Change<P>) -> (Value, Vec<Diagnostic>) {
        let (server, resource, context) = (self.clone(), change.resource_type.clone(), cx.clone());
        let (prior, planned, config) =
            (change.prior.clone(), change.planned.clone(), change.config.clone());
        let (object, type_name) = (change.object(), change.type_name.clone());
        if let Some(object) = &object {
            self.0.renames.forget_plans(object);
        }
        let work = async move {
            let plan = planning::with_write_only(resource.schema(), &planned, &config);
            match (prior, planned) {
                (prior, Value::Null) => {
                    let renames = &server.0.renames;
                    // The deletion counts as running until `_deletion` is dropped.
                    let _deletion = object.map(|object| renames.begin_deletion(object));
                    resource.delete(&context, prior).await.map(|()| Value::Null)
                }
                (Value::Null, _) => {
                    server.create(&context, &resource, object, plan, type_name).await
                }
                (prior, _) => resource.update(&context, prior, plan).await,
            }
        };
        let outcome = self.0.tasks.run(work).await;
        let schema = change.resource_type.schema();
        let mut diagnostics = cx.take_diagnostics();
        let error = match outcome {
            Ok(state) => return (planning::completed(schema, &change.planned, state), diagnostics),
            Err(error) => error,
        };
        let Some(checkpoint) = cx.take_checkpoint() else {
            diagnostics.push(error);
            return (change.prior.clone(), diagnostics);
        };
        // After an error in a creation, core taints the object, and the next apply replaces it. If
        // the new object is complete, the error is therefore reported as a warning.
        let (state, complete) = match checkpoint {
            Checkpoint::Complete(state) => (state, change.prior.is_null()),
            Checkpoint::Tainted(state) => (state, false),
        };
        diagnostics.push(if complete { error.demoted() } else { error });
        let state = match state.conform(schema.ty()) {
            Ok(state) if complete => planning::completed(schema, &change.planned, state),
            Ok(state) => planning::refreshed(schema, &change.prior, state),
            Err(error) => {
                diagnostics.push(error.into());
                change.prior.clone()
            }
        };
        (state, diagnostics)
    }
}
