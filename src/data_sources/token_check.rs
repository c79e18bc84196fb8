//! `pbs_token_check`: whether a token can log in, and what it may do then.

use crate::pbs::{ApiToken, Client, Credentials, Secret, TokenId};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use tf_plugin::{
    Attribute, Cx, DataSource, Diagnostic, Field, Result, Schema, Type, View, sentence,
};

pub(crate) struct TokenCheck;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    id: TokenId,
    #[serde(serialize_with = "into_state")]
    secret: Secret,
    valid: Option<bool>,
    privileges: Option<BTreeMap<String, BTreeSet<String>>>,
}

impl DataSource<Client> for TokenCheck {
    const NAME: &'static str = "token_check";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Logs in as a token, to find out whether its secret is right and what it may do: the last step after \
             making a token, for a `check` block or a postcondition.",
            [
                Attribute::string("id", "The token, `user@realm!name`.")
                    .required()
                    .parses::<TokenId>(),
                Attribute::string("secret", "Its secret.").required().sensitive().verbatim(),
                Attribute::boolean(
                    "valid",
                    "Whether the server accepts it: the secret is right, and neither token nor user is switched \
                     off or has expired. Finding out that it does not takes the server 3 seconds.",
                )
                .computed(),
                Attribute::plain(
                    Type::map(Type::set(Type::String)),
                    "privileges",
                    "What it may do, by path. Empty where it is not accepted or has no grants yet.",
                )
                .computed(),
            ],
        )
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        match (config.get("id")?, config.get("secret")?) {
            (Field::Known(id), Field::Known(secret)) => token(id, secret).map(drop),
            _ => Ok(()),
        }
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let State { id, secret, .. } = config;
        let token = token(id.clone(), secret.clone())?;
        let told =
            cx.client()?.acting_as(Credentials::ApiToken(token))?.permissions(None, None).await;
        let (valid, told) = match told {
            Ok(told) => (true, told),
            Err(error) if error.is_unauthorized() => (false, BTreeMap::new()),
            Err(error) => return Err(error.into()),
        };
        let names = |(path, privileges): (String, BTreeMap<String, bool>)| {
            (path, privileges.into_keys().collect())
        };
        let privileges = told.into_iter().map(names).collect();
        Ok(State { id, secret, valid: Some(valid), privileges: Some(privileges) })
    }
}

fn token(id: TokenId, secret: Secret) -> Result<ApiToken> {
    ApiToken::new(id, secret).map_err(|error| {
        Diagnostic::error("Invalid secret", sentence(error.to_string())).at("secret")
    })
}

/// Core insists on getting an argument back.
fn into_state<S: Serializer>(
    secret: &Secret,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}
