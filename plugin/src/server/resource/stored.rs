//! The RPCs that read a stored state: upgrades from another schema version, and moves from another
//! resource type.

use super::Server;
use crate::{
    diagnostic::{Diagnostic, Result},
    json::{Json, Mode},
    plan as planning,
    proto::tfplugin6 as proto,
    provider::Provider,
    server::{finish, tasks::catch_panic, wire},
    value::Value,
};

impl<P: Provider> Server<P> {
    pub(in crate::server) async fn upgrade_resource_state(
        &self,
        request: proto::upgrade_resource_state::Request,
    ) -> proto::upgrade_resource_state::Response {
        let mut warnings = Vec::new();
        let upgraded = self.try_upgrade(&request, &mut warnings);
        let (upgraded_state, diagnostics) = finish(upgraded, warnings, || {
            format!("Could not read the stored state of {}", request.type_name)
        });
        proto::upgrade_resource_state::Response { upgraded_state, diagnostics }
    }

    fn try_upgrade(
        &self,
        request: &proto::upgrade_resource_state::Request,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<proto::DynamicValue> {
        let resource_type = self.resource(&request.type_name)?;
        let schema = resource_type.schema();
        let stored_state = Json::parse(raw_json(request.raw_state.as_ref())?)?;
        if request.version == schema.version {
            let state = stored_state.into_value(schema.ty(), Mode::Lenient)?;
            return wire::dynamic(&state, schema.ty());
        }
        let migrations = &self.0.offers.migrations;
        let migration =
            migrations.iter().find(|migration| migration.name() == resource_type.name());
        let upgraded = match migration {
            Some(migration) => {
                // A state with version 0 comes from another provider.
                if request.version == 0 {
                    let names = migration.dropped(&stored_state);
                    warnings.extend(dropped_warning(&request.type_name, names));
                }
                catch_panic(|| migration.upgrade(request.version, stored_state))?
            }
            None => None,
        };
        let state =
            upgraded.ok_or_else(|| unknown_version("state", request.version, schema.version))?;
        wire::dynamic(&planning::refreshed(schema, &Value::Null, state), schema.ty())
    }

    pub(in crate::server) async fn upgrade_resource_identity(
        &self,
        request: proto::upgrade_resource_identity::Request,
    ) -> proto::upgrade_resource_identity::Response {
        let upgraded = self.try_upgrade_identity(&request);
        let (upgraded_identity, diagnostics) = finish(upgraded, Vec::new(), || {
            format!("Could not read the stored identity of {}", request.type_name)
        });
        proto::upgrade_resource_identity::Response {
            upgraded_identity: upgraded_identity.flatten(),
            diagnostics,
        }
    }

    fn try_upgrade_identity(
        &self,
        request: &proto::upgrade_resource_identity::Request,
    ) -> Result<Option<proto::ResourceIdentityData>> {
        let schema = self.resource(&request.type_name)?.schema();
        let stored_identity = Json::parse(raw_json(request.raw_identity.as_ref())?)?;
        let ty = wire::identity_type(schema)
            .ok_or_else(|| Diagnostic::failure("This resource type has no identity."))?;
        if request.version != wire::IDENTITY_VERSION {
            return Err(unknown_version("identity", request.version, wire::IDENTITY_VERSION));
        }
        let identity = stored_identity.into_value(&ty, Mode::Lenient)?;
        let missing = |name| identity.get(name).is_none_or(Value::is_null);
        if let Some(attribute) = schema.identity().find(|attribute| missing(&attribute.name)) {
            let detail = "The stored identity lacks this attribute.";
            return Err(Diagnostic::failure(detail).at(&attribute.name));
        }
        wire::identity(Some(&identity), schema)
    }

    pub(in crate::server) async fn move_resource_state(
        &self,
        request: proto::move_resource_state::Request,
    ) -> proto::move_resource_state::Response {
        let mut warnings = Vec::new();
        let moved = self.try_move(&request, &mut warnings);
        let (response, diagnostics) = finish(moved, warnings, || {
            format!("Could not move {} to {}", request.source_type_name, request.target_type_name)
        });
        proto::move_resource_state::Response { diagnostics, ..response.unwrap_or_default() }
    }

    fn try_move(
        &self,
        request: &proto::move_resource_state::Request,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<proto::move_resource_state::Response> {
        let resource_type = self.resource(&request.target_type_name)?;
        let source = request.source_type_name.as_str();
        let migration = (self.0.offers.migrations.iter())
            .find(|item| item.name() == resource_type.name() && item.moves_from().contains(&source))
            .ok_or_else(|| {
                Diagnostic::failure(format!(
                    "This provider cannot convert the state of a `{source}`. Import the object instead.",
                ))
            })?;
        let stored_state = Json::parse(raw_json(request.source_state.as_ref())?)?;
        let names = migration.dropped(&stored_state);
        warnings.extend(dropped_warning(&request.target_type_name, names));
        let version = request.source_schema_version;
        let state = catch_panic(|| migration.move_from(source, version, stored_state))?;
        let schema = resource_type.schema();
        let state = planning::refreshed(schema, &Value::Null, state);
        Ok(proto::move_resource_state::Response {
            target_state: Some(wire::dynamic(&state, schema.ty())?),
            target_identity: wire::identity(resource_type.identity(&state).as_ref(), schema)?,
            ..Default::default()
        })
    }
}

/// The warning about arguments of another provider that the type `type_name` does not have. `names`
/// are the names of these arguments. If `names` is empty, there is no warning.
fn dropped_warning(type_name: &str, names: Vec<String>) -> Option<Diagnostic> {
    (!names.is_empty()).then(|| {
        Diagnostic::warning(
            "Arguments of the other provider were left out",
            format!(
                "The state comes from another provider, and sets arguments that {type_name} does not \
                 have under the same name: {}. Their values were not taken over. All other values \
                 were taken over. Nothing was changed on the server. Compare the documentation of \
                 {type_name}, and adapt the configuration.",
                names.join(", ")
            ),
        )
    })
}

fn raw_json(raw: Option<&proto::RawState>) -> Result<&[u8]> {
    raw.map(|raw| raw.json.as_ref()).filter(|json: &&[u8]| !json.is_empty()).ok_or_else(|| {
        Diagnostic::failure(
            "The stored state is empty or has the format that Terraform used up to version 0.11.",
        )
    })
}

/// The error for a version that the provider cannot read. `subject` is the word `state` or
/// `identity`.
fn unknown_version(subject: &str, version: i64, current: i64) -> Diagnostic {
    Diagnostic::failure(format!(
        "The stored {subject} has version {version}. This version of the provider writes version {current} and \
         cannot read version {version}. Use the provider version that wrote the {subject}, or a newer one."
    ))
}
