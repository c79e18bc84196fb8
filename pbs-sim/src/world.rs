//! State of the simulated server: users, API tokens, access control list, configuration objects and
//! tasks. The modules `objects` and `tasks` contain the methods for configuration objects and
//! tasks.
//!
//! API handlers change this state. Tests can read and change it directly.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ring::digest;

use crate::{
    acl::{Acl, AclEntry},
    builtin,
    datastore::{Datastore, Directory},
    effective_privileges::AclCache,
    id::user_of,
    other_servers::OtherServers,
    random::Random,
    response::ApiError,
    sections::Sections,
    tasks::Tasks,
};

/// A user, as stored in PBS's `user.cfg`. A field is `None` if the file does not contain the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Comment.
    pub comment: Option<String>,
    /// Whether the user can log in and its tokens can be used. `None` means yes.
    pub enable: Option<bool>,
    /// Unix time in seconds at which the user expires. `None` and 0 mean never.
    pub expire: Option<i64>,
    /// First name.
    pub firstname: Option<String>,
    /// Last name.
    pub lastname: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Password. Without a password, the user cannot log in, but its tokens work.
    pub password: Option<String>,
    /// Whether a login also needs a second factor. If so, a login with the password returns a
    /// ticket that authenticates no request (from PBS's source).
    pub second_factor: bool,
}

/// An API token, as stored in PBS's `user.cfg`. A field is `None` if the file does not contain the
/// key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// Comment.
    pub comment: Option<String>,
    /// Whether the token can be used. `None` means yes.
    pub enable: Option<bool>,
    /// Unix time in seconds at which the token expires. `None` and 0 mean never.
    pub expire: Option<i64>,
    /// The current secret.
    pub secret: String,
}

/// The state of a simulated server. [`Simulator::world`](crate::Simulator::world) gives access to
/// this state.
///
/// A change made with these methods is effective for the next request. A change of the access
/// control list through the API can take up to 5 s to become effective.
pub struct World {
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) tokens: BTreeMap<String, Token>,
    /// Secrets of tokens that do not exist. PBS stores the secret of a new token before it checks
    /// the length of the token id. If the id is too long, the creation fails, but the secret stays
    /// stored. Maps the token id to the secret.
    pub(crate) orphaned_secrets: BTreeMap<String, String>,
    /// The current access control list. `acl_cache` shares this list until the list is changed.
    pub(crate) acl: Arc<Acl>,
    /// The objects below `/config` and the settings of the node.
    pub(crate) sections: Sections,
    /// The content of the datastores by name.
    pub(crate) datastores: BTreeMap<String, Datastore>,
    /// The content of datastores that were deleted although their data was kept, by the path of the
    /// datastore.
    pub(crate) abandoned_content: BTreeMap<String, Datastore>,
    /// What the disk contains besides the datastores, by absolute path.
    pub(crate) directories: BTreeMap<String, Directory>,
    /// The UUIDs of the file systems on the removable devices.
    pub(crate) devices: BTreeSet<String>,
    /// The names of the removable datastores that a client has unmounted.
    pub(crate) unmounted_datastores: BTreeSet<String>,
    pub(crate) tasks: Tasks,
    /// The task id of the last run of each job, by the path of its kind and by its id.
    pub(crate) job_runs: BTreeMap<(&'static str, String), String>,
    /// The content of remotes and S3 endpoints, which tests set.
    pub(crate) other_servers: OtherServers,
    /// Copy of the access control list. The privileges of callers are checked against this copy.
    /// The copy can be older than `acl`.
    pub(crate) acl_cache: AclCache,
    pub(crate) random: Random,
}

impl World {
    /// A server on which only `root@pam` and the built-in objects exist.
    pub(crate) fn new(random: Random) -> Self {
        let root = User { comment: Some("Superuser".into()), ..User::default() };
        let mut sections = Sections::default();
        builtin::add(&mut sections);
        Self {
            users: BTreeMap::from([("root@pam".to_string(), root)]),
            tokens: BTreeMap::new(),
            orphaned_secrets: BTreeMap::new(),
            acl: Arc::default(),
            sections,
            datastores: BTreeMap::new(),
            abandoned_content: BTreeMap::new(),
            directories: BTreeMap::new(),
            devices: BTreeSet::new(),
            unmounted_datastores: BTreeSet::new(),
            tasks: Tasks::default(),
            job_runs: BTreeMap::new(),
            other_servers: OtherServers::default(),
            acl_cache: AclCache::default(),
            random,
        }
    }

