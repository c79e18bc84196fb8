//! The list resource for `terraform query`.

use super::{Acl, Id, State};
use crate::{
    pbs::{AclPath, AuthId, Client, RoleId},
    shared::completeness::warn_of_incomplete_grants,
};
use serde::Deserialize;
use tf_plugin::{Attribute, Cx, Items, List, Result, Schema};

/// The arguments of the `list` block.
#[derive(Deserialize)]
pub(crate) struct Filter {
    path: Option<AclPath>,
    auth_id: Option<AuthId>,
    role_id: Option<RoleId>,
}

impl List<Client> for Acl {
    type Filter = Filter;

    fn list_schema() -> Schema {
        Schema::new(
            "Lists the grants (ACL entries) that the provider's credentials are allowed to \
             see.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access/acl` to see all grants. If the provider's \
             user or token lacks this privilege, the list contains only some of the grants, and \
             the provider shows a warning.",
            [
                Attribute::string(
                    "path",
                    "Path whose grants are listed. Grants on paths above or below this path are \
                     not included. Default: all paths.",
                )
                .parses::<AclPath>()
                .blank_is_none(),
                Attribute::string(
                    "auth_id",
                    "User (`user@realm`) or API token (`user@realm!name`) whose grants are \
                     listed. Default: all users and tokens.",
                )
                .parses::<AuthId>()
                .blank_is_none(),
                Attribute::string("role_id", "Role of the grants to list. Default: all roles.")
                    .parses::<RoleId>()
                    .blank_is_none(),
            ],
        )
    }

    async fn list(cx: &Cx<Client>, filter: Filter, out: &mut Items<'_, Id, State>) -> Result<()> {
        let Filter { path, auth_id, role_id } = filter;
        let pbs = cx.client()?;
        let grants = pbs.grants().await?;
        warn_of_incomplete_grants(cx, pbs).await?;
        for grant in grants.matching(path.as_ref(), auth_id.as_ref(), role_id.as_ref()) {
            let id = Id {
                path: grant.path.clone(),
                auth_id: grant.auth_id.clone(),
                role_id: grant.role.clone(),
            };
            if out.item(&id, Some(&State::from_api(grant))).await.is_break() {
                break;
            }
        }
        Ok(())
    }
}
