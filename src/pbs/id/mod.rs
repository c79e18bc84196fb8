//! Types for the ids and names of PBS.
//!
//! Each type accepts exactly the texts that PBS accepts (tried with PBS 4.2.3), so that the
//! provider reports a mistake before it sends a request. The types do not check whether an object
//! with the id or name exists.

mod acl_path;
mod namespace;
mod token;
mod unusable;

pub use acl_path::AclPath;
pub use token::{AuthId, TokenId, TokenName};

use std::fmt;

/// The reason why a text cannot be parsed: the expected form, and the first fault. The error does
/// not contain the text, because the text can be a secret that the user has set in the wrong place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {form}; {fault}")]
pub struct Malformed {
    form: &'static str,
    fault: Fault,
}

/// The noun for the text in errors. [`Malformed::of_part`] replaces this noun.
const TEXT: &str = "text";

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    /// The character at this position, counted from 1, is not allowed.
    Character(usize),
    /// The text is empty.
    Empty,
    /// This part of the text is missing or empty.
    Missing(&'static str),
    /// The name of the part that is too long, its number of characters, and the maximum number.
    Long(&'static str, usize, usize),
    /// The name of the part that is too short, its number of characters, and the minimum number.
    Short(&'static str, usize, usize),
    /// Any other fault, with its description.
    Rule(&'static str),
}

impl Malformed {
    /// The error for a character that is not allowed. `place` is its position, counted from 1.
    pub(crate) fn character(form: &'static str, place: usize) -> Self {
        Self { form, fault: Fault::Character(place) }
    }

    /// The error for an empty text.
    pub(crate) fn empty(form: &'static str) -> Self {
        Self { form, fault: Fault::Empty }
    }

    /// The error for a text without a part that it must contain. `part` is the noun for this part,
    /// for example "realm".
    pub(crate) fn missing(form: &'static str, part: &'static str) -> Self {
        Self { form, fault: Fault::Missing(part) }
    }

    /// The error for a text that breaks a rule of its own, for which there is no other function
    /// here. `rule` says what is wrong.
    pub(crate) fn rule(form: &'static str, rule: &'static str) -> Self {
        Self { form, fault: Fault::Rule(rule) }
    }

    /// The error for a text that has `count` more characters before the fault.
    pub(crate) fn moved_right(self, count: usize) -> Self {
        match self.fault {
            Fault::Character(place) => Self { fault: Fault::Character(place + count), ..self },
            _ => self,
        }
    }

    /// The error for a text that has `count` fewer characters before the fault.
    pub(crate) fn moved_left(self, count: usize) -> Self {
        match self.fault {
            Fault::Character(place) => {
                Self { fault: Fault::Character(place.saturating_sub(count)), ..self }
            }
            _ => self,
        }
    }

    /// The error for a larger text that contains the faulty text. `form` describes the expected
    /// form of the larger text.
    pub(crate) fn within(self, form: &'static str) -> Self {
        Self { form, ..self }
    }

    /// The same error, but with the noun `part` for the faulty text. `part` is the noun for a part
    /// of a larger text, for example "realm".
    pub(crate) fn of_part(self, part: &'static str) -> Self {
        match self.fault {
            Fault::Empty => Self { fault: Fault::Missing(part), ..self },
            Fault::Long(TEXT, length, most) => {
                Self { fault: Fault::Long(part, length, most), ..self }
            }
            Fault::Short(TEXT, length, least) => {
                Self { fault: Fault::Short(part, length, least), ..self }
            }
            _ => self,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(place) => write!(f, "character {place} is not allowed in this place"),
            Self::Empty => f.write_str("the text is empty"),
            Self::Missing(part) => write!(f, "the {part} is missing"),
            Self::Long(part, length, most) => {
                write!(f, "the {part} has {length} characters, at most {most} are allowed")
            }
            Self::Short(part, length, least) => {
                write!(f, "the {part} has {length} characters, at least {least} are required")
            }
            Self::Rule(rule) => f.write_str(rule),
        }
    }
}

/// Defines the type `$name` for the texts that the function `$check` accepts.
macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        $crate::pbs::id::text_type!($name);

        impl std::str::FromStr for $name {
            type Err = $crate::pbs::Malformed;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Implements `Debug` and the conversions that serde uses. The implementations call `FromStr` and
/// `Display`.
macro_rules! text_type {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = $crate::pbs::Malformed;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.to_string()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{self}")
            }
        }
    };
}

pub(in crate::pbs) use {name_type, text_type};

/// Maximum number of characters of a user id or token id.
pub(super) const LONGEST_ID: usize = 64;

name_type! {
    /// The id of a user, `user@realm`.
    ///
    /// The name can contain every character except white space, control characters, `:` and `/`. It
    /// can contain `@`, because the realm begins after the last `@`.
    UserId, check_user
}

name_type! {
    /// The id of a role, for example `DatastoreBackup`. The type also accepts roles that the
    /// provider does not know, because new versions of PBS add roles.
    RoleId, check_role
}

name_type! {
    /// The name of a datastore, 3 to 32 characters.
    DatastoreName, check_datastore
}

name_type! {
    /// A namespace in a datastore: up to seven names separated by `/`.
    Namespace, check_namespace
}

impl RoleId {
    /// The roles that PBS has. PBS 3.4 to 4.2 all have the same roles (API descriptions).
    pub const KNOWN: [&str; 18] = [
        "Admin",
        "Audit",
        "DatastoreAdmin",
        "DatastoreAudit",
        "DatastoreBackup",
        "DatastorePowerUser",
        "DatastoreReader",
        "NoAccess",
        "RemoteAdmin",
        "RemoteAudit",
        "RemoteDatastoreAdmin",
        "RemoteDatastorePowerUser",
        "RemoteSyncOperator",
        "RemoteSyncPushOperator",
        "TapeAdmin",
        "TapeAudit",
        "TapeOperator",
        "TapeReader",
    ];
}

impl UserId {
    /// The part before the last `@`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(name, _)| name)
    }

    /// The part after the last `@`: `pam`, `pbs`, or a realm that an administrator has added.
    #[must_use]
    pub fn realm(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, realm)| realm)
    }

    /// Whether this user is `root@pam`. This user has all privileges, and PBS stores no grants for
    /// this user.
    #[must_use]
    pub fn is_superuser(&self) -> bool {
        self.0 == "root@pam"
    }
}

