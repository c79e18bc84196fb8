//! `/access/users`: users and their passwords.

use crate::pbs::{
    AuthId, Client, Credentials, Error, Result, Secret, Target, Token, TokenId, UserId,
    absence::Object, access::tokens, http::Call, snapshot::Area,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const USERS: &str = "/access/users";

/// A user without its password, which PBS does not return.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire<UserId>")]
pub struct User {
    /// Id of the user.
    pub id: UserId,
    /// Comment on one line; `None` if the comment is empty.
    pub comment: Option<String>,
    /// Whether the user can log in and its tokens can be used.
    pub enabled: bool,
    /// Unix time in seconds after which the user can no longer log in; `None` if the user never
    /// expires.
    pub expire: Option<i64>,
    /// First name.
    pub firstname: Option<String>,
    /// Last name.
    pub lastname: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

/// Changes of a user. A property that is `None` stays as it is. `Some(None)` removes the property.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// Comment.
    pub comment: Option<Option<String>>,
    /// Whether the user can log in and its tokens can be used.
    pub enabled: Option<bool>,
    /// Expiration date in Unix seconds.
    pub expire: Option<Option<i64>>,
    /// First name.
    pub firstname: Option<Option<String>>,
    /// Last name.
    pub lastname: Option<Option<String>>,
    /// E-mail address.
    pub email: Option<Option<String>>,
}

/// A user in the list, with its tokens.
pub(in crate::pbs) struct UserWithTokens {
    pub(super) user: User,
    pub(super) tokens: BTreeMap<TokenId, Token>,
}

impl Client {
    /// The user, or `None` if the user does not exist. The client searches the shared list first.
    /// The list can be incomplete, because PBS omits objects that the authenticated user or token
    /// is not allowed to see. If the list does not contain the user, a separate request therefore
    /// reads the user.
    ///
    /// # Errors
    /// The request fails, or the authenticated user or token lacks the privilege `Sys.Audit` on
    /// `/access/users`.
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

    /// Whether the user is missing in a list that was read at most five seconds ago. If the result
    /// is false, the user may exist.
    ///
    /// Call this function before a creation. Suppose that the result is true, and that the response
    /// to the creation is lost. If the user then exists, this creation has created the user.
    ///
    /// # Errors
    /// The request fails.
    pub async fn user_was_absent(&self, id: &UserId) -> Result<bool> {
        let users = self.users_and_tokens_since(tokens::MAX_AGE_OF_PROOF, &[]).await?;
        Ok(!users.contains_key(id))
    }

    /// All users that the authenticated user or token can see.
    ///
    /// # Errors
    /// The request fails.
    pub async fn users(&self) -> Result<Vec<User>> {
        let users = self.users_and_tokens(Area::Users).await?;
        Ok(users.values().map(|listed| listed.user.clone()).collect())
    }

    /// Creates a user. A password is allowed only for users in the realm `pbs`, and must have at
    /// least 8 characters. The request is retried only if the server has certainly not carried it
    /// out.
    ///
    /// # Errors
    /// The user exists already ([`Error::already_exists`]), the realm is unknown, or the
    /// authenticated user or token lacks the privilege `Permissions.Modify` on `/access/users`.
    pub async fn create_user(&self, user: &User, password: Option<&Secret>) -> Result<()> {
        let User { id, comment, enabled, expire, firstname, lastname, email } = user;
        let nonempty = |text: &'_ Option<String>| text.clone().filter(|text| !text.is_empty());
        let body = Body {
            userid: Some(id.as_str()),
            password: password.map(Secret::expose),
            comment: nonempty(comment),
            enable: (!enabled).then_some(false),
            expire: expire.filter(|seconds| *seconds != 0),
            firstname: nonempty(firstname),
            lastname: nonempty(lastname),
            email: nonempty(email),
            delete: Vec::new(),
        };
        let _epoch = self.shared.lists.epochs.advance_on_drop(&[Area::Users, Area::Tokens]);
        let call = Call::post(["access", "users"]).json(&body).not_idempotent().changes(id);
        let call = call.redacts(password.cloned()).needs("Permissions.Modify", USERS);
        let created = self.send_write(call).await;
        self.record_creation(AuthId::User(id.clone()), &created);
        created.map_err(|error| Object::User(id).into_already_exists(error))
    }

    /// Changes an existing user.
    ///
    /// # Errors
    /// The user does not exist, or the authenticated user or token lacks the privilege
    /// `Permissions.Modify` on `/access/users`.
    pub async fn update_user(&self, id: &UserId, change: &UserChange) -> Result<()> {
        let _epoch = self.shared.lists.epochs.advance_on_drop(&[Area::Users, Area::Tokens]);
        let call = Call::put(["access", "users", id.as_str()]).json(&Body::of(change)).changes(id);
        self.send_write(call.needs("Permissions.Modify", USERS)).await
    }

    /// Deletes a user, its tokens, and the grants of these tokens. Succeeds even if the user does
    /// not exist. The grants of the user itself stay. These grants apply to a later user with the
    /// same id (PBS 4.2.3, recorded).
    ///
    /// # Errors
    /// The request fails, or the authenticated user or token lacks the privilege
    /// `Permissions.Modify` on `/access/users`.
    pub async fn delete_user(&self, id: &UserId) -> Result<()> {
        let _deletion_lock = self.shared.deletion_lock.write().await;
        let _grants_lock = self.lock_grants_for_write().await;
        let areas = [Area::Users, Area::Tokens, Area::Acl];
        let _epoch = self.shared.lists.epochs.advance_on_drop(&areas);
        let call = Call::delete(["access", "users", id.as_str()]).changes(id);
        match self.send_write(call.needs("Permissions.Modify", USERS)).await {
            Err(error) if Object::User(id).is_reported_missing(&error) => Ok(()),
            other => other,
        }
    }

    /// Sets a new password for a user. PBS does not accept this request from API tokens, and
    /// requires the password of the authenticated user as a confirmation.
    ///
    /// # Errors
    /// The client authenticates with an API token, or the authenticated user lacks the privilege
    /// `Permissions.Modify` on `/`. To change its own password, a user needs no privilege.
    pub async fn change_password(&self, id: &UserId, password: &Secret) -> Result<()> {
        #[derive(Serialize)]
        #[serde(rename_all = "kebab-case")]
        struct Passwords<'a> {
            userid: &'a str,
            password: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            confirmation_password: Option<&'a str>,
        }
        let own_password = match &self.shared.config.credentials {
            Credentials::Password { password, .. } => Some(password),
            Credentials::Ticket { .. } | Credentials::Missing(_) | Credentials::Unknown(_) => None,
            Credentials::ApiToken(_) => {
                return Err(Error::Login {
                    request: "PUT /access/password".to_owned(),
                    cause: "Proxmox Backup Server does not let API tokens change passwords; use \
                            `username` and `password` instead of the token"
                        .to_owned(),
                });
            }
        };
        let body = Passwords {
            userid: id.as_str(),
            password: password.expose(),
            confirmation_password: own_password.map(Secret::expose),
        };
        let call = Call::put(["access", "password"]).json(&body).redacts([password.clone()]);
        let call = call.changes(Target::password(id));
        self.send_write(call.needs("Permissions.Modify", "/")).await
    }
}

