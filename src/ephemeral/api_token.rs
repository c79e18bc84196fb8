//! `ephemeral "pbs_api_token"`: an API token that exists only during one run of Terraform. The
//! token is stored neither in the plan nor in the state.

use crate::{
    pbs::{
        self, AclPath, ApiToken as Credential, AuthId, Client, Comment, Malformed, Moment, RoleId,
        Secret, Token, TokenChange, TokenId, TokenName, UserId,
    },
    shared::{
        acl_path::check_acl_path,
        clock,
        effect::warn_if_without_effect,
        messages::no_such_user,
        role::{self, check_role},
        secret,
    },
};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tf_plugin::{
    Attribute, Cx, Diagnostic, Ephemeral, Field, Nesting, Opened, Path, Result, Schema, View,
    sentence,
};

const DEFAULT_PREFIX: &str = "tf";
const DEFAULT_TTL: u32 = 3600;

pub(crate) struct ApiToken;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    user_id: UserId,
    name_prefix: Option<String>,
    comment: Option<String>,
    ttl: Option<u32>,
    grants: Option<Vec<Grant>>,
    id: Option<TokenId>,
    #[serde(serialize_with = "secret::serialize")]
    secret: Option<Secret>,
    #[serde(serialize_with = "secret::serialize")]
    api_token: Option<Secret>,
    expiration_date: Option<Moment>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    path: AclPath,
    role_id: RoleId,
    propagate: Option<bool>,
}

/// The data that `renew` and `close` need. Core passes this data from one call to the next, so the
/// data must not contain the secret.
#[derive(Serialize, Deserialize)]
pub(crate) struct Private {
    id: TokenId,
    ttl: u32,
    /// Expiration date of the token in Unix seconds.
    end: i64,
}

impl Ephemeral<Client> for ApiToken {
    const NAME: &'static str = "api_token";
    type State = State;
    type Private = Private;

    fn schema() -> Schema {
        Schema::new(
            "Creates an API token for one run of Terraform, and deletes the token when the run \
             ends. The token is stored neither in the plan nor in the state.\n\n\
             The provider creates a token during each plan and during each apply. The user that \
             owns the token must therefore exist before the run. The token has a privilege only \
             where its user has the same privilege.\n\n\
             Privileges on PBS: `Sys.Audit` and `Permissions.Modify` on `/access/users`. If \
             `grants` is set, `Permissions.Modify` on `/access/acl` is also necessary. The \
             provider's user or token needs these privileges.",
            [
                Attribute::string(
                    "user_id",
                    "User that owns the token, as `user@realm`. The user must exist before the \
                     run.",
                )
                .required()
                .parses::<UserId>(),
                Attribute::string(
                    "name_prefix",
                    "Beginning of the token's name, at most 24 characters. The provider appends a \
                     hyphen and a random part. The name therefore cannot be guessed. Default: \
                     `tf`.",
                )
                .check(check_prefix),
                Attribute::string(
                    "comment",
                    "Comment, a single line of at most 128 characters. Default: a text that \
                     contains the creation time.",
                )
                .parses::<Comment>(),
                Attribute::number(
                    "ttl",
                    "Lifetime of the token in seconds, from 60 to 86400. During the run, the \
                     provider keeps postponing the expiration, so the run can take longer than \
                     `ttl`. If the provider is killed before it deletes the token, the token stays \
                     on the server. In this case, the token expires at most `ttl` seconds after \
                     the provider was killed. Default: `3600`.",
                )
                .integer(60..=86_400),
                Attribute::nested(
                    Nesting::List,
                    "grants",
                    "Grants (ACL entries) to create for the token. Before Terraform uses the \
                     token, the provider waits until the grants are in effect. Without grants, the \
                     token has no privileges. Default: none.",
                    [
                        Attribute::string(
                            "path",
                            "Path on which the role is granted, for example `/datastore/store1`.",
                        )
                        .required()
                        .parses::<AclPath>(),
                        Attribute::string(
                            "role_id",
                            "Role to grant, for example `DatastoreBackup`.",
                        )
                        .required()
                        .parses::<RoleId>(),
                        Attribute::boolean(
                            "propagate",
                            "Whether the role also applies to all paths below `path`. Default: \
                             `true`.",
                        ),
                    ],
                ),
                Attribute::string("id", "Id of the token, `user@realm!name`.").computed(),
                Attribute::string("secret", "Secret of the token.").computed().sensitive(),
                Attribute::string("api_token", "Id and secret as `user@realm!name:secret`.")
                    .computed()
                    .sensitive(),
                Attribute::string(
                    "expiration_date",
                    "First expiration date of the token, as an RFC 3339 timestamp. During the run, \
                     the provider postpones the expiration on the server. The attribute keeps the \
                     first expiration date.",
                )
                .computed(),
            ],
        )
    }

