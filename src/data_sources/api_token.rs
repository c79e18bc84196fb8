//! `pbs_api_token`: what PBS tells about one token, which is all but its secret.

use crate::pbs::{Client, Moment, Token, TokenId, TokenName, UserId};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Diagnostic, Result, Schema};

pub(crate) struct ApiToken;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    user_id: UserId,
    token_name: TokenName,
    id: Option<TokenId>,
    comment: Option<String>,
    enabled: Option<bool>,
    expiration_date: Option<Moment>,
}

impl DataSource<Client> for ApiToken {
    const NAME: &'static str = "api_token";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "An API token that is there already, without its secret, which PBS shows only once. It is an error \
             if there is none.",
            [
                Attribute::string("user_id", "The user whom it belongs to, as `name@realm`.")
                    .required()
                    .parses::<UserId>(),
                Attribute::string("token_name", "What it is called among the user's tokens.")
                    .required()
                    .parses::<TokenName>(),
                Attribute::string("id", "The token's id, `user@realm!name`.").computed(),
                Attribute::string("comment", "The remark.").computed(),
                Attribute::boolean("enabled", "Whether it may be used.").computed(),
                Attribute::string(
                    "expiration_date",
                    "From when on it may not be used; null means never.",
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let id = TokenId::new(config.user_id, config.token_name)?;
        match cx.client()?.token(&id).await? {
            Some(token) => Ok(State::from_api(token)),
            None => Err(Diagnostic::failure(format!("There is no token {id} on this server."))
                .at("token_name")),
        }
    }
}

impl State {
    fn from_api(token: Token) -> Self {
        let Token { id, comment, enabled, expire } = token;
        Self {
            user_id: id.user().clone(),
            token_name: id.name().clone(),
            id: Some(id),
            comment,
            enabled: Some(enabled),
            expiration_date: expire.and_then(Moment::from_unix),
        }
    }
}
