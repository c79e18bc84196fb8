//! `pbs_token_check`: whether a token can log in, and its effective privileges.

use crate::{
    pbs::{ApiToken, Client, Credentials, Secret, TokenId},
    shared::secret,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tf_plugin::{
    Attribute, Cx, DataSource, Diagnostic, Field, Result, Schema, Type, View, sentence,
};

pub(crate) struct TokenCheck;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    id: TokenId,
    #[serde(serialize_with = "secret::serialize")]
    secret: Option<Secret>,
    valid: Option<bool>,
    privileges: Option<BTreeMap<String, BTreeSet<String>>>,
}

impl DataSource<Client> for TokenCheck {
    const NAME: &'static str = "token_check";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Logs in as an API token. The result says whether the server accepts the token. If the \
             server accepts the token, the result contains the privileges of the token. To verify \
             that a token works, use this data source in a `check` block or a postcondition.\n\n\
             If `secret` is null, the data source does not log in, and shows a warning. For \
             example, the secret of a `pbs_api_token` is null after an import.\n\n\
             Privileges on PBS: none. The provider logs in as the token that is checked.",
            [
                Attribute::string("id", "Id of the token, `user@realm!name`.")
                    .required()
                    .parses::<TokenId>(),
                Attribute::string(
                    "secret",
                    "Secret of the token. If the secret is null, the data source does not check \
                     the token.",
                )
                .sensitive()
                .verbatim(),
                Attribute::boolean(
                    "valid",
                    "Whether the server accepts the token. The server accepts the token if the \
                     secret is correct and if the token and its user are enabled and have not \
                     expired. If the server rejects the token, the response takes three seconds. \
                     Null if `secret` is null.",
                )
                .computed(),
                Attribute::plain(
                    Type::map(Type::set(Type::String)),
                    "privileges",
                    "Effective privileges of the token. Each key is a path, for example \
                     `/datastore/store1`. The value is the set of privileges on this path. The map \
                     is empty if the server rejects the token, if the token has no privileges, or \
                     if `secret` is null.",
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let State { id, secret, .. } = config;
        let Some(secret) = secret else {
            cx.warn(not_checked_warning(&id));
            return Ok(State { id, secret: None, valid: None, privileges: Some(BTreeMap::new()) });
        };
        let credentials = Credentials::ApiToken(api_token(id.clone(), secret.clone())?);
        let permissions = cx.client()?.acting_as(credentials)?.permissions(None, None).await;
        let (valid, permissions) = match permissions {
            Ok(permissions) => (true, permissions),
            Err(error) if error.is_unauthorized() => (false, BTreeMap::new()),
            Err(error) => return Err(error.into()),
        };
        let names_on_path = |(path, privileges): (String, BTreeMap<String, bool>)| {
            (path, privileges.into_keys().collect())
        };
        let privileges = permissions.into_iter().map(names_on_path).collect();
        Ok(State { id, secret: Some(secret), valid: Some(valid), privileges: Some(privileges) })
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        match (config.get("id")?, config.get("secret")?) {
            (Field::Known(id), Field::Known(secret)) => api_token(id, secret).map(drop),
            _ => Ok(()),
        }
    }
}

fn not_checked_warning(id: &TokenId) -> Diagnostic {
    Diagnostic::warning(
        format!("The token {id} was not checked"),
        "`secret` is null, so the provider could not log in as the token, and `valid` is null. If \
         `secret` refers to a `pbs_api_token` that was imported, the secret is not in the state. \
         To get a secret into the state, add `rotation_triggers` to the `pbs_api_token`. The next \
         apply then gives the token a new secret, and the old secret stops working.",
    )
    .at("secret")
}

fn api_token(id: TokenId, secret: Secret) -> Result<ApiToken> {
    ApiToken::new(id, secret).map_err(|error| {
        Diagnostic::error("Invalid secret", sentence(error.to_string())).at("secret")
    })
}