    async fn open(cx: &Cx<Client>, config: State) -> Result<Opened<State, Private>> {
        let (pbs, now) = (cx.client()?, cx.now());
        if pbs.user(&config.user_id).await?.is_none() {
            return Err(no_such_user(
                &config.user_id,
                "An ephemeral token is already created during the plan, so its user must exist \
                 before the run. Check the spelling of `user_id`. If the user does not exist yet, \
                 create it with another configuration or on the server.",
            ));
        }
        let ttl = config.ttl.unwrap_or(DEFAULT_TTL);
        let end = expiration(now, ttl)?;
        clock::warn_of_difference(cx, "ttl");
        let prefix =
            config.name_prefix.as_deref().filter(|text| !text.is_empty()).unwrap_or(DEFAULT_PREFIX);
        let name: TokenName = format!("{prefix}-{:022x}", cx.random() >> 40).parse()?;
        let token = Token {
            id: TokenId::new(config.user_id.clone(), name)?,
            comment: config
                .comment
                .clone()
                .filter(|text| !text.is_empty())
                .or_else(|| default_comment(now)),
            enabled: true,
            expire: Some(end.unix()),
        };
        let grants = grants(&config, &token.id);
        check(cx, pbs, &grants).await?;
        let private = Private { id: token.id.clone(), ttl, end: end.unix() };
        let secret = match create(pbs, &token, &grants).await {
            Ok(secret) => secret,
            Err(error) => {
                // The name is random, so only this call can have created a token with this name.
                // Deleting the token is therefore safe. If the response to the creation was lost,
                // the provider first waits until PBS can no longer create the token.
                let uncancellable = pbs.uncancellable();
                let look_up = || uncancellable.token_uncached(&token.id);
                if error.response_lost() {
                    // Whatever the outcome is, the provider deletes the token below.
                    let _ = uncancellable.outcome_of_lost_creation(&token.id, look_up).await;
                }
                let deletion = uncancellable.delete_token(&token.id).await;
                if deletion.is_err() {
                    cx.close_later(&private)?;
                }
                return Err(match deletion {
                    Ok(()) => error.into(),
                    Err(deletion_error) => left_behind(&token.id, end, &error, &deletion_error),
                });
            }
        };
        let credential = Credential { id: token.id.clone(), secret: secret.clone() };
        let result = State {
            id: Some(token.id),
            api_token: Some(credential.to_text()),
            secret: Some(secret),
            expiration_date: Some(end),
            ..config
        };
        Ok(Opened { result, private, renew_at: Some(next_renewal(now, ttl)) })
    }

    async fn renew(cx: &Cx<Client>, private: Private) -> Result<(Private, Option<SystemTime>)> {
        let (now, ttl) = (cx.now(), private.ttl);
        let end = expiration(now, ttl)?.unix();
        let change = TokenChange { expire: Some(Some(end)), ..TokenChange::default() };
        let Err(error) = cx.client()?.update_token(&private.id, &change).await else {
            return Ok((Private { end, ..private }, Some(next_renewal(now, ttl))));
        };
        // The token still works until its expiration date, so there is time for another attempt.
        match retry_of_renewal(now, private.end) {
            Some((retry_at, end)) if !error.reports_missing_token(&private.id) => {
                cx.warn(not_renewed(&private.id, end, &error));
                Ok((private, Some(retry_at)))
            }
            _ => Err(error.into()),
        }
    }

    async fn close(cx: &Cx<Client>, private: Private) -> Result<()> {
        // The token must be deleted even if Terraform asks the provider to stop. Core limits the
        // duration of this call, so the client must not wait for writes whose response was lost.
        let pbs = cx.client()?.uncancellable().without_waiting();
        Ok(pbs.delete_token(&private.id).await?)
    }

    fn validate(config: View<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
        // If the list is not known yet, core validates it again when it is known.
        let grants = config.get::<Vec<Grant>>("grants")?.known().unwrap_or_default();
        let roles = grants.iter().filter_map(|grant| role::probably_misspelt(&grant.role_id));
        diagnostics.extend(roles.map(|warning| warning.at("grants")));
        let has_grants = !grants.is_empty();
        match config.get::<UserId>("user_id")? {
            Field::Known(user) => check_user(&user, has_grants).map_err(|error| {
                Diagnostic::error("Invalid user_id", sentence(error.to_string())).at("user_id")
            }),
            _ => Ok(()),
        }
    }
}

