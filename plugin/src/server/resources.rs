//! The life of a managed resource: upgrade, read, plan, apply, import, move.

use super::{Server, answer, said, tasks::guarded, wire};
use crate::{
    context::{Checkpoint, Cx},
    diagnostic::{Diagnostic, Result},
    json::{Json, Mode},
    plan,
    proto::tfplugin6 as proto,
    provider::Provider,
    resource::{AnyResource, Import},
    value::Value,
};
use std::sync::Arc;

type Kind<P> = Arc<dyn AnyResource<<P as Provider>::Client>>;

impl<P: Provider> Server<P> {
    fn resource(&self, full: &str) -> Result<&Kind<P>> {
        self.find(&self.0.offers.resources, full, |kind| kind.name())
    }

    pub(super) async fn upgrade_resource_state(
        &self,
        request: proto::upgrade_resource_state::Request,
    ) -> proto::upgrade_resource_state::Response {
        let upgraded = self.upgraded(&request);
        let (upgraded_state, diagnostics) = answer(upgraded, Vec::new(), || {
            format!("Could not read the stored state of {}", request.type_name)
        });
        proto::upgrade_resource_state::Response { upgraded_state, diagnostics }
    }

    fn upgraded(
        &self,
        request: &proto::upgrade_resource_state::Request,
    ) -> Result<proto::DynamicValue> {
        let kind = self.resource(&request.type_name)?;
        let schema = kind.schema();
        let stored = Json::parse(stored(request.raw_state.as_ref())?)?;
        if request.version == schema.version {
            let state = stored.into_value(schema.ty(), Mode::Lenient)?;
            return wire::dynamic(&state, schema.ty());
        }
        let migrations = &self.0.offers.migrations;
        let migration = migrations.iter().find(|migration| migration.name() == kind.name());
        let upgraded = match migration {
            Some(migration) => guarded(|| migration.upgrade(request.version, stored))?,
            None => None,
        };
        let state = upgraded.ok_or_else(|| {
            Diagnostic::failure(format!(
                "The state has version {}, which this version of the provider does not know (it \
                 writes {}). Use the version of the provider that wrote it, or a newer one.",
                request.version, schema.version
            ))
        })?;
        wire::dynamic(&plan::refreshed(schema, &Value::Null, state), schema.ty())
    }

    pub(super) async fn upgrade_resource_identity(
        &self,
        request: proto::upgrade_resource_identity::Request,
    ) -> proto::upgrade_resource_identity::Response {
        let upgraded = (|| {
            let schema = self.resource(&request.type_name)?.schema();
            let stored = Json::parse(stored(request.raw_identity.as_ref())?)?;
            let ty = wire::identity_type(schema)
                .ok_or_else(|| Diagnostic::failure("This type has no identity."))?;
            if request.version != wire::IDENTITY_VERSION {
                return Err(Diagnostic::failure(format!(
                    "The identity has version {}, which this version of the provider does not \
                     know. Use the version of the provider that wrote it, or a newer one.",
                    request.version
                )));
            }
            let identity = stored.into_value(&ty, Mode::Lenient)?;
            let absent = |name| identity.get(name).is_none_or(Value::is_null);
            if let Some(attribute) = schema.identity().find(|attribute| absent(attribute.name)) {
                let missing = "It is missing in the stored identity.";
                return Err(Diagnostic::failure(missing).at(attribute.name));
            }
            wire::identity(Some(&identity), schema)
        })();
        let (upgraded_identity, diagnostics) = answer(upgraded, Vec::new(), || {
            format!("Could not read the stored identity of {}", request.type_name)
        });
        proto::upgrade_resource_identity::Response {
            upgraded_identity: upgraded_identity.flatten(),
            diagnostics,
        }
    }

    pub(super) async fn read_resource(
        &self,
        request: proto::read_resource::Request,
    ) -> proto::read_resource::Response {
        let cx = Arc::new(self.cx().with_private(request.private.clone()));
        let response = self.refreshed(&cx, &request).await;
        let (response, diagnostics) = answer(response, cx.take_diagnostics(), || {
            format!("Could not read {}", request.type_name)
        });
        proto::read_resource::Response { diagnostics, ..response.unwrap_or_default() }
    }

    async fn refreshed(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::read_resource::Request,
    ) -> Result<proto::read_resource::Response> {
        let kind = self.resource(&request.type_name)?;
        let schema = kind.schema();
        let prior = wire::value(request.current_state.as_ref(), schema.ty())?;
        let (call, context) = (kind.clone(), cx.clone());
        let work = async move {
            let fresh = call.read(&context, prior.clone()).await?;
            Ok(fresh.map(|fresh| plan::refreshed(call.schema(), &prior, fresh)))
        };
        let state = self.0.tasks.run(work).await?.unwrap_or_default();
        Ok(proto::read_resource::Response {
            new_state: Some(wire::dynamic(&state, schema.ty())?),
            private: cx.private(),
            new_identity: wire::identity(kind.identity(&state).as_ref(), schema)?,
            ..Default::default()
        })
    }

