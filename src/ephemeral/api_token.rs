//! `ephemeral "pbs_api_token"`: a token for one run, which stands in neither plan nor state.

use crate::pbs::{
    self, AclPath, ApiToken as Credential, AuthId, Client, Comment, Moment, RoleId, Secret, Token,
    TokenChange, TokenId, TokenName, UserId,
};
use serde::{Deserialize, Serialize, Serializer};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tf_plugin::{Attribute, Cx, Diagnostic, Ephemeral, Nesting, Opened, Result, Schema};

const PREFIX: &str = "tf";
const TTL: u32 = 3600;

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
    #[serde(serialize_with = "into_result")]
    secret: Option<Secret>,
    #[serde(serialize_with = "into_result")]
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

/// What is needed to prolong and to end it: no secret.
#[derive(Serialize, Deserialize)]
pub(crate) struct Private {
    id: TokenId,
    ttl: u32,
}

impl Ephemeral<Client> for ApiToken {
    const NAME: &'static str = "api_token";
    type State = State;
    type Private = Private;

    fn schema() -> Schema {
        Schema::new(
            "A token for one run of Terraform, which stands in neither plan nor state. It is made when it is opened, \
             in a plan as well as in an apply, and deleted when the run ends. Its user must exist before the run, \
             and a token may do only what its user may do too.\n\n\
             Privileges on PBS: `Sys.Audit` and `Permissions.Modify` on `/access/users`, and with `grants` \
             `Permissions.Modify` on `/access/acl`.",
            [
                Attribute::string("user_id", "The user whom it belongs to, as `name@realm`.")
                    .required()
                    .parses::<UserId>(),
                Attribute::string(
                    "name_prefix",
                    "What its name begins with; the rest cannot be guessed. Default: `tf`.",
                )
                .check(check_prefix),
                Attribute::string("comment", "A remark. Default: since when it is there.")
                    .parses::<Comment>(),
                Attribute::number(
                    "ttl",
                    "How long it is valid at most, in seconds: it is prolonged while the run goes on, and a run that is \
                     killed leaves it behind expired. Default: `3600`.",
                )
                .integer(60..=86_400),
                Attribute::nested(
                    Nesting::List,
                    "grants",
                    "What it may do. They are in effect when it opens. Default: nothing.",
                    [
                        Attribute::string("path", "On what, such as `/datastore/store1`.")
                            .required()
                            .parses::<AclPath>(),
                        Attribute::string("role_id", "The role, such as `DatastoreBackup`.")
                            .required()
                            .parses::<RoleId>(),
                        Attribute::boolean(
                            "propagate",
                            "Whether the role counts below `path` too. Default: `true`.",
                        ),
                    ],
                ),
                Attribute::string("id", "The token's id, `user@realm!name`.").computed(),
                Attribute::string("secret", "Its secret.").computed().sensitive(),
                Attribute::string("api_token", "Id and secret, `user@realm!name:secret`.")
                    .computed()
                    .sensitive(),
                Attribute::string("expiration_date", "When it expires unless it is prolonged.")
                    .computed(),
            ],
        )
    }

    async fn open(cx: &Cx<Client>, config: State) -> Result<Opened<State, Private>> {
        let (pbs, now) = (cx.client()?, cx.now());
        if pbs.user(&config.user_id).await?.is_none() {
            return Err(Diagnostic::failure(format!(
                "There is no user {}. It must exist before the run: an ephemeral token is opened in a plan already.",
                config.user_id
            ))
            .at("user_id"));
        }
        let ttl = config.ttl.unwrap_or(TTL);
        let end = end(now, ttl)?;
        let prefix =
            config.name_prefix.as_deref().filter(|text| !text.is_empty()).unwrap_or(PREFIX);
        let name: TokenName = format!("{prefix}-{:022x}", cx.random() >> 40).parse()?;
        let token = Token {
            id: TokenId::new(config.user_id.clone(), name)?,
            comment: config.comment.clone().filter(|text| !text.is_empty()).or_else(|| since(now)),
            enabled: true,
            expire: Some(end.unix()),
        };
        let private = Private { id: token.id.clone(), ttl };
        let secret = match make(pbs, &token, config.grants.as_deref().unwrap_or_default()).await {
            Ok(secret) => secret,
            Err(error) => {
                // Nobody else can know the name: what may be there is ours, and unwanted. A slow server may
                // still be about to make it, so it is looked for once more at the end.
                let deleted = pbs.uncancellable().delete_token(&token.id).await;
                if error.response_lost() || deleted.is_err() {
                    cx.close_later(&private)?;
                }
                let Err(left) = deleted else { return Err(error.into()) };
                return Err(Diagnostic::failure(format!(
                    "{error}. The token {} may be left behind, without a known secret and expiring at {end}: {left}. \
                     The provider tries again to delete it when it ends.",
                    token.id
                )));
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
        Ok(Opened { result, private, renew_at: Some(renewal(now, ttl)) })
    }

    async fn renew(cx: &Cx<Client>, private: Private) -> Result<(Private, Option<SystemTime>)> {
        let now = cx.now();
        let expire = Some(Some(end(now, private.ttl)?.unix()));
        let change = TokenChange { expire, ..TokenChange::default() };
        cx.client()?.update_token(&private.id, &change).await?;
        let renew_at = renewal(now, private.ttl);
        Ok((private, Some(renew_at)))
    }

    async fn close(cx: &Cx<Client>, private: Private) -> Result<()> {
        // It has to go also when the run is asked to stop, then above all.
        Ok(cx.client()?.uncancellable().delete_token(&private.id).await?)
    }
}

/// Makes the token with its grants, which are in effect afterwards.
async fn make(pbs: &Client, token: &Token, grants: &[Grant]) -> pbs::Result<Secret> {
    let secret = pbs.create_token(token).await?;
    let subject = AuthId::Token(token.id.clone());
    for Grant { path, role_id, propagate } in grants.iter().cloned() {
        let propagate = propagate.unwrap_or(true);
        pbs.put_grant(&pbs::Grant { path, auth_id: subject.clone(), role: role_id, propagate })
            .await?;
    }
    if !grants.is_empty() {
        pbs.wait_until_effective(&subject).await?;
    }
    Ok(secret)
}

fn end(now: SystemTime, ttl: u32) -> Result<Moment> {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs() + u64::from(ttl);
    i64::try_from(seconds).ok().and_then(Moment::from_unix).ok_or_else(|| {
        Diagnostic::failure("The clock of this machine is wrong: it is before 1970 or after 9999.")
    })
}

/// Early enough to survive a failed attempt.
fn renewal(now: SystemTime, ttl: u32) -> SystemTime {
    now + Duration::from_secs(u64::from(ttl / 2))
}

fn since(now: SystemTime) -> Option<String> {
    Some(format!("For one Terraform run, since {}", end(now, 0).ok()?))
}

fn check_prefix(text: &str) -> std::result::Result<(), String> {
    match text {
        "" => Ok(()),
        text if text.len() > 24 => Err("It has more than 24 characters. Shorten it.".into()),
        text => text.parse::<TokenName>().map(drop).map_err(|error| error.to_string()),
    }
}

/// The result of a run, which Terraform keeps nowhere.
fn into_result<S: Serializer>(
    secret: &Option<Secret>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    secret.as_ref().map(Secret::expose).serialize(serializer)
}