/// Rejects a user whose tokens cannot log in. If the token has grants, the function also rejects a
/// user whose tokens cannot have grants.
fn check_user(user: &UserId, has_grants: bool) -> pbs::Result<(), Malformed> {
    user.check_tokens_can_log_in()?;
    match has_grants {
        true => user.check_grantable(),
        false => Ok(()),
    }
}

/// The grants in the configuration, as grants for the token.
fn grants(config: &State, token: &TokenId) -> Vec<pbs::Grant> {
    let grants = config.grants.iter().flatten().cloned();
    let grant = |Grant { path, role_id: role, propagate }| pbs::Grant {
        path,
        auth_id: AuthId::Token(token.clone()),
        role,
        propagate: propagate.unwrap_or(true),
    };
    grants.map(grant).collect()
}

/// Rejects grants that PBS would refuse, and warns of grants without effect.
async fn check(cx: &Cx<Client>, pbs: &Client, grants: &[pbs::Grant]) -> Result<()> {
    for grant in grants {
        // Terraform can show the line of the list, but not the line of an attribute in the list.
        let attribute = Path::root().attribute("grants");
        check_acl_path(cx, &grant.path, attribute.clone()).await?;
        check_role(cx, &grant.role, attribute.clone()).await?;
        warn_if_without_effect(cx, pbs, grant, attribute).await;
    }
    Ok(())
}

/// Creates the token and its grants, and waits until the grants are in effect.
async fn create(pbs: &Client, token: &Token, grants: &[pbs::Grant]) -> pbs::Result<Secret> {
    let secret = pbs.create_token(token).await?;
    for grant in grants {
        pbs.put_grant(grant).await?;
    }
    if let [grant, ..] = grants {
        pbs.wait_until_effective(&grant.auth_id).await?;
    }
    Ok(secret)
}

/// The error if the creation failed, and deleting the token failed, too. The token may then exist
/// until `end`.
fn left_behind(
    id: &TokenId,
    end: Moment,
    error: &pbs::Error,
    deletion_error: &pbs::Error,
) -> Diagnostic {
    Diagnostic::failure(format!(
        "{error}. The token {id} may exist on the server, or the server may still create the \
         token, because the provider could not delete it: {deletion_error}. At the end of the run, \
         the provider tries again to delete the token. If the token exists after the run, delete \
         the token on the server. The token expires at {end}."
    ))
}

/// The time `ttl` seconds after `now`.
fn expiration(now: SystemTime, ttl: u32) -> Result<Moment> {
    let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since_epoch.as_secs() + u64::from(ttl);
    i64::try_from(seconds).ok().and_then(Moment::from_unix).ok_or_else(|| {
        Diagnostic::failure(
            "The clock of this machine is wrong: it shows a time before 1970. Set the clock, and \
             try again.",
        )
    })
}

/// The time of the next attempt after a failed renewal, and the expiration date of the token.
/// `None` if the token has expired.
fn retry_of_renewal(now: SystemTime, end: i64) -> Option<(SystemTime, Moment)> {
    let end = Moment::from_unix(end)?;
    let expires_at = UNIX_EPOCH + Duration::from_secs(end.unix().unsigned_abs());
    let remaining = expires_at.duration_since(now).ok().filter(|time| !time.is_zero())?;
    Some((now + (remaining / 8).max(Duration::from_secs(1)), end))
}

/// The warning about a failed renewal. The token expires at `end`.
fn not_renewed(id: &TokenId, end: Moment, error: &pbs::Error) -> Diagnostic {
    Diagnostic::warning(
        format!("The lifetime of {id} was not extended"),
        format!(
            "{error}. The token works until {end}. The provider tries again before the token \
             expires."
        ),
    )
}

/// The time at which core calls `renew` next: after half of `ttl`, so that there is time for
/// another attempt if the renewal fails.
fn next_renewal(now: SystemTime, ttl: u32) -> SystemTime {
    now + Duration::from_secs(u64::from(ttl / 2))
}

/// The comment of a token if the configuration does not set `comment`.
fn default_comment(now: SystemTime) -> Option<String> {
    Some(format!("For one Terraform run, since {}", expiration(now, 0).ok()?))
}

fn check_prefix(text: &str) -> Result<(), String> {
    match text {
        "" => Ok(()),
        text if text.len() > 24 => Err("The prefix must have at most 24 characters.".into()),
        text => text.parse::<TokenName>().map(drop).map_err(|error| error.to_string()),
    }
}
