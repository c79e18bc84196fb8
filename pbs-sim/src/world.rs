//! What exists on the simulated server: users, tokens, access control list, datastores. Tests look
//! at it and change it behind the API's back. Knows nothing of requests.

use std::{collections::BTreeMap, sync::Arc};

use ring::digest;

use crate::{
    acl::{Acl, AclEntry},
    datastore::Datastore,
    id::user_of,
    random::Random,
    rights::RightsCache,
};

/// A user, as stored in `user.cfg`. `None` means that the key is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Free text.
    pub comment: Option<String>,
    /// Absent means enabled.
    pub enable: Option<bool>,
    /// Seconds since 1970; absent and 0 mean never.
    pub expire: Option<i64>,
    /// First name.
    pub firstname: Option<String>,
    /// Last name.
    pub lastname: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Without one the user cannot log in.
    pub password: Option<String>,
    /// Whether a login with the password is answered with a ticket that is not yet a login.
    pub second_factor: bool,
}

/// An API token. `None` means that the key is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// Free text.
    pub comment: Option<String>,
    /// Absent means enabled.
    pub enable: Option<bool>,
    /// Seconds since 1970; absent and 0 mean never.
    pub expire: Option<i64>,
    /// The current secret.
    pub secret: String,
}

/// The state of a simulated server, from [`Simulator::world`](crate::Simulator::world).
///
/// Every change made here counts at once for the rights of requests, without the 5 s that a change
/// through the API may take.
pub struct World {
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) left_behind: BTreeMap<String, String>,
    /// Shared with the cache of rights until it changes.
    pub(crate) acl: Arc<Acl>,
    pub(crate) datastores: BTreeMap<String, Datastore>,
    pub(crate) rights: RightsCache,
    pub(crate) random: Random,
}

impl World {
    pub(crate) fn new(random: Random) -> Self {
        let root = User { comment: Some("Superuser".into()), ..User::default() };
        Self {
            users: BTreeMap::from([("root@pam".to_string(), root)]),
            tokens: BTreeMap::new(),
            left_behind: BTreeMap::new(),
            acl: Arc::default(),
            datastores: BTreeMap::new(),
            rights: RightsCache::default(),
            random,
        }
    }

    /// All users by id.
    pub fn users(&self) -> &BTreeMap<String, User> {
        &self.users
    }

    /// Adds or replaces a user.
    pub fn put_user(&mut self, userid: &str, user: User) {
        self.users.insert(userid.into(), user);
        self.rights.flush();
    }

    /// Adds a user that has nothing but its id.
    pub fn add_user(&mut self, userid: &str) {
        self.put_user(userid, User::default());
    }

    /// A user to change in place.
    pub fn user_mut(&mut self, userid: &str) -> Option<&mut User> {
        self.rights.flush();
        self.users.get_mut(userid)
    }

    /// Removes a user with its tokens and their ACL entries, as a deletion through the API does:
    /// the user's own entries stay. Says whether it was there.
    pub fn delete_user(&mut self, userid: &str) -> bool {
        let tokens: Vec<String> = self.tokens_of(userid).map(|(id, _)| id.clone()).collect();
        for id in tokens {
            self.delete_token(&id);
        }
        self.rights.flush();
        self.users.remove(userid).is_some()
    }

    /// All tokens by id (`name@realm!token`).
    pub fn tokens(&self) -> &BTreeMap<String, Token> {
        &self.tokens
    }

    /// Adds or replaces a token; its user need not exist.
    pub fn put_token(&mut self, token_id: &str, token: Token) {
        self.tokens.insert(token_id.into(), token);
        self.rights.flush();
    }

    /// Adds a token with a new secret, which is returned.
    pub fn add_token(&mut self, token_id: &str) -> String {
        let secret = self.random.uuid();
        self.put_token(token_id, Token { secret: secret.clone(), ..Token::default() });
        secret
    }

    /// A token to change in place.
    pub fn token_mut(&mut self, token_id: &str) -> Option<&mut Token> {
        self.rights.flush();
        self.tokens.get_mut(token_id)
    }

    /// Removes a token and its ACL entries; says whether it was there.
    pub fn delete_token(&mut self, token_id: &str) -> bool {
        self.acl_mut().remove_all_of(token_id);
        self.rights.flush();
        self.tokens.remove(token_id).is_some()
    }