    /// All users by user id.
    pub fn users(&self) -> &BTreeMap<String, User> {
        &self.users
    }

    /// Adds or replaces a user.
    pub fn put_user(&mut self, userid: &str, user: User) {
        self.users.insert(userid.into(), user);
        self.acl_cache.flush();
    }

    /// Adds or replaces a user. The user gets default values in all fields, and therefore no
    /// password.
    pub fn add_user(&mut self, userid: &str) {
        self.put_user(userid, User::default());
    }

    /// Mutable access to a user. `None` if the user does not exist.
    pub fn user_mut(&mut self, userid: &str) -> Option<&mut User> {
        self.acl_cache.flush();
        self.users.get_mut(userid)
    }

    /// Deletes a user with its tokens and the ACL entries of these tokens. As with a deletion
    /// through the API, the ACL entries of the user itself stay. Returns whether the user existed.
    pub fn delete_user(&mut self, userid: &str) -> bool {
        let tokens: Vec<String> = self.tokens_of(userid).map(|(id, _)| id.clone()).collect();
        for id in tokens {
            self.delete_token(&id);
        }
        self.acl_cache.flush();
        self.users.remove(userid).is_some()
    }

    /// All tokens by token id, in the form `user@realm!name`.
    pub fn tokens(&self) -> &BTreeMap<String, Token> {
        &self.tokens
    }

    /// Adds or replaces a token. Its user does not have to exist.
    pub fn put_token(&mut self, token_id: &str, token: Token) {
        self.tokens.insert(token_id.into(), token);
        self.acl_cache.flush();
    }

    /// Adds or replaces a token with a new random secret, and returns the secret.
    pub fn add_token(&mut self, token_id: &str) -> String {
        let secret = self.random.uuid();
        self.put_token(token_id, Token { secret: secret.clone(), ..Token::default() });
        secret
    }

    /// Mutable access to a token. `None` if the token does not exist.
    pub fn token_mut(&mut self, token_id: &str) -> Option<&mut Token> {
        self.acl_cache.flush();
        self.tokens.get_mut(token_id)
    }

    /// Deletes a token and its ACL entries. Returns whether the token existed.
    pub fn delete_token(&mut self, token_id: &str) -> bool {
        self.acl_mut().remove_entries_of(token_id);
        self.acl_cache.flush();
        self.tokens.remove(token_id).is_some()
    }

    /// Sets the comment of a user or token, or removes it if `comment` is `None`. Returns whether
    /// the user or token exists.
    pub fn set_comment(&mut self, auth_id: &str, comment: Option<&str>) -> bool {
        let user = self.users.get_mut(auth_id).map(|user| &mut user.comment);
        let token = self.tokens.get_mut(auth_id).map(|token| &mut token.comment);
        match user.or(token) {
            Some(old_comment) => *old_comment = comment.map(String::from),
            None => return false,
        }
        true
    }

    /// Whether the token exists, and `secret` is its current secret.
    pub fn check_secret(&self, token_id: &str, secret: &str) -> bool {
        self.tokens.get(token_id).is_some_and(|token| token.secret == secret)
    }

    /// Ids of tokens that do not exist but whose secret PBS has stored. PBS stores the secret of a
    /// new token before it checks the length of the token id. If the id is too long, PBS does not
    /// create the token, but the secret stays stored.
    pub fn left_behind(&self) -> Vec<&str> {
        self.orphaned_secrets.keys().map(String::as_str).collect()
    }

    /// All ACL entries.
    pub fn acl(&self) -> Vec<AclEntry> {
        self.acl.entries().collect()
    }

    /// The text that PBS would write to `acl.cfg`.
    pub fn acl_cfg(&self) -> String {
        self.acl.to_acl_cfg()
    }

    /// Adds an ACL entry, or changes the `propagate` flag of an existing entry.
    ///
    /// PBS's rules for `NoAccess` and `root@pam` apply. The path, the user or token, and the role
    /// do not have to exist.
    pub fn put_acl(&mut self, path: &str, auth_id: &str, role: &str, propagate: bool) {
        self.acl_mut().put(path, auth_id, role, propagate);
        self.acl_cache.flush();
    }

