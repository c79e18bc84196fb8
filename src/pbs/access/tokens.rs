//! `/access/users/{userid}/token`: API tokens.

use crate::pbs::{
    AuthId, Client, Error, Result, Secret, TokenId, UserId,
    absence::Object,
    access::users::UserWithTokens,
    http::Call,
    snapshot::{self, Area},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

const USERS: &str = "/access/users";

/// Maximum age of a list that proves that a user or token did not exist before its creation.
pub(super) const MAX_AGE_OF_PROOF: Duration = Duration::from_secs(5);

/// An API token without its secret. PBS returns a secret only once, in the response to the request
/// that generates the secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire<TokenId>")]
pub struct Token {
    /// Id of the token.
    pub id: TokenId,
    /// Comment on one line; `None` if the comment is empty.
    pub comment: Option<String>,
    /// Whether the token can be used.
    pub enabled: bool,
    /// Unix time in seconds after which the token can no longer be used; `None` if the token never
    /// expires.
    pub expire: Option<i64>,
}

/// Changes of a token. A property that is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenChange {
    /// New comment, or `Some(None)` to remove it.
    pub comment: Option<Option<String>>,
    /// Whether the token can be used.
    pub enabled: Option<bool>,
    /// New expiration date in Unix seconds, or `Some(None)` for a token that never expires.
    pub expire: Option<Option<i64>>,
}