    pub(super) async fn plan_resource_change(
        &self,
        request: proto::plan_resource_change::Request,
    ) -> proto::plan_resource_change::Response {
        let cx = Arc::new(self.cx().with_private(request.prior_private.clone()));
        let response = self.planned(&cx, &request).await;
        let (response, diagnostics) = answer(response, cx.take_diagnostics(), || {
            format!("Could not plan {}", request.type_name)
        });
        proto::plan_resource_change::Response { diagnostics, ..response.unwrap_or_default() }
    }

    async fn planned(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::plan_resource_change::Request,
    ) -> Result<proto::plan_resource_change::Response> {
        let kind = self.resource(&request.type_name)?.clone();
        let schema_of = kind.clone();
        let schema = schema_of.schema();
        let prior = wire::value(request.prior_state.as_ref(), schema.ty())?;
        let proposed = wire::value(request.proposed_new_state.as_ref(), schema.ty())?;
        let config = wire::value(request.config.as_ref(), schema.ty())?;
        let destroy = proposed.is_null();
        let context = cx.clone();
        let work = async move {
            let schema = kind.schema();
            let mut planned = match destroy {
                true => Value::Null,
                false => plan::planned(schema, &prior, &config),
            };
            let mut replace = Vec::new();
            kind.plan(&context, &prior, &config, &mut planned, &mut replace).await?;
            if !prior.is_null() && !destroy {
                replace.extend(plan::replacements(schema, &prior, &planned));
            } else {
                replace.clear();
            }
            let identity = match destroy {
                true => kind.identity(&prior),
                false => kind.identity(&planned),
            };
            Ok((planned, replace, identity))
        };
        let (planned, replace, identity) = self.0.tasks.run(work).await?;
        Ok(proto::plan_resource_change::Response {
            planned_state: Some(wire::dynamic(&planned, schema.ty())?),
            requires_replace: replace.iter().map(wire::path).collect(),
            planned_private: cx.private(),
            planned_identity: wire::identity(identity.as_ref(), schema)?,
            ..Default::default()
        })
    }

