//! `pbs_permissions`: what somebody may do on a path, as the server itself says.

use crate::pbs::{AclPath, AuthId, Client};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tf_plugin::{Attribute, Cx, DataSource, Diagnostic, Result, Schema, Type};

pub(crate) struct Permissions;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    path: AclPath,
    auth_id: Option<AuthId>,
    required: Option<BTreeSet<String>>,
    privileges: Option<BTreeMap<String, bool>>,
}

impl DataSource<Client> for Permissions {
    const NAME: &'static str = "permissions";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "What a user or a token may do on a path, as the server works it out from all grants. With \
             `required`, a missing privilege is an error: behind `depends_on` on its grants it asserts that a new \
             token can do its work. Compare `privileges` to assert that it can do no more.",
            [
                Attribute::string("path", "On what, such as `/datastore/store1`.")
                    .required()
                    .parses::<AclPath>(),
                Attribute::string(
                    "auth_id",
                    "Who: a user (`name@realm`) or a token (`name@realm!token`). Default: the provider's own.",
                )
                .parses::<AuthId>(),
                Attribute::plain(
                    Type::set(Type::String),
                    "required",
                    "Privileges that must be there, such as `Datastore.Backup`.",
                ),
                Attribute::plain(
                    Type::map(Type::Bool),
                    "privileges",
                    "The privileges in effect, and for each whether it counts below the path too.",
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let State { path, auth_id, required, .. } = config;
        let mut told = cx.client()?.permissions(auth_id.as_ref(), Some(&path)).await?;
        let privileges = told.remove(path.as_str()).unwrap_or_default();
        let missing = |one: &&String| !privileges.contains_key(one.as_str());
        let missing: Vec<_> = required.iter().flatten().filter(missing).cloned().collect();
        if !missing.is_empty() {
            return Err(lacking(auth_id.as_ref(), &path, &missing));
        }
        Ok(State { path, auth_id, required, privileges: Some(privileges) })
    }
}

fn lacking(auth_id: Option<&AuthId>, path: &AclPath, missing: &[String]) -> Diagnostic {
    let who =
        auth_id.map_or_else(|| "The provider's own user or token".to_owned(), AuthId::to_string);
    let both = match auth_id {
        Some(AuthId::Token(token)) => {
            format!(
                " A token may do only what its user may do too: look at the grants of {} as well.",
                token.user()
            )
        }
        _ => String::new(),
    };
    Diagnostic::error(
        "Privileges are missing",
        format!(
            "{who} lacks {} on {path}. Grant a role that has them with `pbs_acl`.{both}",
            missing.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ")
        ),
    )
    .at("required")
}