impl Client {
    /// Creates a token and returns its secret. PBS never returns this secret again.
    ///
    /// The caller must make sure that the user exists, because PBS 4.2.3 creates tokens even for
    /// missing users. The request is retried only if the server has certainly not carried it out.
    /// If the client does not know whether the server has created the token,
    /// [`Error::response_lost`] is true for the error.
    ///
    /// # Errors
    /// The token exists already ([`Error::already_exists`]), or the authenticated user or token
    /// lacks the privilege `Permissions.Modify` on `/access/users`.
    pub async fn create_token(&self, token: &Token) -> Result<Secret> {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            comment: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            enable: Option<bool>,
            #[serde(skip_serializing_if = "Option::is_none")]
            expire: Option<i64>,
        }
        #[derive(Deserialize)]
        struct Created {
            value: Secret,
        }
        let Token { id, comment, enabled, expire } = token;
        // Defaults are not sent, since PBS would store them explicitly.
        let body = Body {
            comment: comment.as_deref().filter(|comment| !comment.is_empty()),
            enable: (!enabled).then_some(false),
            expire: expire.filter(|seconds| *seconds != 0),
        };
        let _epoch = self.shared.lists.epochs.advance_on_drop(&[Area::Tokens]);
        let call =
            Call::post(path(id)).json(&body).not_idempotent().needs("Permissions.Modify", USERS);
        let created = self.send::<Created>(call.changes(id)).await;
        self.record_creation(AuthId::Token(id.clone()), &created);
        Ok(created.map_err(|error| Object::Token(id).into_already_exists(error))?.value)
    }

    /// The token, or `None` if the token does not exist. The client searches the shared list first.
    /// The list can be incomplete, because PBS omits objects that the authenticated user or token
    /// is not allowed to see. If the list does not contain the token, a separate request therefore
    /// reads the token.
    ///
    /// # Errors
    /// The request fails, or the authenticated user or token lacks the privilege `Sys.Audit` on
    /// `/access/users`.
    pub async fn token(&self, id: &TokenId) -> Result<Option<Token>> {
        let users = self.users_and_tokens(Area::Tokens).await?;
        match users.get(id.user()).and_then(|user| user.tokens.get(id)) {
            Some(token) => Ok(Some(token.clone())),
            None => self.token_uncached(id).await,
        }
    }

    /// Like [`token`](Self::token), but always sends a request for this token and never uses the
    /// shared list. If reads alternate with writes, this is faster, because every write makes the
    /// shared list outdated.
    ///
    /// # Errors
    /// The same as for [`token`](Self::token).
    pub async fn token_uncached(&self, id: &TokenId) -> Result<Option<Token>> {
        let call = Call::get(path(id)).needs("Sys.Audit", USERS);
        match self.send(call).await {
            Ok(token) => Ok(Some(token)),
            Err(error) if Object::Token(id).is_reported_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The tokens of this user. If `user` is `None`, the tokens of all users that the authenticated
    /// user or token can see.
    ///
    /// # Errors
    /// The request fails.
    pub async fn tokens(&self, user: Option<&UserId>) -> Result<Vec<Token>> {
        let users = self.users_and_tokens(Area::Tokens).await?;
        let Some(id) = user else {
            return Ok(users.values().flat_map(|user| user.tokens.values()).cloned().collect());
        };
        if let Some(user) = users.get(id) {
            return Ok(user.tokens.values().cloned().collect());
        }
        // Tokens can exist without their user, for example after the user was removed by hand. The
        // shared list does not contain these tokens, so a separate request reads them.
        let call = Call::get(["access", "users", id.as_str(), "token"]).needs("Sys.Audit", USERS);
        Ok(parse_list(self.send::<Vec<Wire<String>>>(call).await?).collect())
    }

    /// Changes an existing token. The token keeps its secret and its grants.
    ///
    /// # Errors
    /// The token does not exist, or the authenticated user or token lacks the privilege
    /// `Permissions.Modify` on `/access/users`.
    pub async fn update_token(&self, id: &TokenId, change: &TokenChange) -> Result<()> {
        let _epoch = self.shared.lists.epochs.advance_on_drop(&[Area::Tokens]);
        let call = Call::put(path(id)).json(&Update::of(change)).changes(id);
        self.send_write(call.needs("Permissions.Modify", USERS)).await
    }

    /// Replaces the secret of a token, and applies `change` in the same request. The token keeps
    /// its grants. The request is retried only if the server has certainly not carried it out.
    ///
    /// # Errors
    /// The same as for [`update_token`](Self::update_token). If the server is older than PBS 3.4,
    /// the call fails with an error for which [`Error::is_too_old`] is true.
    pub async fn regenerate_token(&self, id: &TokenId, change: &TokenChange) -> Result<Secret> {
        #[derive(Deserialize)]
        struct Regenerated {
            secret: Secret,
        }
        let _epoch = self.shared.lists.epochs.advance_on_drop(&[Area::Tokens]);
        let body = Update { regenerate: Some(true), ..Update::of(change) };
        let call =
            Call::put(path(id)).json(&body).not_idempotent().needs("Permissions.Modify", USERS);
        match self.send::<Regenerated>(call.changes(id)).await {
            Ok(regenerated) => Ok(regenerated.secret),
            Err(error) => Err(match error {
                Error::Refused { request, status: 400, message, .. }
                    if message.contains("'regenerate': schema does not allow") =>
                {
                    Error::TooOld { request, since: "3.4" }
                }
                other => other,
            }),
        }
    }

    /// Deletes a token. Succeeds even if the token does not exist. Since PBS 3.4, PBS also deletes
    /// the grants of the token.
    ///
    /// # Errors
    /// The request fails, or the authenticated user or token lacks the privilege
    /// `Permissions.Modify` on `/access/users`.
    pub async fn delete_token(&self, id: &TokenId) -> Result<()> {
        let _deletion_lock = self.shared.deletion_lock.read().await;
        let _grants_lock = self.lock_grants_for_write().await;
        let _epoch = self.shared.lists.epochs.advance_on_drop(&[Area::Tokens, Area::Acl]);
        let call = Call::delete(path(id)).changes(id).needs("Permissions.Modify", USERS);
        match self.send_write(call).await {
            Err(error) if Object::Token(id).is_reported_missing(&error) => Ok(()),
            other => other,
        }
    }

    /// Whether the user has no token with this id in a list that was read at most five seconds ago.
    /// If the result is false, the token may exist.
    ///
    /// Call this function before a creation. Suppose that the result is true, and that the response
    /// to the creation is lost. If the token then exists, this creation has created it. The list
    /// does not show the tokens of a missing user, so the result is false if the user is missing in
    /// the list.
    ///
    /// # Errors
    /// The request fails.
    pub async fn token_was_absent(&self, id: &TokenId) -> Result<bool> {
        let users = self.users_and_tokens_since(MAX_AGE_OF_PROOF, &[Area::Users]).await?;
        Ok(users.get(id.user()).is_some_and(|user| !user.tokens.contains_key(id)))
    }

    /// The shared list of users with their tokens. If a write of this process to `area` ended
    /// before this call, the list includes the write.
    pub(super) async fn users_and_tokens(
        &self,
        area: Area,
    ) -> Result<Arc<BTreeMap<UserId, UserWithTokens>>> {
        self.users_and_tokens_since(snapshot::MAX_AGE, &[area]).await
    }

    /// Like [`users_and_tokens`](Self::users_and_tokens), but the list is not older than `max_age`.
    pub(super) async fn users_and_tokens_since(
        &self,
        max_age: Duration,
        areas: &[Area],
    ) -> Result<Arc<BTreeMap<UserId, UserWithTokens>>> {
        let client = self.clone();
        let lists = &self.shared.lists;
        let fetch = || async move {
            let call = Call::get(["access", "users"]).query("include_tokens", "1");
            Ok(UserWithTokens::index(client.send(call).await?))
        };
        lists.users.read_recent(max_age, &lists.epochs, areas, fetch).await
    }
}

fn path(id: &TokenId) -> [&str; 5] {
    ["access", "users", id.user().as_str(), "token", id.name().as_str()]
}

/// A token as PBS sends it. In a list, `Id` is `String`, so that a token whose id cannot be parsed
/// does not make the whole list fail. Such a token is left out, because no [`TokenId`] can name it.
#[derive(Deserialize)]
pub(super) struct Wire<Id> {
    tokenid: Id,
    comment: Option<String>,
    enable: Option<bool>,
    expire: Option<i64>,
}

impl From<Wire<TokenId>> for Token {
    fn from(wire: Wire<TokenId>) -> Self {
        let Wire { tokenid, comment, enable, expire } = wire;
        Self {
            id: tokenid,
            comment: comment.filter(|comment| !comment.is_empty()),
            enabled: enable.unwrap_or(true),
            expire: expire.filter(|seconds| *seconds != 0),
        }
    }
}

/// The tokens of a list, without the tokens whose id cannot be parsed.
pub(super) fn parse_list(wires: Vec<Wire<String>>) -> impl Iterator<Item = Token> {
    let parse = |Wire { tokenid, comment, enable, expire }: Wire<String>| {
        Some(Token::from(Wire { tokenid: tokenid.parse().ok()?, comment, enable, expire }))
    };
    wires.into_iter().filter_map(parse)
}

/// The body of an update.
#[derive(Serialize)]
struct Update<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regenerate: Option<bool>,
}

impl<'a> Update<'a> {
    fn of(change: &'a TokenChange) -> Self {
        let TokenChange { comment, enabled, expire } = change;
        Self {
            // An empty comment and an `expire` of 0 remove the stored values in every PBS version.
            comment: comment.as_ref().map(|comment| comment.as_deref().unwrap_or_default()),
            enable: *enabled,
            expire: expire.map(Option::unwrap_or_default),
            regenerate: None,
        }
    }
}