    pub(super) async fn apply_resource_change(
        &self,
        request: proto::apply_resource_change::Request,
    ) -> proto::apply_resource_change::Response {
        let values = (|| {
            let kind = self.resource(&request.type_name)?.clone();
            let ty = kind.schema().ty();
            let prior = wire::value(request.prior_state.as_ref(), ty)?;
            let planned = wire::value(request.planned_state.as_ref(), ty)?;
            let config = wire::value(request.config.as_ref(), ty)?;
            Ok(Change { kind, prior, planned, config })
        })();
        let change = match values {
            Ok(change) => change,
            // Nothing was touched: null and an error keep what is stored.
            Err(error) => {
                let diagnostics =
                    said(vec![error], || format!("Could not apply {}", request.type_name));
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
        let verb = change.verb();
        let (state, mut diagnostics) = self.applied(&cx, &change).await;
        let schema = change.kind.schema();
        let mut encode = |state: &Value| {
            let identity = change.kind.identity(state);
            let encoded = wire::dynamic(state, schema.ty())
                .and_then(|state| Ok((state, wire::identity(identity.as_ref(), schema)?)));
            encoded.map_err(|error| diagnostics.push(error)).ok()
        };
        // A state that cannot be written leaves what was stored before.
        let (new_state, new_identity) = encode(&state)
            .map_or((request.prior_state, None), |(state, identity)| (Some(state), identity));
        let diagnostics = said(diagnostics, || format!("Could not {verb} {}", request.type_name));
        proto::apply_resource_change::Response {
            new_state,
            new_identity,
            private: cx.private(),
            diagnostics,
            ..Default::default()
        }
    }

    /// The state of what exists now, whatever happened, and what there is to say.
    async fn applied(
        &self,
        cx: &Arc<Cx<P::Client>>,
        change: &Change<P>,
    ) -> (Value, Vec<Diagnostic>) {
        let (kind, context) = (change.kind.clone(), cx.clone());
        let (prior, planned, config) =
            (change.prior.clone(), change.planned.clone(), change.config.clone());
        let work = async move {
            let plan = plan::with_write_only(kind.schema(), &planned, &config);
            match (prior, planned) {
                (prior, Value::Null) => kind.delete(&context, prior).await.map(|()| Value::Null),
                (Value::Null, _) => kind.create(&context, plan).await,
                (prior, _) => kind.update(&context, prior, plan).await,
            }
        };
        let outcome = self.0.tasks.run(work).await;
        let schema = change.kind.schema();
        let mut diagnostics = cx.take_diagnostics();
        let state = match (outcome, cx.take_checkpoint()) {
            (Ok(state), _) => plan::settled(schema, &change.planned, state),
            (Err(error), Some(checkpoint)) => {
                // An error would taint what was just made, and the next apply would
                // destroy it, secret and all.
                let (checkpoint, usable) = match checkpoint {
                    Checkpoint::Complete(state) => (state, change.prior.is_null()),
                    Checkpoint::Tainted(state) => (state, false),
                };
                diagnostics.push(if usable { error.demoted() } else { error });
                match checkpoint.conform(schema.ty()) {
                    Ok(checkpoint) if usable => plan::settled(schema, &change.planned, checkpoint),
                    Ok(checkpoint) => plan::refreshed(schema, &change.prior, checkpoint),
                    Err(error) => {
                        diagnostics.push(error.into());
                        change.prior.clone()
                    }
                }
            }
            (Err(error), None) => {
                diagnostics.push(error);
                change.prior.clone()
            }
        };
        (state, diagnostics)
    }

    pub(super) async fn import_resource_state(
        &self,
        request: proto::import_resource_state::Request,
    ) -> proto::import_resource_state::Response {
        let cx = Arc::new(self.cx());
        let imported = self.imported(&cx, &request).await;
        let (imported, diagnostics) = answer(imported, cx.take_diagnostics(), || {
            format!("Could not import {}", request.type_name)
        });
        proto::import_resource_state::Response {
            imported_resources: imported.into_iter().collect(),
            diagnostics,
            ..Default::default()
        }
    }

    async fn imported(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::import_resource_state::Request,
    ) -> Result<proto::import_resource_state::ImportedResource> {
        let kind = self.resource(&request.type_name)?;
        let schema = kind.schema();
        let sent = request.identity.as_ref().and_then(|identity| identity.identity_data.as_ref());
        let import = match (sent, wire::identity_type(schema)) {
            (Some(sent), Some(ty)) => Import::Identity(wire::value(Some(sent), &ty)?),
            _ => Import::Id(request.id.clone()),
        };
        let (call, context) = (kind.clone(), cx.clone());
        let work = async move {
            let state = call.import(&context, import).await?;
            Ok(state.map(|state| plan::refreshed(call.schema(), &Value::Null, state)))
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
            identity: wire::identity(kind.identity(&state).as_ref(), schema)?,
        })
    }

    pub(super) async fn move_resource_state(
        &self,
        request: proto::move_resource_state::Request,
    ) -> proto::move_resource_state::Response {
        let (response, diagnostics) = answer(self.moved(&request), Vec::new(), || {
            format!("Could not move {} to {}", request.source_type_name, request.target_type_name)
        });
        proto::move_resource_state::Response { diagnostics, ..response.unwrap_or_default() }
    }

    fn moved(
        &self,
        request: &proto::move_resource_state::Request,
    ) -> Result<proto::move_resource_state::Response> {
        let kind = self.resource(&request.target_type_name)?;
        let source = request.source_type_name.as_str();
        let migration = (self.0.offers.migrations.iter())
            .find(|item| item.name() == kind.name() && item.moves_from().contains(&source))
            .ok_or_else(|| {
                Diagnostic::failure(format!(
                    "`{}` cannot take over a `{source}`. Import the object instead.",
                    request.target_type_name
                ))
            })?;
        let stored = Json::parse(stored(request.source_state.as_ref())?)?;
        let version = request.source_schema_version;
        let state = guarded(|| migration.adopt(source, version, stored))?;
        let schema = kind.schema();
        let state = plan::refreshed(schema, &Value::Null, state);
        Ok(proto::move_resource_state::Response {
            target_state: Some(wire::dynamic(&state, schema.ty())?),
            target_identity: wire::identity(kind.identity(&state).as_ref(), schema)?,
            ..Default::default()
        })
    }

    pub(super) async fn generate_resource_config(
        &self,
        request: proto::generate_resource_config::Request,
    ) -> proto::generate_resource_config::Response {
        let generated = (|| {
            let schema = self.resource(&request.type_name)?.schema();
            let state = wire::value(request.state.as_ref(), schema.ty())?;
            wire::dynamic(&plan::configuration(schema, &state), schema.ty())
        })();
        let (config, diagnostics) = answer(generated, Vec::new(), || {
            format!("Could not generate a configuration for {}", request.type_name)
        });
        proto::generate_resource_config::Response { config, diagnostics }
    }
}

/// What apply is asked to do.
struct Change<P: Provider> {
    kind: Kind<P>,
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
}

fn stored(raw: Option<&proto::RawState>) -> Result<&[u8]> {
    raw.map(|raw| raw.json.as_ref()).filter(|json: &&[u8]| !json.is_empty()).ok_or_else(|| {
        Diagnostic::failure("The stored state is empty or of a form that Terraform 0.11 wrote.")
    })
}
