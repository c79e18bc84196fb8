//! `pbs_acls`: the grants that are there.

use crate::pbs::{AclPath, AuthId, Client, Grant, RoleId};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Diagnostic, Nesting, Result, Schema};

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
            "The grants on the server. To see all of them takes `Sys.Audit` on `/access/acl`; a warning says when \
             the provider's own user or token lacks it, and what is shown may be a part.",
            [
                Attribute::string("path", "Only those on exactly this path.")
                    .parses::<AclPath>()
                    .blank_is_none(),
                Attribute::string("auth_id", "Only those of this user or token.")
                    .parses::<AuthId>()
                    .blank_is_none(),
                Attribute::string("role_id", "Only those of this role.")
                    .parses::<RoleId>()
                    .blank_is_none(),
                Attribute::nested(
                    Nesting::List,
                    "acls",
                    "The grants, sorted by path, subject and role.",
                    [
                        Attribute::string("path", "On what the role counts.").computed(),
                        Attribute::string("auth_id", "Who has it: a user or a token.").computed(),
                        Attribute::string("role_id", "The role.").computed(),
                        Attribute::boolean("propagate", "Whether it counts below `path` too.")
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
        if !pbs.can_see_all_grants().await? {
            cx.warn(Diagnostic::warning(
                "Perhaps not all grants",
                "PBS shows the provider's own user or token only a part of the grants. Give it the privilege \
                 `Sys.Audit` on `/access/acl` to see all.",
            ));
        }
        let State { path, auth_id, role_id, acls: _ } = &config;
        let entries = grants.matching(path.as_ref(), auth_id.as_ref(), role_id.as_ref());
        Ok(State { acls: Some(entries.into_iter().map(Acl::from_api).collect()), ..config })
    }
}

impl Acl {
    fn from_api(entry: Grant) -> Self {
        let Grant { path, auth_id, role: role_id, propagate } = entry;
        Self { path, auth_id, role_id, propagate }
    }
}