    /// Sets or removes the comment of a user or token; says whether that is there.
    pub fn set_comment(&mut self, auth_id: &str, comment: Option<&str>) -> bool {
        let user = self.users.get_mut(auth_id).map(|user| &mut user.comment);
        let token = self.tokens.get_mut(auth_id).map(|token| &mut token.comment);
        match user.or(token) {
            Some(old) => *old = comment.map(String::from),
            None => return false,
        }
        true
    }

    /// Whether this is the token's current secret.
    pub fn check_secret(&self, token_id: &str, secret: &str) -> bool {
        self.tokens.get(token_id).is_some_and(|token| token.secret == secret)
    }

    /// Tokens of which only a secret exists, because their id was too long to be written.
    pub fn left_behind(&self) -> Vec<&str> {
        self.left_behind.keys().map(String::as_str).collect()
    }

    /// All ACL entries.
    pub fn acl(&self) -> Vec<AclEntry> {
        self.acl.entries().collect()
    }

    /// The access control list as the text of PBS's `acl.cfg`.
    pub fn acl_cfg(&self) -> String {
        self.acl.config()
    }

    /// Adds an ACL entry or changes its `propagate`, by the rules of PBS but without its checks.
    pub fn put_acl(&mut self, path: &str, auth_id: &str, role: &str, propagate: bool) {
        self.acl_mut().put(path, auth_id, role, propagate);
        self.rights.flush();
    }

    /// Removes an ACL entry; says whether it was there.
    pub fn delete_acl(&mut self, path: &str, auth_id: &str, role: &str) -> bool {
        self.rights.flush();
        self.acl_mut().remove(path, auth_id, role)
    }

    /// All datastores by name.
    pub fn datastores(&self) -> &BTreeMap<String, Datastore> {
        &self.datastores
    }

    /// Adds an empty datastore, or finds the one that is there; for changes in place.
    pub fn datastore_mut(&mut self, name: &str) -> &mut Datastore {
        self.datastores.entry(name.into()).or_insert_with(|| Datastore::new(name))
    }

    /// Removes a datastore; says whether it was there.
    pub fn delete_datastore(&mut self, name: &str) -> bool {
        self.datastores.remove(name).is_some()
    }

    pub(crate) fn acl_mut(&mut self) -> &mut Acl {
        Arc::make_mut(&mut self.acl)
    }

    pub(crate) fn tokens_of(&self, userid: &str) -> impl Iterator<Item = (&String, &Token)> {
        let prefix = format!("{userid}!");
        self.tokens.range(prefix.clone()..).take_while(move |(id, _)| id.starts_with(&prefix))
    }

    /// After a write of `user.cfg`, everybody's rights are read anew.
    pub(crate) fn users_written(&mut self) {
        self.rights.flush();
    }

    /// Before a write of `user.cfg`, PBS reads it, which trims comments.
    pub(crate) fn trim_comments(&mut self) {
        let users = self.users.values_mut().map(|user| &mut user.comment);
        let tokens = self.tokens.values_mut().map(|token| &mut token.comment);
        for comment in users.chain(tokens).flatten() {
            if comment.trim().len() < comment.len() {
                *comment = comment.trim().into();
            }
        }
    }

    /// The digest of `user.cfg`: of all users and tokens, but no secret.
    pub(crate) fn users_digest(&self) -> String {
        let mut text = String::new();
        for (id, user) in &self.users {
            let User { comment, enable, expire, firstname, lastname, email, .. } = user;
            text +=
                &format!("{id:?}{comment:?}{enable:?}{expire:?}{firstname:?}{lastname:?}{email:?}");
        }
        for (id, Token { comment, enable, expire, secret: _ }) in &self.tokens {
            text += &format!("{id:?}{comment:?}{enable:?}{expire:?}");
        }
        sha256(&text)
    }

    pub(crate) fn acl_digest(&self) -> String {
        sha256(&self.acl.config())
    }

    pub(crate) fn datastores_digest(&self) -> String {
        sha256(&format!("{:?}", self.datastores.keys()))
    }

    /// Whether a user or token may be used at `now` (seconds since 1970): it and its user exist, are
    /// enabled and not expired.
    pub(crate) fn is_active(&self, auth_id: &str, now: u64) -> bool {
        let alive = |enable: Option<bool>, expire: Option<i64>| {
            let expired = expire.is_some_and(|at| at > 0 && at <= now.cast_signed());
            enable != Some(false) && !expired
        };
        let user = self.users.get(user_of(auth_id));
        user.is_some_and(|user| alive(user.enable, user.expire))
            && (user_of(auth_id) == auth_id
                || self.tokens.get(auth_id).is_some_and(|token| alive(token.enable, token.expire)))
    }
}

fn sha256(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