    /// Deletes an ACL entry. Returns whether the entry existed.
    pub fn delete_acl(&mut self, path: &str, auth_id: &str, role: &str) -> bool {
        self.acl_cache.flush();
        self.acl_mut().remove(path, auth_id, role)
    }

    /// Mutable access to the access control list. A change does not affect the cached copy.
    pub(crate) fn acl_mut(&mut self) -> &mut Acl {
        Arc::make_mut(&mut self.acl)
    }

    /// The tokens of a user, with their token ids. The user does not have to exist.
    pub(crate) fn tokens_of(&self, userid: &str) -> impl Iterator<Item = (&String, &Token)> {
        let prefix = format!("{userid}!");
        let tokens = self.tokens.range(prefix.clone()..);
        // The token ids of another user can also begin with this prefix, because user names can
        // contain `@` and `!`.
        tokens
            .take_while(move |(id, _)| id.starts_with(&prefix))
            .filter(move |(id, _)| user_of(id) == userid)
    }

    /// Discards the cached copy of the access control list, so that changed entries become
    /// effective. PBS does this after every write of `user.cfg` (measured).
    pub(crate) fn invalidate_acl_cache(&mut self) {
        self.acl_cache.flush();
    }

    /// Checks that PBS can read its files `acl.cfg` and `user.cfg`. If PBS cannot read one of these
    /// files, it accepts no token, ticket or password until the file is corrected. This fact was
    /// measured for `acl.cfg`, and comes from PBS's source for `user.cfg`.
    ///
    /// # Errors
    /// PBS's message with status 401.
    pub(crate) fn check_files(&self) -> Result<(), ApiError> {
        let error = match self.acl_cache.read_error() {
            Some(error) => Some(error.to_string()),
            None => self.user_cfg_error(),
        };
        error.map_or(Ok(()), |error| Err(ApiError::unauthorized(error)))
    }

    /// PBS's error if it cannot read `user.cfg`. When PBS reads the file, it trims each value. If a
    /// trimmed name or e-mail address has fewer than 2 characters, the file is invalid (from PBS's
    /// source).
    fn user_cfg_error(&self) -> Option<String> {
        self.users.values().find_map(|user| {
            let texts = [
                ("firstname", &user.firstname),
                ("lastname", &user.lastname),
                ("email", &user.email),
            ];
            let is_too_short = |text: &String| text.trim().chars().count() < 2;
            let (name, _) =
                texts.into_iter().find(|(_, text)| text.as_ref().is_some_and(is_too_short))?;
            Some(format!(
                "parsing '\"/etc/proxmox-backup/user.cfg\"' failed: property '{name}': value must be at least 2 characters long"
            ))
        })
    }

    /// Trims the comments of all users and tokens. At every change of `user.cfg`, PBS reads the
    /// whole file first. Reading the file trims the comments.
    pub(crate) fn trim_comments(&mut self) {
        let users = self.users.values_mut().map(|user| &mut user.comment);
        let tokens = self.tokens.values_mut().map(|token| &mut token.comment);
        for comment in users.chain(tokens).flatten() {
            if comment.trim().len() < comment.len() {
                *comment = comment.trim().into();
            }
        }
    }

    /// A substitute for PBS's digest of `user.cfg`. The substitute changes whenever a user or token
    /// changes. A change of a password or secret does not affect it, because PBS stores passwords
    /// and secrets in other files.
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
        sha256_hex(&text)
    }

    /// The digest of `acl.cfg`.
    pub(crate) fn acl_digest(&self) -> String {
        sha256_hex(&self.acl.to_acl_cfg())
    }

    /// Whether a user or token exists, is enabled and has not expired. A token is also inactive if
    /// its user is inactive. `now` is the simulated Unix time in seconds.
    pub(crate) fn is_active(&self, auth_id: &str, now: u64) -> bool {
        let is_usable = |enable: Option<bool>, expire: Option<i64>| {
            let expired = expire.is_some_and(|time| time > 0 && time <= now.cast_signed());
            enable != Some(false) && !expired
        };
        let user = self.users.get(user_of(auth_id));
        user.is_some_and(|user| is_usable(user.enable, user.expire))
            && (user_of(auth_id) == auth_id
                || self
                    .tokens
                    .get(auth_id)
                    .is_some_and(|token| is_usable(token.enable, token.expire)))
    }
}

/// The SHA-256 digest of a text, as lower-case hexadecimal digits.
pub(crate) fn sha256_hex(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