/// A user as PBS sends it. Properties that other PBS versions add are ignored.
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
        let nonempty = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self {
            id: userid,
            comment: nonempty(comment),
            enabled: enable.unwrap_or(true),
            expire: expire.filter(|seconds| *seconds != 0),
            firstname: nonempty(firstname),
            lastname: nonempty(lastname),
            email: nonempty(email),
        }
    }
}

impl UserWithTokens {
    /// The users of a list, indexed by id. Users whose id cannot be parsed are left out, because no
    /// [`UserId`] can name them.
    pub(super) fn index(wires: Vec<Wire<String>>) -> BTreeMap<UserId, Self> {
        let parse = |mut wire: Wire<String>| {
            // The tokens are parsed separately. `take` leaves an empty list in `wire`.
            let tokens = tokens::parse_list(std::mem::take(&mut wire.tokens));
            let tokens = tokens.map(|token| (token.id.clone(), token)).collect();
            let Wire { userid, comment, enable, expire, firstname, lastname, email, tokens: empty } =
                wire;
            let userid = userid.parse::<UserId>().ok()?;
            let wire =
                Wire { userid, comment, enable, expire, firstname, lastname, email, tokens: empty };
            let user = User::from(wire);
            Some((user.id.clone(), Self { user, tokens }))
        };
        wires.into_iter().filter_map(parse).collect()
    }
}

/// The body of a creation or update.
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
        // PBS requires at least two characters in a name, so an empty name is sent as a deletion.
        let mut set_or_delete = |name, change: &Option<Option<String>>| {
            let text = change.clone()?.filter(|text| !text.is_empty());
            if text.is_none() {
                delete.push(name);
            }
            text
        };
        Self {
            comment: set_or_delete("comment", comment),
            enable: *enabled,
            // PBS removes the stored value if `enable` is true or `expire` is 0.
            expire: expire.map(Option::unwrap_or_default),
            firstname: set_or_delete("firstname", firstname),
            lastname: set_or_delete("lastname", lastname),
            email: set_or_delete("email", email),
            delete,
            ..Self::default()
        }
    }
}
