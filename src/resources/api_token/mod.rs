//! `pbs_api_token`: an API token, with which a program logs in on behalf of a user.

mod doubt;
mod issue;
mod list;
mod messages;
mod migrate;
mod plan;
mod rotation;
mod window;

use crate::{
    data_sources,
    pbs::{
        self, ApiToken as Credential, AuthId, Client, Comment, Moment, Secret, Token, TokenChange,
        TokenId, TokenName, UserId,
    },
    shared::{clock, messages::warn_of_inherited_grants, secret},
};
use doubt::Validity;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};
use tf_plugin::{
    Attribute, Companions, Cx, Diagnostic, Plan, Resource, Result, Schema, Type, View,
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
    validity_days: Option<u32>,
    early_renewal_days: Option<u32>,
    rotation_triggers: Option<Triggers>,
    ready_for_renewal: Option<bool>,
    id: Option<TokenId>,
    #[serde(serialize_with = "secret::serialize")]
    secret: Option<Secret>,
    #[serde(serialize_with = "secret::serialize")]
    api_token: Option<Secret>,
    issued_at: Option<Moment>,
}

/// The values of `rotation_triggers`. A value can be null, and a change to null rotates the secret
/// like every other change.
type Triggers = BTreeMap<String, Option<String>>;

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
            "Manages an API token. With the id and the secret of a token, a program logs in on \
             behalf of a user.\n\n\
             A new token has no privileges. A token has a privilege only where its user has the \
             same privilege. Grant a role to the token *and* to its user, each with its own \
             `pbs_acl`.\n\n\
             The state contains the secret. The secret is marked as sensitive, but it is not \
             encrypted. Protect the state as carefully as the secret.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access/users` to read tokens, and \
             `Permissions.Modify` on `/access/users` to create, change and delete tokens and to \
             rotate secrets. The provider's user or token needs both privileges.",
            [
                Attribute::string(
                    "user_id",
                    "User that owns the token, as `user@realm`. The user must exist.",
                )
                .required()
                .replaces()
                .identity()
                .parses::<UserId>(),
                Attribute::string(
                    "token_name",
                    "Name of the token, for example `backup`. The name must be unique among the \
                     tokens of the user. The whole id, `user@realm!name`, can have at most 64 \
                     characters. If the name changes, Terraform replaces the token, and the new \
                     token has a new secret. The existing backup groups still belong to the old \
                     token, so change the owner of these groups.",
                )
                .required()
                .replaces()
                .identity()
                .parses::<TokenName>(),
                Attribute::string(
                    "comment",
                    "Comment, a single line of at most 128 characters. Default: none.",
                )
                .parses::<Comment>()
                .blank_is_none(),
                Attribute::boolean(
                    "enabled",
                    "Whether the token is enabled. PBS rejects a disabled token. Default: `true`.",
                )
                .default(true),
                Attribute::string(
                    "expiration_date",
                    "RFC 3339 timestamp after which the token can no longer be used, for example \
                     `2030-01-31T12:00:00Z`. The timestamp can have any time zone. PBS stores \
                     whole seconds, so a fraction of a second must be zero, for example \
                     `12:00:00.000Z`. A year after 9999 begins with a plus sign, for example \
                     `+10000-01-01T00:00:00Z`. Conflicts with `validity_days`. Omit both arguments \
                     for a token that never expires. An empty text has the same meaning as an \
                     omitted argument.",
                )
                .optional_computed()
                .parses::<Moment>()
                .compared_as::<Moment>()
                .blank_is_none(),
                Attribute::number(
                    "validity_days",
                    "Number of days for which each secret is valid, from 1 to 36500. The days \
                     count from the time at which the secret was issued. Each rotation therefore \
                     starts a new period. Conflicts with `expiration_date`. Omit both arguments \
                     for a token that never expires.",
                )
                .integer(1..=36_500),
                Attribute::number(
                    "early_renewal_days",
                    "Number of days before the expiration of the secret, from 1 to 36499. When \
                     only this number of days remains, the next apply rotates the secret. Requires \
                     `validity_days`, and must be smaller than `validity_days`. Without \
                     `early_renewal_days`, the provider lets the secret expire, and the token can \
                     no longer be used after the expiration.",
                )
                .integer(1..=36_499),
                Attribute::plain(
                    Type::map(Type::String),
                    "rotation_triggers",
                    "Map of arbitrary values. When the map changes, the apply rotates the secret \
                     without replacing the token. Adding the argument to an existing token also \
                     rotates the secret, and the plan shows a warning. Exception: if the argument \
                     is removed, or the map becomes empty, the secret is not rotated. When a \
                     secret is rotated, the old secret stops working immediately. The id, the \
                     grants and the backup groups of the token stay the same. A rotation requires \
                     PBS 3.4 or newer. Default: none.",
                )
                .blank_is_none(),
                Attribute::boolean(
                    "ready_for_renewal",
                    "Whether the secret is due for rotation because of `early_renewal_days`. The \
                     provider calculates this value when Terraform refreshes the state. If the \
                     value is `true`, the apply after the refresh rotates the secret. With \
                     `-refresh=false`, the value stays as it is in the state.",
                )
                .computed()
                .stable(),
                Attribute::string("id", "Id of the token, `user@realm!name`.").computed().stable(),
                Attribute::string(
                    "secret",
                    "Secret of the token. Use the secret as `PBS_PASSWORD` for \
                     `proxmox-backup-client`, or as the password of a Proxmox VE storage. After an \
                     import, the value is null until the secret is rotated, because PBS shows a \
                     secret only once. To check that the secret works, use the data source \
                     [`pbs_token_check`](../data-sources/token_check.md) or the provider argument \
                     `verify_secrets`.",
                )
                .computed()
                .stable()
                .sensitive(),
                Attribute::string(
                    "api_token",
                    "Id and secret as `user@realm!name:secret`. The provider's argument \
                     `api_token` expects a value in this form. After an import, the value is null \
                     until the secret is rotated.",
                )
                .computed()
                .stable()
                .sensitive(),
                Attribute::string(
                    "issued_at",
                    "Time at which the secret was issued, as an RFC 3339 timestamp. After an \
                     import, the value is null until the secret is rotated, because PBS does not \
                     store this time.",
                )
                .computed()
                .stable()
                .compared_as::<Moment>(),
            ],
        )
        // Version 0 is the state of another provider's `pbs_api_token`; see `migrate`.
        .version(1)
    }

    async fn create(cx: &Cx<Client>, plan: State) -> Result<State> {
        let pbs = cx.client()?;
        // The plan could not check the length of the id if `user_id` was not known.
        TokenId::new(plan.user_id.clone(), plan.token_name.clone())
            .map_err(|error| messages::id_too_long(&error))?;
        // PBS creates a token even if the user does not exist, so the provider first checks that
        // the user exists.
        if pbs.user(&plan.user_id).await?.is_none() {
            return Err(messages::no_such_user(&plan.user_id));
        }
        // The clock is read only once, so that the expiration date is exactly `validity_days` after
        // `issued_at`.
        let issued_at = window::whole_second(cx.now());
        let plan = State { issued_at, ..plan }.with_expiration_date(cx)?;
        let token = plan.to_api()?;
        match issue::create(pbs, &token).await {
            Ok(secret) => {
                let state = plan.with_secret(token.id.clone(), secret);
                cx.checkpoint(&state)?;
                state.warn_of_clock(cx);
                warn_of_inherited_grants(cx, pbs, &AuthId::Token(token.id)).await;
                Ok(state)
            }
            Err(issue::Failure::Untouched(error)) => Err(error),
            Err(issue::Failure::SecretLost(error)) => {
                cx.checkpoint_tainted(&State { issued_at: None, ..plan.without_secret(token.id) })?;
                Err(error)
            }
        }
    }

    async fn read(cx: &Cx<Client>, id: &Id, prior: Option<State>) -> Result<Option<State>> {
        let id = id.to_api()?;
        let Some(token) = cx.client()?.token(&id).await? else { return Ok(None) };
        let Some(prior) = prior else {
            cx.warn(messages::secret_unknown(&id));
            return Ok(Some(State::from_api(token)));
        };
        let now = window::whole_second(cx.now());
        let warned_of_expiration = messages::warn_of_drift(cx, &prior, &token, now);
        doubt::verify(cx, &prior, &token).await?.store(cx);
        let was_ready = prior.ready_for_renewal == Some(true);
        let was_due = prior.is_due(now) || was_ready;
        let state = prior.with_api(token);
        // If `issued_at` is unknown, `is_due` counts back from the expiration date on the server. A
        // rotation whose response was lost may have postponed this date, although the new secret is
        // unknown. A secret that was due for rotation before this refresh therefore stays due.
        let is_due = state.is_due(now)
            || state.issued_at.is_none() && state.early_renewal_days.is_some() && was_due;
        if warned_of_expiration {
            clock::warn_of_difference(cx, "expiration_date");
        } else if is_due && !was_ready {
            clock::warn_of_difference(cx, "early_renewal_days");
        }
        Ok(Some(State { ready_for_renewal: Some(is_due), ..state }))
    }

    async fn update(cx: &Cx<Client>, prior: State, plan: State) -> Result<State> {
        let (pbs, now) = (cx.client()?, window::whole_second(cx.now()));
        let rotates = cx.unknown("secret")?;
        let issued_at = if rotates { now } else { prior.issued_at };
        let plan = State { issued_at, ..plan }.with_expiration_date(cx)?;
        let (before, after) = (prior.to_api()?, plan.to_api()?);
        let change = change(&before, &after);
        if rotates {
            let secret = match issue::regenerate(pbs, &after.id, &change).await {
                Ok(secret) => secret,
                Err(issue::Failure::Untouched(error)) => return Err(error),
                Err(issue::Failure::SecretLost(error)) => {
                    Validity::after_failed_rotation(cx, pbs, &after.id).store(cx);
                    return Err(error);
                }
            };
            Validity::Valid.store(cx);
            let state = plan.with_secret(after.id, secret);
            cx.checkpoint(&state)?;
            state.warn_of_clock(cx);
            return Ok(state);
        }
        if change != TokenChange::default() {
            pbs.update_token(&after.id, &change).await.map_err(messages::refused)?;
            if change.expire.is_some() {
                plan.warn_of_clock(cx);
            }
        }
        let State { secret, api_token, .. } = prior;
        Ok(State {
            ready_for_renewal: Some(plan.is_due(now)),
            id: Some(after.id),
            secret,
            api_token,
            ..plan
        })
    }

    async fn delete(cx: &Cx<Client>, id: &Id, _: View<'_>) -> Result<()> {
        Ok(cx.client()?.delete_token(&id.to_api()?).await?)
    }

    async fn plan(cx: &Cx<Client>, plan: &mut Plan<'_, State>) -> Result<()> {
        plan::plan(cx, plan)
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        plan::validate(config)
    }

    fn companions(companions: Companions<'_, Client, Self>) {
        companions
            .list()
            .migration()
            .data_source::<data_sources::api_token::ApiToken>()
            .data_source::<data_sources::api_tokens::ApiTokens>();
    }
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

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id: TokenId = text.parse()?;
        Ok(Self { user_id: id.user().clone(), token_name: id.name().clone() })
    }
}

