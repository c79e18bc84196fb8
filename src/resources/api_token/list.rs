//! The list resource for `terraform query`.

use super::{ApiToken, Id, State};
use crate::{
    pbs::{Client, UserId},
    shared::completeness::warn_of_incomplete_users,
};
use serde::Deserialize;
use tf_plugin::{Attribute, Cx, Items, List, Result, Schema};

/// The arguments of the `list` block.
#[derive(Deserialize)]
pub(crate) struct Filter {
    user_id: Option<UserId>,
}

impl List<Client> for ApiToken {
    type Filter = Filter;

    fn list_schema() -> Schema {
        Schema::new(
            "Lists the API tokens that the provider's credentials are allowed to see. The list \
             does not contain the secrets, because PBS shows a secret only once.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access/users` to see the tokens of all users. If \
             the provider's user or token lacks this privilege, the list contains only the tokens \
             of the provider's own user, and the provider shows a warning.",
            [Attribute::string(
                "user_id",
                "Id (`user@realm`) of the user whose tokens are listed. Default: all users.",
            )
            .parses::<UserId>()
            .blank_is_none()],
        )
    }

    async fn list(cx: &Cx<Client>, filter: Filter, out: &mut Items<'_, Id, State>) -> Result<()> {
        let pbs = cx.client()?;
        let mut tokens = pbs.tokens(filter.user_id.as_ref()).await?;
        if filter.user_id.is_none() {
            let owners = tokens.iter().map(|token| token.id.user());
            warn_of_incomplete_users(cx, pbs, "tokens", owners).await?;
        }
        tokens.sort_by(|a, b| a.id.cmp(&b.id));
        for token in tokens {
            let id = Id { user_id: token.id.user().clone(), token_name: token.id.name().clone() };
            if out.item(&id, Some(&State::from_api(token))).await.is_break() {
                break;
            }
        }
        Ok(())
    }
}
