//! Ids and names of API tokens, and the auth id, which is the id of either a user or a token.

use crate::pbs::id::{
    LONGEST_ID, Malformed, UserId, check_length, check_plain, name_type, text_type,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const TOKEN_FORM: &str = "a token id (`user@realm!name`)";
const AUTH_FORM: &str = "a user or token id (`user@realm` or `user@realm!name`)";

name_type! {
    /// The name of a token, unique among the tokens of its user: letters, digits, `_`, and after
    /// the first character also `.` and `-`. It is case-sensitive.
    TokenName, |text: &str| check_plain("a token name (letters, digits, `_`, `.` and `-`)", text, 0)
}

/// The id of an API token, `user@realm!name`.
///
/// The id has at most 64 characters. If an id is longer, PBS 4.2.3 stores the hash of the secret
/// before it rejects the id. PBS never removes this hash. This type therefore rejects such an id
/// before a request is sent.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenId {
    user: UserId,
    name: TokenName,
}

/// The subject of a grant: a user or a token.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AuthId {
    /// A user, `user@realm`.
    User(UserId),
    /// A token, `user@realm!name`.
    Token(TokenId),
}

impl TokenId {
    /// The id of the token `name` of `user`.
    ///
    /// # Errors
    /// The id would have more than 64 characters.
    pub fn new(user: UserId, name: TokenName) -> Result<Self, Malformed> {
        let id = Self { user, name };
        check_length(TOKEN_FORM, &id.to_string(), 0, LONGEST_ID)?;
        Ok(id)
    }

    /// The user that owns the token.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// The name of the token.
    #[must_use]
    pub fn name(&self) -> &TokenName {
        &self.name
    }
}

impl AuthId {
    /// The user, or the user that owns the token.
    #[must_use]
    pub fn user(&self) -> &UserId {
        match self {
            Self::User(user) => user,
            Self::Token(token) => token.user(),
        }
    }

    /// The token, or `None` for a user.
    #[must_use]
    pub fn token(&self) -> Option<&TokenId> {
        match self {
            Self::User(_) => None,
            Self::Token(token) => Some(token),
        }
    }
}

impl FromStr for TokenId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (user, name) = split(text);
        let user = user.parse::<UserId>().map_err(|error| match text {
            "" => error.within(TOKEN_FORM),
            _ => error.within(TOKEN_FORM).of_part("user"),
        })?;
        let before = user.as_str().chars().count() + 1;
        let name = name.unwrap_or_default();
        check_plain(TOKEN_FORM, name, before).map_err(|error| error.of_part("token name"))?;
        Self::new(user, name.parse()?)
    }
}

impl FromStr for AuthId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let parsed = match split(text) {
            (_, None) => text.parse().map(Self::User),
            (_, Some(_)) => text.parse().map(Self::Token),
        };
        parsed.map_err(|malformed| malformed.within(AUTH_FORM))
    }
}

/// Splits the text at the first `!` after the last `@` into the user and the name of the token. The
/// name of a user can contain `@` and `!`.
fn split(text: &str) -> (&str, Option<&str>) {
    let realm = text.rfind('@').map_or(0, |index| index + 1);
    match text[realm..].find('!') {
        Some(length) => (&text[..realm + length], Some(&text[realm + length + 1..])),
        None => (text, None),
    }
}

text_type!(TokenId);
text_type!(AuthId);

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}!{}", self.user, self.name)
    }
}

impl fmt::Display for AuthId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.fmt(f),
            Self::Token(token) => token.fmt(f),
        }
    }
}

impl From<UserId> for AuthId {
    fn from(user: UserId) -> Self {
        Self::User(user)
    }
}

impl From<TokenId> for AuthId {
    fn from(token: TokenId) -> Self {
        Self::Token(token)
    }
}
