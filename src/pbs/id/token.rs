//! API tokens and their names, and the union of users and tokens that PBS calls an auth id.

use crate::pbs::id::{
    LONGEST_ID, Malformed, UserId, check_length, check_plain, name_type, text_type,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const TOKEN_FORM: &str = "`name@realm!token` (a token id)";
const AUTH_FORM: &str = "`name@realm` or `name@realm!token`";

name_type! {
    /// What a token is called among its user's tokens: letters, digits, `_`, and after the first
    /// character also `.` and `-`. Upper and lower case differ.
    TokenName, |text: &str| check_plain("letters, digits, `_`, `.` and `-` (a token name)", text, 0)
}

/// `name@realm!token`: what an API token authenticates as.
///
/// At most 64 characters as a whole. PBS 4.2.3 refuses a longer one only after it has stored the
/// hash of its secret, for good; therefore it cannot be made here.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenId {
    user: UserId,
    name: TokenName,
}

/// Who can be granted a role: a user, or one of its tokens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AuthId {
    /// `name@realm`
    User(UserId),
    /// `name@realm!token`
    Token(TokenId),
}

impl TokenId {
    /// The token called `name` of `user`.
    ///
    /// # Errors
    /// The whole id would have more than 64 characters.
    pub fn new(user: UserId, name: TokenName) -> Result<Self, Malformed> {
        let id = Self { user, name };
        check_length(TOKEN_FORM, &id.to_string(), 0, LONGEST_ID)?;
        Ok(id)
    }

    /// Whose token it is.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// What it is called among the tokens of its user.
    #[must_use]
    pub fn name(&self) -> &TokenName {
        &self.name
    }
}

impl AuthId {
    /// The user itself, or the owner of the token.
    #[must_use]
    pub fn user(&self) -> &UserId {
        match self {
            Self::User(user) => user,
            Self::Token(token) => token.user(),
        }
    }

    /// The token, if it is one.
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
        let user = user.parse::<UserId>().map_err(|malformed| malformed.within(TOKEN_FORM))?;
        let before = user.as_str().chars().count() + 1;
        let Some(name) = name else {
            return Err(Malformed::character(TOKEN_FORM, text, before));
        };
        check_plain(TOKEN_FORM, name, before)?;
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

/// The user and, behind the first `!` that follows the last `@`, the name of the token: the name of
/// a user may itself hold both characters.
fn split(text: &str) -> (&str, Option<&str>) {
    let realm = text.rfind('@').map_or(0, |at| at + 1);
    match text[realm..].find('!') {
        Some(at) => (&text[..realm + at], Some(&text[realm + at + 1..])),
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
