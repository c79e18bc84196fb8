//! `pbs_api_token`: an API token, with which a machine acts on behalf of a user.

use super::state_secret;
use crate::{
    pbs::{
        self, ApiToken as Credential, Client, Moment, Secret, Token, TokenChange, TokenId,
        TokenName, UserId,
    },
    plugin::{
        Attribute, Cx, Diagnostic, Field, Plan, Resource, Result, Schema, Type, View, sentence,
    },
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt,
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

pub(crate) struct ApiToken;

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    user_id: UserId,
    token_name: TokenName,
    comment: Option<String>,
    enabled: bool,
    expiration_date: Option<Moment>,
    rotation_triggers: Option<BTreeMap<String, String>>,
    id: Option<TokenId>,
    #[serde(with = "state_secret")]
    secret: Option<Secret>,
    #[serde(with = "state_secret")]
    api_token: Option<Secret>,
    issued_at: Option<Moment>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Id {
    user_id: UserId,
    token_name: TokenName,
}

impl Resource<Client> for ApiToken {
    const NAME: &'static str = "api_token";
    type Id = Id;
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "An API token, with which a machine acts on behalf of a user.\n\n\
             A new token may do nothing: grant a role to it *and* to its user with two `pbs_acl`. Its secret \
             stands in the state, as a sensitive value: protect the state as you protect the secret.",
            [
                Attribute::string("user_id", "The user whom it belongs to, as `name@realm`. The user must exist.")
                    .required()
                    .replaces()
                    .identity()
                    .parses::<UserId>(),
                Attribute::string(
                    "token_name",
                    "What it is called among the user's tokens. The whole id, `user@realm!name`, has at most 64 \
                     characters.",
                )
                .required()
                .replaces()
                .identity()
                .parses::<TokenName>(),
                Attribute::string("comment", "A remark, on one line, of at most 128 characters.")
                    .check(check_comment)
                    .blank_is_none(),
                Attribute::boolean("enabled", "Whether it may be used. Default: `true`.").default(true),
                Attribute::string(
                    "expiration_date",
                    "From when on it may not be used, such as `2030-01-31T12:00:00Z` (RFC 3339, any offset, whole \
                     seconds). Default: never.",
                )
                .or_computed()
                .parses::<Moment>()
                .same::<Moment>()
                .blank_is_none(),
                Attribute::plain(
                    Type::map(Type::String),
                    "rotation_triggers",
                    "Any values. When one of them changes, the token gets a new secret in place: its id, its \
                     grants and its backups stay (PBS 3.4 or newer). Values that are added to a token whose secret \
                     is known are only recorded.",
                )
                .blank_is_none(),
                Attribute::string("id", "The token's id, `user@realm!name`.").computed().stable(),
                Attribute::string(
                    "secret",
                    "The secret: the password of a Proxmox VE storage, or `PBS_PASSWORD`. Null after an import, \
                     since PBS shows it only once.",
                )
                .computed()
                .stable()
                .sensitive(),
                Attribute::string(
                    "api_token",
                    "Id and secret, `user@realm!name:secret`, as this provider's `api_token` wants it.",
                )
                .computed()
                .stable()
                .sensitive(),
                Attribute::string("issued_at", "When this secret was made. Null after an import.")
                    .computed()
                    .stable()
                    .same::<Moment>(),
            ],
        )
        .version(1)
    }

    fn validate(config: View<'_>) -> Result<()> {
        if let (Field::Known(user), Field::Known(name)) =
            (config.get("user_id")?, config.get("token_name")?)
        {
            TokenId::new(user, name).map_err(|error| {
                Diagnostic::error("Invalid token_name", sentence(error.to_string()))
                    .at("token_name")
            })?;
        }
        Ok(())
    }

    async fn plan(cx: &Cx<Client>, plan: &mut Plan<'_, State>) -> Result<()> {
        if plan.is_destroy() {
            return Ok(());
        }
        if plan.config().get::<String>("expiration_date")?.is_null() {
            plan.set("expiration_date", &None::<Moment>)?;
        }
        let Some(prior) = &plan.prior else { return Ok(()) };
        if plan.changed("rotation_triggers") {
            let before =
                prior.rotation_triggers.as_ref().is_some_and(|triggers| !triggers.is_empty());
            let after = !plan.get::<BTreeMap<String, String>>("rotation_triggers")?.is_null();
            let adopts = prior.secret.is_none() && after;
            if adopts {
                cx.warn(takes_over(prior));
            }
            // What appears beside a secret that is known is recorded, and what disappears
            // asks for nothing.
            if adopts || (before && after) {
                rotate(plan);
            }
        }
        Ok(())
    }

    async fn create(cx: &Cx<Client>, plan: State) -> Result<State> {
        let (pbs, token) = (cx.client()?, plan.to_api()?);
        // For a user that does not exist PBS would make a token all the same.
        if pbs.user(&plan.user_id).await?.is_none() {
            return Err(no_such_user(&plan.user_id));
        }
        let issued_at = moment(cx.now());
        let secret = pbs.create_token(&token).await.map_err(|error| refused(error, &token.id))?;
        let state = State::from_api(token, plan.rotation_triggers).with_secret(secret, issued_at);
        cx.save(&state)?;
        Ok(state)
    }

    async fn read(cx: &Cx<Client>, id: &Id, prior: Option<State>) -> Result<Option<State>> {
        let id = id.to_api()?;
        let Some(token) = cx.client()?.token(&id).await? else { return Ok(None) };
        let Some(prior) = prior else {
            cx.warn(unknown_secret(&id));
            return Ok(Some(State::from_api(token, None)));
        };
        let State { rotation_triggers, secret, api_token, issued_at, .. } = prior;
        let state = State::from_api(token, rotation_triggers);
        Ok(Some(State { secret, api_token, issued_at, ..state }))
    }

    async fn update(cx: &Cx<Client>, prior: State, plan: State) -> Result<State> {
        let (pbs, before, after) = (cx.client()?, prior.to_api()?, plan.to_api()?);
        let change = change(&before, &after);
        if cx.unknown("secret") {
            let issued_at = moment(cx.now());
            let secret = pbs.regenerate_token(&after.id, &change).await;
            let secret = secret.map_err(|error| refused(error, &after.id))?;
            let state =
                State::from_api(after, plan.rotation_triggers).with_secret(secret, issued_at);
            cx.save(&state)?;
            return Ok(state);
        }
        if change != TokenChange::default() {
            pbs.update_token(&after.id, &change).await?;
        }
        let State { secret, api_token, issued_at, .. } = prior;
        let state = State::from_api(after, plan.rotation_triggers);
        Ok(State { secret, api_token, issued_at, ..state })
    }

    async fn delete(cx: &Cx<Client>, id: &Id) -> Result<()> {
        Ok(cx.client()?.delete_token(&id.to_api()?).await?)
    }
}

