//! `pbs_api_tokens`: the API tokens of all users or of one user, without their secrets.

use crate::{
    pbs::{Client, Moment, Token as PbsToken, TokenId, TokenName, UserId},
    shared::completeness::warn_of_incomplete_users,
};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Nesting, Result, Schema};

pub(crate) struct ApiTokens;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    user_id: Option<UserId>,
    tokens: Option<Vec<Token>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Token {
    id: TokenId,
    user_id: UserId,
    token_name: TokenName,
    comment: Option<String>,
    enabled: bool,
    expiration_date: Option<Moment>,
}

impl DataSource<Client> for ApiTokens {
    const NAME: &'static str = "api_tokens";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads the API tokens that the provider's credentials are allowed to see. The result \
             does not contain the secrets, because PBS shows a secret only once.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access/users` to see the tokens of all users. If \
             the provider's user or token lacks this privilege, the result contains only the \
             tokens of the provider's own user, and the provider shows a warning.\n\n\
             An argument that is empty or null does not restrict the result.",
            [
                Attribute::string(
                    "user_id",
                    "Id (`user@realm`) of the user whose tokens are returned. Default: all users.",
                )
                .parses::<UserId>()
                .blank_is_none(),
                Attribute::nested(
                    Nesting::List,
                    "tokens",
                    "Tokens, sorted by `id`.",
                    [
                        Attribute::string("id", "Id of the token, `user@realm!name`.").computed(),
                        Attribute::string("user_id", "User that owns the token, as `user@realm`.")
                            .computed(),
                        Attribute::string("token_name", "Name of the token.").computed(),
                        Attribute::string("comment", "Comment. Null if the value is not set.")
                            .computed(),
                        Attribute::boolean(
                            "enabled",
                            "Whether the token is enabled. PBS rejects a disabled token. PBS also \
                             rejects an enabled token if the token has expired, its user has \
                             expired, or its user is disabled.",
                        )
                        .computed(),
                        Attribute::string(
                            "expiration_date",
                            "RFC 3339 timestamp after which the token can no longer be used. Null \
                             if the token never expires.",
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
        let mut tokens = pbs.tokens(config.user_id.as_ref()).await?;
        if config.user_id.is_none() {
            let owners = tokens.iter().map(|token| token.id.user());
            warn_of_incomplete_users(cx, pbs, "tokens", owners).await?;
        }
        tokens.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(State { tokens: Some(tokens.into_iter().map(Token::from_api).collect()), ..config })
    }
}

impl Token {
    fn from_api(token: PbsToken) -> Self {
        let PbsToken { id, comment, enabled, expire } = token;
        Self {
            user_id: id.user().clone(),
            token_name: id.name().clone(),
            id,
            comment,
            enabled,
            expiration_date: expire.and_then(Moment::from_unix),
        }
    }
}
