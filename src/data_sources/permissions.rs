//! `pbs_permissions`: the effective privileges of a user or token on a path.

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
            "Reads the effective privileges of a user or an API token on a path. The server \
             computes these privileges from all grants (ACL entries).\n\n\
             If the user or token lacks one of the privileges in `required`, the data source \
             fails. To verify a new token, set `required` to the privileges that the token needs. \
             Set `depends_on` to the grants of the token and of its user, so that the data source \
             reads the privileges only after these grants are created. To verify that the token \
             has no other privileges, compare `privileges` with the expected privileges in a \
             `check` block.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access` to read the privileges of other users and \
             tokens. To read the privileges of the provider's own user or token, no privilege is \
             necessary.",
            [
                Attribute::string("path", "Path to check, for example `/datastore/store1`.")
                    .required()
                    .parses::<AclPath>(),
                Attribute::string(
                    "auth_id",
                    "User (`user@realm`) or API token (`user@realm!name`) whose privileges are \
                     read. Default: the user or token with which the provider logs in.",
                )
                .parses::<AuthId>(),
                Attribute::plain(
                    Type::set(Type::String),
                    "required",
                    "Privileges that the user or token must have on the path, for example \
                     `Datastore.Backup`. Default: none.",
                ),
                Attribute::plain(
                    Type::map(Type::Bool),
                    "privileges",
                    "Effective privileges on `path`. Each key is the name of a privilege. The \
                     value is `true` if the privilege applies to `path` and to the paths below \
                     `path`, and `false` if it applies only to `path`.",
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let State { path, auth_id, required, .. } = config;
        let mut permissions = cx.client()?.permissions(auth_id.as_ref(), Some(&path)).await?;
        let privileges = permissions.remove(path.as_str()).unwrap_or_default();
        let is_missing = |name: &&String| !privileges.contains_key(name.as_str());
        let missing_names: Vec<_> = required.iter().flatten().filter(is_missing).cloned().collect();
        if !missing_names.is_empty() {
            return Err(missing_privileges(auth_id.as_ref(), &path, &missing_names));
        }
        Ok(State { path, auth_id, required, privileges: Some(privileges) })
    }
}

fn missing_privileges(auth_id: Option<&AuthId>, path: &AclPath, names: &[String]) -> Diagnostic {
    let subject = match auth_id {
        Some(auth_id) => auth_id.to_string(),
        None => "The provider's user or token".to_owned(),
    };
    let advice = match auth_id {
        Some(AuthId::Token(token)) => {
            format!(
                " A token has a privilege only where its user has the same privilege. Therefore, \
                 check the grants of the user {} as well.",
                token.user()
            )
        }
        _ => String::new(),
    };
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    Diagnostic::error(
        "Privileges are missing",
        format!(
            "{subject} lacks {} on {path}. Use `pbs_acl` to grant a role that includes these \
             privileges.{advice}",
            names.join(", ")
        ),
    )
    .at("required")
}