/// What a rotation leaves to apply, and nothing else.
fn rotate(plan: &mut Plan<'_, State>) {
    for attribute in ["secret", "api_token", "issued_at"] {
        plan.set_unknown(attribute);
    }
}

fn change(before: &Token, after: &Token) -> TokenChange {
    let differs = |differs: bool| differs.then_some(());
    TokenChange {
        comment: differs(before.comment != after.comment).map(|()| after.comment.clone()),
        enabled: differs(before.enabled != after.enabled).map(|()| after.enabled),
        expire: differs(before.expire != after.expire).map(|()| after.expire),
    }
}

/// The second in which something happens, as PBS counts.
fn moment(now: SystemTime) -> Option<Moment> {
    let since = now.duration_since(UNIX_EPOCH).ok()?;
    Moment::from_unix(i64::try_from(since.as_secs()).ok()?)
}

fn check_comment(text: &str) -> std::result::Result<(), String> {
    const MOST: usize = 128;
    match text.chars().count() {
        length if length > MOST => {
            Err(format!("It has {length} characters; PBS keeps at most {MOST}. Shorten it."))
        }
        _ if text.chars().any(char::is_control) => {
            Err("It must be one line, without control characters such as tabs.".into())
        }
        _ => Ok(()),
    }
}

fn no_such_user(user: &UserId) -> Diagnostic {
    Diagnostic::error(
        format!("There is no user {user}"),
        "A token belongs to a user. Create the user first (`pbs_user`, or on the server), and refer to it so \
         that Terraform keeps the order: `user_id = pbs_user.NAME.id`.",
    )
    .at("user_id")
}

