//! `pbs_api_tokens`: what PBS tells about all tokens, or about those of one user.

use crate::pbs::{Client, Moment, Token as Api, TokenId, TokenName, UserId};
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
            "The API tokens that the provider's own user or token may see, without their secrets.",
            [
                Attribute::string("user_id", "Only those of this user.")
                    .parses::<UserId>()
                    .blank_is_none(),
                Attribute::nested(
                    Nesting::List,
                    "tokens",
                    "The tokens, sorted by `id`.",
                    [
                        Attribute::string("id", "The token's id, `user@realm!name`.").computed(),
                        Attribute::string("user_id", "The user whom it belongs to.").computed(),
                        Attribute::string(
                            "token_name",
                            "What it is called among the user's tokens.",
                        )
                        .computed(),
                        Attribute::string("comment", "The remark.").computed(),
                        Attribute::boolean("enabled", "Whether it may be used.").computed(),
                        Attribute::string(
                            "expiration_date",
                            "From when on it may not be used; null means never.",
                        )
                        .computed(),
                    ],
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let mut tokens = cx.client()?.tokens(config.user_id.as_ref()).await?;
        tokens.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(State { tokens: Some(tokens.into_iter().map(Token::from_api).collect()), ..config })
    }
}

impl Token {
    fn from_api(token: Api) -> Self {
        let Api { id, comment, enabled, expire } = token;
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