fn check_user(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "a user id (`user@realm`)";
    let (name, realm) = match text.rsplit_once('@') {
        Some((name, realm)) => (name, Some(realm)),
        None => (text, None),
    };
    let is_forbidden = |c: char| c.is_whitespace() || c.is_control() || c == ':' || c == '/';
    match name.chars().position(is_forbidden) {
        Some(place) => return Err(Malformed::character(FORM, place + 1)),
        None if text.is_empty() => return Err(Malformed::empty(FORM)),
        None if name.is_empty() => return Err(Malformed::missing(FORM, "name of the user")),
        None => {}
    }
    let realm = realm.unwrap_or_default();
    check_plain(FORM, realm, name.chars().count() + 1).map_err(|error| error.of_part("realm"))?;
    check_length(FORM, text, 3, LONGEST_ID)
}

fn check_datastore(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "a datastore name (3 to 32 letters, digits, `_`, `.` and `-`)";
    check_name(FORM, text, 3, 32)
}

fn check_role(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "a role id such as `DatastoreBackup` (letters and digits)";
    match text.chars().position(|c| !c.is_ascii_alphanumeric()) {
        Some(place) => Err(Malformed::character(FORM, place + 1)),
        None if text.is_empty() => Err(Malformed::empty(FORM)),
        None => Ok(()),
    }
}

fn check_namespace(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "a namespace (names separated by `/`)";
    check_segments(FORM, text, 0)?;
    if text.split('/').count() > 7 {
        return Err(Malformed::rule(FORM, "the namespace must not have more than 7 levels"));
    }
    check_length(FORM, text, 1, 256)
}

/// Checks names separated by `/`. `offset` is the number of characters before the first name, which
/// the function adds to the position of a fault.
fn check_segments(form: &'static str, text: &str, offset: usize) -> Result<(), Malformed> {
    let mut start = offset;
    for segment in text.split('/') {
        check_plain(form, segment, start).map_err(|error| match error.fault {
            Fault::Empty if start < offset + text.chars().count() => {
                Malformed::character(form, start + 1)
            }
            // The last name is empty.
            Fault::Empty if !text.is_empty() => {
                Malformed::rule(form, "the text must not end with `/`")
            }
            _ => error,
        })?;
        start += segment.chars().count() + 1;
    }
    Ok(())
}

/// Checks that a name has the form of most names in PBS, and has `least` to `most` characters.
pub(in crate::pbs) fn check_name(
    form: &'static str,
    text: &str,
    least: usize,
    most: usize,
) -> Result<(), Malformed> {
    check_plain(form, text, 0)?;
    check_length(form, text, least, most)
}

/// Checks that a name has the form of most names in PBS, `[A-Za-z0-9_][A-Za-z0-9._-]*`. `offset` is
/// the number of characters before the name, which the function adds to the position of a fault.
pub(in crate::pbs) fn check_plain(
    form: &'static str,
    text: &str,
    offset: usize,
) -> Result<(), Malformed> {
    let is_allowed = |(place, c): (usize, char)| {
        c.is_ascii_alphanumeric() || c == '_' || (place > 0 && (c == '.' || c == '-'))
    };
    match text.chars().enumerate().position(|each| !is_allowed(each)) {
        Some(place) => Err(Malformed::character(form, offset + place + 1)),
        None if text.is_empty() => Err(Malformed::empty(form)),
        None => Ok(()),
    }
}

/// Checks that a text has `least` to `most` characters.
pub(in crate::pbs) fn check_length(
    form: &'static str,
    text: &str,
    least: usize,
    most: usize,
) -> Result<(), Malformed> {
    match text.chars().count() {
        length if length > most => Err(Malformed { form, fault: Fault::Long(TEXT, length, most) }),
        length if length < least => {
            Err(Malformed { form, fault: Fault::Short(TEXT, length, least) })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
