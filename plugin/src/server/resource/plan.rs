//! `PlanResourceChange`: computes the planned state from the schema, and lets the resource's own
//! hook adjust it.

use super::{Object, Server};
use crate::{
    context::Cx,
    diagnostic::{Diagnostic, Result},
    path::Path,
    plan as planning,
    proto::tfplugin6 as proto,
    provider::Provider,
    server::{finish, wire},
    value::Value,
};
use std::sync::{Arc, atomic::Ordering};

impl<P: Provider> Server<P> {
    pub(in crate::server) async fn plan_resource_change(
        &self,
        request: proto::plan_resource_change::Request,
    ) -> proto::plan_resource_change::Response {
        let cx = Arc::new(self.cx().with_private(request.prior_private.clone()));
        let mut plan_diagnostics = Vec::new();
        let response = self.try_plan(&cx, &request, &mut plan_diagnostics).await;
        let mut diagnostics = cx.take_diagnostics();
        diagnostics.append(&mut plan_diagnostics);
        let (response, diagnostics) =
            finish(response, diagnostics, || format!("Could not plan {}", request.type_name));
        proto::plan_resource_change::Response { diagnostics, ..response.unwrap_or_default() }
    }

    async fn try_plan(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::plan_resource_change::Request,
        plan_diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<proto::plan_resource_change::Response> {
        let resource_type = self.resource(&request.type_name)?;
        let schema = resource_type.schema();
        let prior = wire::value(request.prior_state.as_ref(), schema.ty())?;
        let proposed = wire::value(request.proposed_new_state.as_ref(), schema.ty())?;
        let config = wire::value(request.config.as_ref(), schema.ty())?;
        let (is_destroy, is_create) = (proposed.is_null(), prior.is_null());
        let (resource, context) = (resource_type.clone(), cx.clone());
        let check_pending = self.0.check_pending.swap(false, Ordering::SeqCst);
        let work = async move {
            if check_pending {
                P::check(context.client()?, &context).await?;
            }
            let schema = resource.schema();
            let mut planned = match is_destroy {
                true => Value::Null,
                false => planning::planned(schema, &prior, &config),
            };
            let mut diagnostics = Vec::new();
            let outcome =
                resource.plan(&context, &prior, &config, &mut planned, &mut diagnostics).await;
            if let Err(error) = outcome {
                diagnostics.push(error);
                return Ok((None, diagnostics));
            }
            let replacements = match is_create || is_destroy {
                true => Vec::new(),
                false => planning::replacements(schema, &prior, &planned),
            };
            let identity = resource.identity(if is_destroy { &prior } else { &planned });
            Ok((Some(Planned { state: planned, replacements, identity }), diagnostics))
        };
        let (planned, mut diagnostics) = self.0.tasks.run(work).await?;
        plan_diagnostics.append(&mut diagnostics);
        let Some(Planned { state, replacements, identity }) = planned else {
            return Ok(proto::plan_resource_change::Response::default());
        };
        let planned_identity = wire::identity(identity.as_ref(), schema)?;
        if let Some(identity) = &identity
            && let Some(object) = Object::new(&request.type_name, planned_identity.as_ref())
        {
            let renames = &self.0.renames;
            plan_diagnostics.extend(match (is_create, is_destroy) {
                (_, true) => renames.plan_deletion(object, identity),
                (true, false) => renames.plan_creation(object, identity),
                (false, false) => None,
            });
        }
        Ok(proto::plan_resource_change::Response {
            planned_state: Some(wire::dynamic(&state, schema.ty())?),
            requires_replace: replacements.iter().map(wire::path).collect(),
            planned_private: cx.private(),
            planned_identity,
            ..Default::default()
        })
    }
}

/// The outcome of planning a change.
struct Planned {
    state: Value,
    /// The paths of the attributes whose change replaces the object.
    replacements: Vec<Path>,
    identity: Option<Value>,
}
