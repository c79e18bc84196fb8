//! Ids and names of API tokens, and auth ids. An auth id is the id of either a user or a token.

use crate::pbs::id::{
    LONGEST_ID, Malformed, UserId, check_length, check_plain, name_type, text_type,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const TOKEN_FORM: &str = "a token id (`user@realm!name`)";
const AUTH_FORM: &str = "a user or token id (`user@realm` or `user@realm!name`)";

name_type! {
    /// The name of a token, which is unique among the tokens of its user. A name consists of
    /// letters, digits, `_`, `.` and `-`, but its first character is neither `.` nor `-`. Names are
    /// case-sensitive.
    TokenName, |text: &str| check_plain("a token name (letters, digits, `_`, `.` and `-`)", text, 0)
}

/// The id of an API token, `user@realm!name`.
///
/// The id has at most 64 characters. If a client creates a token with a longer id, PBS 4.2.3 stores
/// the hash of the secret before it rejects the id, and never removes this hash. This type
/// therefore rejects a longer id, so that the provider does not send the request.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenId {
    user: UserId,
    name: TokenName,
}

/// The id of a user or of a token. In a grant, it is the id of the subject.
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
    /// This user, or the user that owns this token.
    #[must_use]
    pub fn user(&self) -> &UserId {
        match self {
            Self::User(user) => user,
            Self::Token(token) => token.user(),
        }
    }

    /// This token. `None` if this is a user.
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
        let (user, name) = split_token_id(text);
        let user = user.parse::<UserId>().map_err(|error| match text {
            "" => error.within(TOKEN_FORM),
            _ => error.within(TOKEN_FORM).of_part("user"),
        })?;
        let offset = user.as_str().chars().count() + 1;
        let name = name.unwrap_or_default();
        check_plain(TOKEN_FORM, name, offset).map_err(|error| error.of_part("token name"))?;
        Self::new(user, name.parse()?)
    }
}

impl FromStr for AuthId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let parsed = match split_token_id(text) {
            (_, None) => text.parse().map(Self::User),
            (_, Some(_)) => text.parse().map(Self::Token),
        };
        parsed.map_err(|error: Malformed| error.within(AUTH_FORM))
    }
}

/// Splits a token id into the id of the user and the name of the token, at the first `!` after the
/// last `@`. A `!` before the last `@` belongs to the name of the user. The name of the token is
/// `None` if there is no `!` after the last `@`.
fn split_token_id(text: &str) -> (&str, Option<&str>) {
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
