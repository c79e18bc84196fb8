//! `pbs_api_token`: an API token, with which a machine acts on behalf of a user.

mod explain;
mod issue;
mod list;
mod migrate;
mod window;

use super::state_secret;
use crate::data_sources;
use crate::pbs::{
    self, ApiToken as Credential, Client, Comment, Moment, Secret, Token, TokenChange, TokenId,
    TokenName, UserId,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};
use tf_plugin::{
    Attribute, Companions, Cx, Diagnostic, Field, Plan, Resource, Result, Schema, Type, View,
    sentence,
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
    #[serde(with = "state_secret")]
    secret: Option<Secret>,
    #[serde(with = "state_secret")]
    api_token: Option<Secret>,
    issued_at: Option<Moment>,
}

/// One of them may be null: that it becomes so is a change like any other.
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
            "An API token, with which a machine acts on behalf of a user.\n\n\
             A new token may do nothing: grant a role to it *and* to its user with two `pbs_acl`. Its secret \
             stands in the state, as a sensitive value: protect the state as you protect the secret.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access/users` to read, `Permissions.Modify` on `/access/users` to \
             create, change, renew and delete.",
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
                Attribute::string("comment", "A remark, on one line, of at most 128 characters. Default: none.")
                    .parses::<Comment>()
                    .blank_is_none(),
                Attribute::boolean("enabled", "Whether it may be used. Default: `true`.").default(true),
                Attribute::string(
                    "expiration_date",
                    "From when on it may not be used, such as `2030-01-31T12:00:00Z` (RFC 3339, any offset, whole \
                     seconds). Default: never.",
                )
                .optional_computed()
                .parses::<Moment>()
                .compared_as::<Moment>()
                .blank_is_none(),
                Attribute::number(
                    "validity_days",
                    "Instead of `expiration_date`: how many days each secret is valid, from the second in which it \
                     was made. Every rotation begins a new term. Default: without end.",
                )
                .integer(1..=36_500),
                Attribute::number(
                    "early_renewal_days",
                    "With `validity_days`, and smaller: from so many days before its end on, the next apply gives \
                     the token a new secret. Default: never because of the time alone.",
                )
                .integer(1..=36_499),
                Attribute::plain(
                    Type::map(Type::String),
                    "rotation_triggers",
                    "Any values. When one of them changes, the token gets a new secret in place: its id, its \
                     grants and its backups stay (PBS 3.4 or newer). Values that are added to a token whose secret \
                     is known are only recorded. Default: none.",
                )
                .blank_is_none(),
                Attribute::boolean(
                    "ready_for_renewal",
                    "Whether the time of `early_renewal_days` has come. Found out when Terraform refreshes; the \
                     plan rotates because of it.",
                )
                .computed()
                .stable(),
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
                    .compared_as::<Moment>(),
            ],
        )
        .version(1)
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        if let (Field::Known(user), Field::Known(name)) =
            (config.get("user_id")?, config.get("token_name")?)
        {
            TokenId::new(user, name).map_err(|error| {
                Diagnostic::error("Invalid token_name", sentence(error.to_string()))
                    .at("token_name")
            })?;
        }
        let validity = config.get::<u32>("validity_days")?;
        let early = config.get::<u32>("early_renewal_days")?;
        if matches!(config.get::<String>("expiration_date")?, Field::Known(_))
            && matches!(validity, Field::Known(_))
        {
            return Err(Diagnostic::error(
                "Conflicting arguments",
                "The end is either `expiration_date` or so many `validity_days` after each rotation. Remove one.",
            )
            .at("validity_days"));
        }
        match (validity, early) {
            (Field::Null, Field::Known(_)) => Err(Diagnostic::error(
                "Missing validity_days",
                "`early_renewal_days` counts back from the end that `validity_days` gives. Set that too.",
            )
            .at("early_renewal_days")),
            (Field::Known(validity), Field::Known(early)) if early >= validity => Err(Diagnostic::error(
                "Invalid early_renewal_days",
                "It must be smaller than `validity_days`, or every apply would make a new secret.",
            )
            .at("early_renewal_days")),
            _ => Ok(()),
        }
    }

    async fn plan(cx: &Cx<Client>, plan: &mut Plan<'_, State>) -> Result<()> {
        if plan.is_destroy() {
            return Ok(());
        }
        let rotates = rotates(cx, plan)?;
        if rotates {
            for attribute in ["secret", "api_token", "issued_at"] {
                plan.set_unknown(attribute)?;
            }
        }
        plan_end(plan, rotates)?;
        // Triggers that are not known yet may turn out not to have changed, and a window to be none.
        let perhaps = rotates
            && (plan.get::<Triggers>("rotation_triggers")?.is_unknown()
                || plan.get::<u32>("early_renewal_days")?.is_unknown());
        if plan.prior.is_none() || rotates && !perhaps {
            plan.set("ready_for_renewal", &false)?;
        } else if perhaps || plan.changed("validity_days")? || plan.changed("early_renewal_days")? {
            plan.set_unknown("ready_for_renewal")?;
        }
        if let Field::Known(end) = plan.get::<String>("expiration_date")?
            && plan.changed("expiration_date")?
            && let Ok(end) = end.parse::<Moment>()
            && window::second(cx.now()).is_some_and(|now| end <= now)
        {
            cx.warn(explain::in_the_past(end));
        }
        Ok(())
    }

    async fn create(cx: &Cx<Client>, plan: State) -> Result<State> {
        let pbs = cx.client()?;
        // For a user that does not exist PBS would make a token all the same.
        if pbs.user(&plan.user_id).await?.is_none() {
            return Err(explain::no_such_user(&plan.user_id));
        }
        // One reading of the clock for both ends of the term.
        let issued_at = window::second(cx.now());
        let plan = State { issued_at, ..plan }.with_end(cx)?;
        let token = plan.to_api()?;
        match issue::create(pbs, &token).await {
            Ok(secret) => {
                let state = plan.with_secret(token.id.clone(), secret);
                cx.checkpoint(&state)?;
                explain::warn_of_inherited(cx, pbs, token.id).await;
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
            cx.warn(explain::unknown_secret(&id));
            return Ok(Some(State::imported(token)));
        };
        let now = window::second(cx.now());
        explain::warn_of_drift(cx, &prior, &token, now);
        let was_due = prior.is_due(now) || prior.ready_for_renewal == Some(true);
        let state = prior.with_api(token);
        // Of a secret of unknown age the server's end is all there is, and a rotation whose answer never
        // came has moved that already: what was due stays so.
        let due = state.is_due(now)
            || state.issued_at.is_none() && state.early_renewal_days.is_some() && was_due;
        Ok(Some(State { ready_for_renewal: Some(due), ..state }))
    }

    async fn update(cx: &Cx<Client>, prior: State, plan: State) -> Result<State> {
        let (pbs, now) = (cx.client()?, window::second(cx.now()));
        let rotates = cx.unknown("secret")?;
        let issued_at = if rotates { now } else { prior.issued_at };
        let plan = State { issued_at, ..plan }.with_end(cx)?;
        let (before, after) = (prior.to_api()?, plan.to_api()?);
        let change = change(&before, &after);
        if rotates {
            let secret = match issue::regenerate(pbs, &after.id, &change).await {
                Ok(secret) => secret,
                Err(issue::Failure::Untouched(error) | issue::Failure::SecretLost(error)) => {
                    return Err(error);
                }
            };
            let state = plan.with_secret(after.id, secret);
            cx.checkpoint(&state)?;
            return Ok(state);
        }
        if change != TokenChange::default() {
            pbs.update_token(&after.id, &change).await?;
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

    async fn delete(cx: &Cx<Client>, id: &Id) -> Result<()> {
        Ok(cx.client()?.delete_token(&id.to_api()?).await?)
    }

    fn companions(companions: Companions<'_, Client, Self>) {
        companions
            .list()
            .migration()
            .data_source::<data_sources::api_token::ApiToken>()
            .data_source::<data_sources::api_tokens::ApiTokens>();
    }
}

/// Whether this plan gives the token a new secret: decided here and nowhere else. What
/// is planned must not depend on the clock, since core plans twice: `ready_for_renewal`
/// stands in the state.
fn rotates(cx: &Cx<Client>, plan: &Plan<'_, State>) -> Result<bool> {
    let Some(prior) = &plan.prior else { return Ok(false) };
    let window = !plan.get::<u32>("early_renewal_days")?.is_null();
    if prior.ready_for_renewal == Some(true) && window {
        return Ok(true);
    }
    if !plan.changed("rotation_triggers")? {
        return Ok(false);
    }
    let before = prior.rotation_triggers.as_ref().is_some_and(|triggers| !triggers.is_empty());
    let after = match plan.get::<Triggers>("rotation_triggers")? {
        Field::Known(triggers) => !triggers.is_empty(),
        Field::Null => false,
        Field::Unknown => true,
    };
    // What appears beside a secret that is known is recorded, and what disappears asks
    // for nothing.
    let adopts = prior.secret.is_none() && after;
    if adopts {
        cx.warn(explain::takes_over(prior));
    }
    Ok(adopts || (before && after))
}

/// Plans `expiration_date` where the configuration leaves it to us.
fn plan_end(plan: &mut Plan<'_, State>, rotates: bool) -> Result<()> {
    let configured = plan.config().get::<String>("expiration_date")?;
    if !matches!(configured, Field::Null) {
        return Ok(());
    }
    let issued_at = plan.prior.as_ref().and_then(|prior| prior.issued_at);
    let counted = plan.prior.as_ref().and_then(|prior| prior.expiration_date);
    match (plan.get::<u32>("validity_days")?, issued_at) {
        (Field::Null, _) => plan.set("expiration_date", &None::<Moment>),
        (Field::Known(days), Some(issued_at)) if !rotates => {
            plan.set("expiration_date", &window::end(issued_at, days))
        }
        // When its secret was made is not known: what was once counted stays, if it is still there.
        (Field::Known(_), None)
            if counted.is_some() && !rotates && !plan.changed("validity_days")? =>
        {
            plan.set("expiration_date", &counted)
        }
        _ => plan.set_unknown("expiration_date"),
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
    /// What is known of a token that was not made here.
    fn imported(token: Token) -> Self {
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

    /// What PBS tells, and for the rest what was there.
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

    /// With the end that the plan left to apply.
    fn with_end(self, cx: &Cx<Client>) -> Result<Self> {
        if !cx.unknown("expiration_date")? {
            return Ok(self);
        }
        let issued = self.issued_at.or_else(|| window::second(cx.now()));
        let end =
            issued.zip(self.validity_days).and_then(|(issued, days)| window::end(issued, days));
        Ok(Self { expiration_date: end, ..self })
    }

    fn is_due(&self, now: Option<Moment>) -> bool {
        let Some((days, early)) = self.validity_days.zip(self.early_renewal_days) else {
            return false;
        };
        let counted = self.issued_at.and_then(|issued| window::end(issued, days));
        let end = counted.or(self.expiration_date);
        end.zip(now).is_some_and(|(end, now)| window::is_due(end, early, now))
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
