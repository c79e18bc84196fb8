//! `/access/users`: users, and their passwords.

use crate::pbs::{
    Client, Credentials, Error, Result, Secret, Token, TokenId, UserId, absence::Object,
    access::tokens, http::Call, snapshot::Area,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const USERS: &str = "/access/users";

/// A user, as far as PBS tells about it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire<UserId>")]
pub struct User {
    /// Who it is.
    pub id: UserId,
    /// A remark on one line; an empty one is none.
    pub comment: Option<String>,
    /// Whether it may log in, and its tokens be used.
    pub enabled: bool,
    /// From when on it may not, in Unix seconds; `None` means never.
    pub expire: Option<i64>,
    /// The first name.
    pub firstname: Option<String>,
    /// The last name.
    pub lastname: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
}

/// What to change of a user: `None` leaves a property as it is, `Some(None)` removes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// The remark.
    pub comment: Option<Option<String>>,
    /// Whether it may log in.
    pub enabled: Option<bool>,
    /// The end in Unix seconds.
    pub expire: Option<Option<i64>>,
    /// The first name.
    pub firstname: Option<Option<String>>,
    /// The last name.
    pub lastname: Option<Option<String>>,
    /// The e-mail address.
    pub email: Option<Option<String>>,
}

/// A user in the list, with its tokens.
pub(in crate::pbs) struct UserWithTokens {
    pub(super) user: User,
    pub(super) tokens: BTreeMap<TokenId, Token>,
}

