//! The list resource for `terraform query`.

use super::{Id, State, User};
use crate::{pbs::Client, shared::completeness::warn_of_incomplete_users};
use serde::Deserialize;
use tf_plugin::{Cx, Items, List, Result, Schema};

/// The arguments of the `list` block. There are none, because the list of users cannot be filtered.
#[derive(Deserialize)]
pub(crate) struct Filter {}

impl List<Client> for User {
    type Filter = Filter;

    fn list_schema() -> Schema {
        Schema::new(
            "Lists the users that the provider's credentials are allowed to see.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access/users` to see all users. If the provider's \
             user or token lacks this privilege, the list contains only the provider's own user, \
             and the provider shows a warning.",
            [],
        )
    }

    async fn list(cx: &Cx<Client>, _: Filter, out: &mut Items<'_, Id, State>) -> Result<()> {
        let pbs = cx.client()?;
        let mut users = pbs.users().await?;
        warn_of_incomplete_users(cx, pbs, "users", users.iter().map(|user| &user.id)).await?;
        users.sort_by(|a, b| a.id.cmp(&b.id));
        for user in users {
            let id = Id { user_id: user.id.clone() };
            if out.item(&id, Some(&State::from_api(user))).await.is_break() {
                break;
            }
        }
        Ok(())
    }
}