fn unknown_secret(id: &TokenId) -> Diagnostic {
    Diagnostic::warning(
        format!("The secret of {id} is unknown"),
        "PBS shows a secret only once, so `secret` and `api_token` are null after an import. Whoever uses the \
         token keeps working. To have a secret here, set `rotation_triggers`: the token then gets a new one, and \
         the old one stops working.",
    )
}

fn takes_over(prior: &State) -> Diagnostic {
    let State { user_id, token_name, .. } = prior;
    Diagnostic::warning(
        format!("The secret of {user_id}!{token_name} will be replaced"),
        "Its present secret is not known here, and `rotation_triggers` asks for a new one. Whoever uses the \
         token with the old secret loses access when this is applied.",
    )
    .at("rotation_triggers")
}

/// Adds what to do to the refusals that have a way out.
fn refused(error: pbs::Error, id: &TokenId) -> Diagnostic {
    if error.already_exists() {
        return Diagnostic::error(
            format!("The token {id} already exists"),
            format!(
                "Nothing was changed. To manage the token that is there, import it:\n\n  import {{\n    to = \
                 pbs_api_token.NAME\n    id = \"{id}\"\n  }}\n\nIts secret stays unknown then, until \
                 `rotation_triggers` asks for a new one. Otherwise choose another `token_name`, or delete the \
                 token on the server."
            ),
        );
    }
    if error.is_too_old() {
        return Diagnostic::error(
            format!("This server cannot give {id} a new secret in place"),
            "That came with PBS 3.4. Upgrade the server, or replace the token with `terraform apply \
             -replace=ADDRESS`: its grants are then made again.",
        );
    }
    error.into()
}

impl Id {
    fn to_api(&self) -> Result<TokenId> {
        Ok(TokenId::new(self.user_id.clone(), self.token_name.clone())?)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}!{}", self.user_id, self.token_name)
    }
}

impl FromStr for Id {
    type Err = pbs::Malformed;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let id: TokenId = text.parse()?;
        Ok(Self { user_id: id.user().clone(), token_name: id.name().clone() })
    }
}

impl State {
    fn from_api(token: Token, rotation_triggers: Option<BTreeMap<String, String>>) -> Self {
        let Token { id, comment, enabled, expire } = token;
        Self {
            user_id: id.user().clone(),
            token_name: id.name().clone(),
            comment,
            enabled,
            expiration_date: expire.and_then(Moment::from_unix),
            rotation_triggers,
            id: Some(id),
            secret: None,
            api_token: None,
            issued_at: None,
        }
    }

    fn with_secret(self, secret: Secret, issued_at: Option<Moment>) -> Self {
        let credential = self.id.clone().map(|id| Credential { id, secret: secret.clone() });
        let api_token = credential.map(|credential| credential.to_text());
        Self { secret: Some(secret), api_token, issued_at, ..self }
    }

    fn to_api(&self) -> Result<Token> {
        let Self { user_id, token_name, comment, enabled, expiration_date, .. } = self;
        Ok(Token {
            id: TokenId::new(user_id.clone(), token_name.clone())?,
            comment: comment.clone().filter(|comment| !comment.is_empty()),
            enabled: *enabled,
            expire: expiration_date.map(Moment::unix),
        })
    }
}