impl State {
    /// The state of a token if only the data on the server is known, for example after an import.
    fn from_api(token: Token) -> Self {
        let Token { id, comment, enabled, expire } = token;
        Self {
            user_id: id.user().clone(),
            token_name: id.name().clone(),
            comment,
            enabled,
            expiration_date: expire.and_then(Moment::from_unix),
            validity_days: None,
            early_renewal_days: None,
            rotation_triggers: None,
            ready_for_renewal: Some(false),
            id: Some(id),
            secret: None,
            api_token: None,
            issued_at: None,
        }
    }

    /// This state with the data from the server. Attributes that PBS does not store keep the values
    /// of this state.
    fn with_api(self, token: Token) -> Self {
        let Token { id, comment, enabled, expire } = token;
        let expiration_date = expire.and_then(Moment::from_unix);
        Self { comment, enabled, expiration_date, id: Some(id), ..self }
    }

    fn with_secret(self, id: TokenId, secret: Secret) -> Self {
        let credential = Credential { id: id.clone(), secret: secret.clone() };
        Self {
            id: Some(id),
            api_token: Some(credential.to_text()),
            secret: Some(secret),
            ready_for_renewal: Some(false),
            ..self
        }
    }

    fn without_secret(self, id: TokenId) -> Self {
        Self { id: Some(id), secret: None, api_token: None, ready_for_renewal: Some(false), ..self }
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

/// The properties of `after` that differ from `before`: the content of an update request.
fn change(before: &Token, after: &Token) -> TokenChange {
    TokenChange {
        comment: (before.comment != after.comment).then(|| after.comment.clone()),
        enabled: (before.enabled != after.enabled).then_some(after.enabled),
        expire: (before.expire != after.expire).then_some(after.expire),
    }
}
