//! Finding the grants that are there.

use super::{Acl, Id, State};
use crate::pbs::{AclPath, AuthId, Client, RoleId};
use serde::Deserialize;
use tf_plugin::{Attribute, Cx, Diagnostic, Items, List, Result, Schema};

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
            "Finds the grants that the provider's own user or token may see.",
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
            ],
        )
    }

    async fn list(cx: &Cx<Client>, filter: Filter, out: &mut Items<'_, Id, State>) -> Result<()> {
        let Filter { path, auth_id, role_id } = filter;
        let pbs = cx.client()?;
        let grants = pbs.grants().await?;
        if !pbs.can_see_all_grants().await? {
            cx.warn(Diagnostic::warning(
                "Perhaps not all grants",
                "PBS shows the provider's own user or token only a part of the grants. Give it the privilege \
                 `Sys.Audit` on `/access/acl` to see all.",
            ));
        }
        for entry in grants.matching(path.as_ref(), auth_id.as_ref(), role_id.as_ref()) {
            let id = Id {
                path: entry.path.clone(),
                auth_id: entry.auth_id.clone(),
                role_id: entry.role.clone(),
            };
            if out.item(&id, Some(&State::from_api(entry))).await.is_break() {
                break;
            }
        }
        Ok(())
    }
}
