//! `pbs_acls`: the grants on the server.

use crate::{
    pbs::{AclPath, AuthId, Client, Grant, RoleId},
    shared::completeness::warn_of_incomplete_grants,
};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Nesting, Result, Schema};

pub(crate) struct Acls;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    path: Option<AclPath>,
    auth_id: Option<AuthId>,
    role_id: Option<RoleId>,
    acls: Option<Vec<Acl>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acl {
    id: String,
    path: AclPath,
    auth_id: AuthId,
    role_id: RoleId,
    propagate: bool,
}

impl DataSource<Client> for Acls {
    const NAME: &'static str = "acls";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads the grants (ACL entries) on the server.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access/acl` to see all grants. If the provider's \
             user or token lacks this privilege, the result contains only some of the grants, and \
             the provider shows a warning.\n\n\
             An argument that is empty or null does not restrict the result.",
            [
                Attribute::string(
                    "path",
                    "Path whose grants are returned. Grants on paths above or below this path are \
                     not included. Default: all paths.",
                )
                .parses::<AclPath>()
                .blank_is_none(),
                Attribute::string(
                    "auth_id",
                    "User (`user@realm`) or API token (`user@realm!name`) whose grants are \
                     returned. Default: all users and tokens.",
                )
                .parses::<AuthId>()
                .blank_is_none(),
                Attribute::string("role_id", "Role of the grants to return. Default: all roles.")
                    .parses::<RoleId>()
                    .blank_is_none(),
                Attribute::nested(
                    Nesting::List,
                    "acls",
                    "Grants, sorted by `path`, `auth_id` and `role_id`.",
                    [
                        Attribute::string(
                            "id",
                            "Id with which the resource `pbs_acl` imports the grant. The id has \
                             the form `path?auth_id?role_id`.",
                        )
                        .computed(),
                        Attribute::string("path", "Path on which the role is granted.").computed(),
                        Attribute::string("auth_id", "User or API token that has the role.")
                            .computed(),
                        Attribute::string("role_id", "Granted role.").computed(),
                        Attribute::boolean(
                            "propagate",
                            "Whether the role also applies to all paths below `path`.",
                        )
                        .computed(),
                    ],
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let pbs = cx.client()?;
        let grants = pbs.grants().await?;
        warn_of_incomplete_grants(cx, pbs).await?;
        let State { path, auth_id, role_id, acls: _ } = &config;
        let grants = grants.matching(path.as_ref(), auth_id.as_ref(), role_id.as_ref());
        Ok(State { acls: Some(grants.into_iter().map(Acl::from_api).collect()), ..config })
    }
}

impl Acl {
    fn from_api(grant: Grant) -> Self {
        let Grant { path, auth_id, role: role_id, propagate } = grant;
        let id = format!("{path}?{auth_id}?{role_id}");
        Self { id, path, auth_id, role_id, propagate }
    }
}