impl Client {
    /// The user, or `None` when there is none of that id. Taken from the shared list; a user that is
    /// not in it is asked for by itself, since a caller may see only a part of the list.
    ///
    /// # Errors
    /// The server cannot be asked, or the caller may not see the user (`Sys.Audit` on
    /// `/access/users`).
    pub async fn user(&self, id: &UserId) -> Result<Option<User>> {
        let users = self.users_and_tokens(Area::Users).await?;
        if let Some(listed) = users.get(id) {
            return Ok(Some(listed.user.clone()));
        }
        let call = Call::get(["access", "users", id.as_str()]).needs("Sys.Audit", USERS);
        match self.send(call).await {
            Ok(user) => Ok(Some(user)),
            Err(error) if Object::User(id).is_reported_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All users that the caller may see.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn users(&self) -> Result<Vec<User>> {
        let users = self.users_and_tokens(Area::Users).await?;
        Ok(users.values().map(|listed| listed.user.clone()).collect())
    }

    /// Creates a user, with a password only in the realm `pbs` (at least 8 characters).
    ///
    /// # Errors
    /// [`Error::already_exists`], a missing privilege (`Permissions.Modify` on `/access/users`), an
    /// unknown realm. Sent again only where the first try surely did nothing.
    pub async fn create_user(&self, user: &User, password: Option<&Secret>) -> Result<()> {
        let User { id, comment, enabled, expire, firstname, lastname, email } = user;
        let given = |text: &'_ Option<String>| text.clone().filter(|text| !text.is_empty());
        let body = Body {
            userid: Some(id.as_str()),
            password: password.map(Secret::expose),
            comment: given(comment),
            enable: (!enabled).then_some(false),
            expire: expire.filter(|end| *end != 0),
            firstname: given(firstname),
            lastname: given(lastname),
            email: given(email),
            delete: Vec::new(),
        };
        let _written = self.shared.lists.epochs.advance_on_drop(&[Area::Users, Area::Tokens]);
        let call = Call::post(["access", "users"]).json(&body).not_idempotent();
        let call = call.redacts(password).needs("Permissions.Modify", USERS);
        self.send_write(call).await.map_err(|error| Object::User(id).into_already_exists(error))
    }

    /// Changes a user in place.
    ///
    /// # Errors
    /// There is no such user, or the caller may not change it (`Permissions.Modify` on
    /// `/access/users`).
    pub async fn update_user(&self, id: &UserId, change: &UserChange) -> Result<()> {
        let _written = self.shared.lists.epochs.advance_on_drop(&[Area::Users, Area::Tokens]);
        let call = Call::put(["access", "users", id.as_str()]).json(&Body::of(change));
        self.send_write(call.needs("Permissions.Modify", USERS)).await
    }

    /// Deletes a user with its tokens and their grants; that there is none is a success. The grants
    /// of the user itself stay, and somebody recreated under that id inherits them (4.2.3).
    ///
    /// # Errors
    /// The caller may not delete it (`Permissions.Modify` on `/access/users`).
    pub async fn delete_user(&self, id: &UserId) -> Result<()> {
        let _alone = self.shared.deletions.lock().await;
        let areas = [Area::Users, Area::Tokens, Area::Acl];
        let _written = self.shared.lists.epochs.advance_on_drop(&areas);
        let call = Call::delete(["access", "users", id.as_str()]);
        match self.send_write(call.needs("Permissions.Modify", USERS)).await {
            Err(error) if Object::User(id).is_reported_missing(&error) => Ok(()),
            other => other,
        }
    }

    /// Gives a user a new password. PBS lets only logins do that, and wants the caller's own
    /// password beside the new one.
    ///
    /// # Errors
    /// The caller is an API token, or may not change this user.
    pub async fn change_password(&self, id: &UserId, password: &Secret) -> Result<()> {
        #[derive(Serialize)]
        #[serde(rename_all = "kebab-case")]
        struct Passwords<'a> {
            userid: &'a str,
            password: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            confirmation_password: Option<&'a str>,
        }
        let own = match &self.shared.config.credentials {
            Credentials::Password { password, .. } => Some(password),
            Credentials::Ticket { .. } | Credentials::Missing(_) => None,
            Credentials::ApiToken(_) => {
                return Err(Error::Login {
                    request: "PUT /access/password".to_owned(),
                    cause: "Proxmox Backup Server lets no API token change a password; use \
                            `username` and `password`"
                        .to_owned(),
                });
            }
        };
        let body = Passwords {
            userid: id.as_str(),
            password: password.expose(),
            confirmation_password: own.map(Secret::expose),
        };
        let call = Call::put(["access", "password"]).json(&body).redacts(Some(password));
        self.send_write(call.needs("Permissions.Modify", USERS)).await
    }
}

/// A user on the wire; what PBS adds in other versions is passed over.
#[derive(Deserialize)]
pub(super) struct Wire<Id> {
    userid: Id,
    comment: Option<String>,
    enable: Option<bool>,
    expire: Option<i64>,
    firstname: Option<String>,
    lastname: Option<String>,
    email: Option<String>,
    #[serde(default)]
    tokens: Vec<tokens::Wire<String>>,
}

impl From<Wire<UserId>> for User {
    fn from(wire: Wire<UserId>) -> Self {
        let Wire { userid, comment, enable, expire, firstname, lastname, email, tokens: _ } = wire;
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self {
            id: userid,
            comment: given(comment),
            enabled: enable.unwrap_or(true),
            expire: expire.filter(|end| *end != 0),
            firstname: given(firstname),
            lastname: given(lastname),
            email: given(email),
        }
    }
}

impl UserWithTokens {
    /// Users whose id we cannot parse are passed over, since nobody can have asked for them.
    pub(super) fn index(wires: Vec<Wire<String>>) -> BTreeMap<UserId, Self> {
        let each = |mut wire: Wire<String>| {
            let tokens = tokens::parsed(std::mem::take(&mut wire.tokens));
            let tokens = tokens.map(|token| (token.id.clone(), token)).collect();
            let Wire { userid, comment, enable, expire, firstname, lastname, email, tokens: rest } =
                wire;
            let userid = userid.parse::<UserId>().ok()?;
            let wire =
                Wire { userid, comment, enable, expire, firstname, lastname, email, tokens: rest };
            let user = User::from(wire);
            Some((user.id.clone(), Self { user, tokens }))
        };
        wires.into_iter().filter_map(each).collect()
    }
}

#[derive(Default, Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    userid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    firstname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lastname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    delete: Vec<&'static str>,
}

impl Body<'_> {
    fn of(change: &UserChange) -> Self {
        let UserChange { comment, enabled, expire, firstname, lastname, email } = change;
        let mut delete = Vec::new();
        // PBS demands two letters of a name, so an empty one cannot clear it; a deletion can.
        let mut split = |name, change: &Option<Option<String>>| {
            let text = change.clone()?.filter(|text| !text.is_empty());
            if text.is_none() {
                delete.push(name);
            }
            text
        };
        Self {
            comment: split("comment", comment),
            enable: *enabled,
            // Enabled and 0 remove what is stored.
            expire: expire.map(Option::unwrap_or_default),
            firstname: split("firstname", firstname),
            lastname: split("lastname", lastname),
            email: split("email", email),
            delete,
            ..Self::default()
        }
    }
}
