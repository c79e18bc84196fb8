//! `/access/users/{userid}/token`: API tokens.

use crate::pbs::{
    Client, Error, Result, Secret, TokenId, UserId, absence::Object, access::users::UserWithTokens,
    http::Call, snapshot::Area,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

const USERS: &str = "/access/users";

/// An API token, as far as PBS tells about it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire<TokenId>")]
pub struct Token {
    /// Which one it is.
    pub id: TokenId,
    /// A remark on one line; an empty one is none.
    pub comment: Option<String>,
    /// Whether it may be used at all.
    pub enabled: bool,
    /// From when on it may not be used, in Unix seconds; `None` means never.
    pub expire: Option<i64>,
}

/// What to change of a token; `None` leaves a property as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenChange {
    /// The new comment, or `Some(None)` to remove it.
    pub comment: Option<Option<String>>,
    /// Whether it may be used.
    pub enabled: Option<bool>,
    /// The new end in Unix seconds, or `Some(None)` for never.
    pub expire: Option<Option<i64>>,
}

impl Client {
    /// Creates a token and returns its secret, which PBS tells only this once.
    ///
    /// The user has to exist: for one that does not, PBS 4.2.3 silently makes an orphan. Sent again
    /// only where the first try surely did nothing; see [`Error::response_lost`] for the other case.
    ///
    /// # Errors
    /// [`Error::already_exists`], a missing privilege (`Permissions.Modify` on `/access/users`).
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
        // What is the default anyway is not sent: PBS would store it word for word.
        let body = Body {
            comment: comment.as_deref().filter(|comment| !comment.is_empty()),
            enable: (!enabled).then_some(false),
            expire: expire.filter(|end| *end != 0),
        };
        let _written = self.shared.lists.epochs.advance_on_drop(&[Area::Tokens]);
        let call =
            Call::post(path(id)).json(&body).not_idempotent().needs("Permissions.Modify", USERS);
        let created = self.send::<Created>(call).await;
        Ok(created.map_err(|error| Object::Token(id).into_already_exists(error))?.value)
    }

    /// The token, or `None` when there is none of that id. Taken from the shared list; a token that
    /// is not in it is asked for by itself, since a caller may see only a part of the list.
    ///
    /// # Errors
    /// The server cannot be asked, or the caller may not see the token (`Sys.Audit` on
    /// `/access/users`).
    pub async fn token(&self, id: &TokenId) -> Result<Option<Token>> {
        let users = self.users_and_tokens(Area::Tokens).await?;
        match users.get(id.user()).and_then(|user| user.tokens.get(id)) {
            Some(token) => Ok(Some(token.clone())),
            None => self.token_uncached(id).await,
        }
    }

    /// The token, or `None`, asked for by itself: what to use between writes, when the shared list
    /// would have to be read anew for every single one.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    pub async fn token_uncached(&self, id: &TokenId) -> Result<Option<Token>> {
        let call = Call::get(path(id)).needs("Sys.Audit", USERS);
        match self.send(call).await {
            Ok(token) => Ok(Some(token)),
            Err(error) if Object::Token(id).is_reported_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The tokens of one user, or of all users that the caller may see.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn tokens(&self, user: Option<&UserId>) -> Result<Vec<Token>> {
        let users = self.users_and_tokens(Area::Tokens).await?;
        let Some(id) = user else {
            return Ok(users.values().flat_map(|user| user.tokens.values()).cloned().collect());
        };
        if let Some(listed) = users.get(id) {
            return Ok(listed.tokens.values().cloned().collect());
        }
        // The tokens of a user that was deleted by hand can still be there.
        let call = Call::get(["access", "users", id.as_str(), "token"]).needs("Sys.Audit", USERS);
        Ok(parsed(self.send::<Vec<Wire<String>>>(call).await?).collect())
    }

    /// Changes a token in place; its secret and its grants stay.
    ///
    /// # Errors
    /// There is no such token, or the caller may not change it (`Permissions.Modify` on
    /// `/access/users`).
    pub async fn update_token(&self, id: &TokenId, change: &TokenChange) -> Result<()> {
        let _written = self.shared.lists.epochs.advance_on_drop(&[Area::Tokens]);
        let call = Call::put(path(id)).json(&Update::of(change));
        self.send_write(call.needs("Permissions.Modify", USERS)).await
    }

    /// Gives a token a new secret, and changes the rest in the same request; its grants stay.
    ///
    /// # Errors
    /// As [`update_token`](Self::update_token); [`Error::is_too_old`] before PBS 3.4. Sent again
    /// only where the first try surely did nothing.
    pub async fn regenerate_token(&self, id: &TokenId, change: &TokenChange) -> Result<Secret> {
        #[derive(Deserialize)]
        struct Regenerated {
            secret: Secret,
        }
        let _written = self.shared.lists.epochs.advance_on_drop(&[Area::Tokens]);
        let body = Update { regenerate: Some(true), ..Update::of(change) };
        let call =
            Call::put(path(id)).json(&body).not_idempotent().needs("Permissions.Modify", USERS);
        match self.send::<Regenerated>(call).await {
            Ok(answer) => Ok(answer.secret),
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

    /// Deletes a token; that there is none is a success. Since PBS 3.4 its grants go with it.
    ///
    /// # Errors
    /// The caller may not delete it (`Permissions.Modify` on `/access/users`).
    pub async fn delete_token(&self, id: &TokenId) -> Result<()> {
        let _alone = self.shared.deletions.lock().await;
        let _written = self.shared.lists.epochs.advance_on_drop(&[Area::Tokens, Area::Acl]);
        let call = Call::delete(path(id)).needs("Permissions.Modify", USERS);
        match self.send_write(call).await {
            Err(error) if Object::Token(id).is_reported_missing(&error) => Ok(()),
            other => other,
        }
    }

    /// The list of users with their tokens, as it stood when or after this was called, as far as
    /// `area` is concerned.
    pub(super) async fn users_and_tokens(
        &self,
        area: Area,
    ) -> Result<Arc<BTreeMap<UserId, UserWithTokens>>> {
        let client = self.clone();
        let lists = &self.shared.lists;
        lists
            .users
            .read(&lists.epochs, &[area], || async move {
                let call = Call::get(["access", "users"]).query("include_tokens", "1");
                Ok(UserWithTokens::index(client.send(call).await?))
            })
            .await
    }
}

fn path(id: &TokenId) -> [&str; 5] {
    ["access", "users", id.user().as_str(), "token", id.name().as_str()]
}

/// A token on the wire. In a list the id is read leniently: one that we cannot parse is passed
/// over, since nobody can have asked for it.
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
            expire: expire.filter(|end| *end != 0),
        }
    }
}

pub(super) fn parsed(wires: Vec<Wire<String>>) -> impl Iterator<Item = Token> {
    let each = |Wire { tokenid, comment, enable, expire }: Wire<String>| {
        Some(Token::from(Wire { tokenid: tokenid.parse().ok()?, comment, enable, expire }))
    };
    wires.into_iter().filter_map(each)
}

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
            // An empty comment and an end of 0 remove what is stored, in every version of PBS.
            comment: comment.as_ref().map(|comment| comment.as_deref().unwrap_or_default()),
            enable: *enabled,
            expire: expire.map(Option::unwrap_or_default),
            regenerate: None,
        }
    }
}
