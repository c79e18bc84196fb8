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
        let mut reported = Vec::new();
        let response = self.try_plan(&cx, &request, &mut reported).await;
        let mut diagnostics = cx.take_diagnostics();
        diagnostics.append(&mut reported);
        let (response, diagnostics) =
            finish(response, diagnostics, || format!("Could not plan {}", request.type_name));
        proto::plan_resource_change::Response { diagnostics, ..response.unwrap_or_default() }
    }

    async fn try_plan(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::plan_resource_change::Request,
        reported: &mut Vec<Diagnostic>,
    ) -> Result<proto::plan_resource_change::Response> {
        let resource_type = self.resource(&request.type_name)?;
        let schema = resource_type.schema();
        let prior = wire::value(request.prior_state.as_ref(), schema.ty())?;
        let proposed = wire::value(request.proposed_new_state.as_ref(), schema.ty())?;
        let config = wire::value(request.config.as_ref(), schema.ty())?;
        let (destroy, create) = (proposed.is_null(), prior.is_null());
        let (resource, context) = (resource_type.clone(), cx.clone());
        let unchecked = self.0.unchecked.swap(false, Ordering::SeqCst);
        let work = async move {
            if unchecked {
                P::check(context.client()?, &context).await?;
            }
            let schema = resource.schema();
            let mut planned = match destroy {
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
            let replace = match create || destroy {
                true => Vec::new(),
                false => planning::replacements(schema, &prior, &planned),
            };
            let identity = resource.identity(if destroy { &prior } else { &planned });
            Ok((Some(Planned { planned, replace, identity }), diagnostics))
        };
        let (planned, mut diagnostics) = self.0.tasks.run(work).await?;
        reported.append(&mut diagnostics);
        let Some(Planned { planned, replace, identity }) = planned else {
            return Ok(proto::plan_resource_change::Response::default());
        };
        let planned_identity = wire::identity(identity.as_ref(), schema)?;
        if let Some(identity) = &identity
            && let Some(object) = Object::new(&request.type_name, planned_identity.as_ref())
        {
            let renames = &self.0.renames;
            reported.extend(match (create, destroy) {
                (_, true) => renames.plan_deletion(object, identity),
                (true, false) => renames.plan_creation(object, identity),
                (false, false) => None,
            });
        }
        Ok(proto::plan_resource_change::Response {
            planned_state: Some(wire::dynamic(&planned, schema.ty())?),
            requires_replace: replace.iter().map(wire::path).collect(),
            planned_private: cx.private(),
            planned_identity,
            ..Default::default()
        })
    }
}

struct Planned {
    planned: Value,
    replace: Vec<Path>,
    identity: Option<Value>,
}
