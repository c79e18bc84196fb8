//! `pbs_api_token`: one API token without its secret.

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
            "Reads an existing API token. The result does not contain the secret, because PBS \
             shows a secret only once. If the token does not exist, the data source fails.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access/users` for the provider's user or token.",
            [
                Attribute::string("user_id", "User that owns the token, as `user@realm`.")
                    .required()
                    .parses::<UserId>(),
                Attribute::string("token_name", "Name of the token.")
                    .required()
                    .parses::<TokenName>(),
                Attribute::string("id", "Id of the token, `user@realm!name`.").computed(),
                Attribute::string("comment", "Comment. Null if the value is not set.").computed(),
                Attribute::boolean(
                    "enabled",
                    "Whether the token is enabled. PBS rejects a disabled token. PBS also rejects \
                     an enabled token if the token has expired, its user has expired, or its user \
                     is disabled.",
                )
                .computed(),
                Attribute::string(
                    "expiration_date",
                    "RFC 3339 timestamp after which the token can no longer be used. Null if the \
                     token never expires.",
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let id = TokenId::new(config.user_id, config.token_name)?;
        match cx.client()?.token(&id).await? {
            Some(token) => Ok(State::from_api(token)),
            None => Err(Diagnostic::failure(format!(
                "There is no token {id} on this server. Check `user_id` and `token_name`."
            ))
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
