//! The names of things in PBS: parsed once, valid ever after.
//!
//! Each type holds exactly what PBS accepts as that name (4.2.3, measured), so that a typing
//! mistake is found before a request is made. What exists on a server is not known here.

mod acl_path;
mod token;

pub use acl_path::AclPath;
pub use token::{AuthId, TokenId, TokenName};

use std::fmt;

/// Why a text is not what it should be: the form that is expected, and where the text departs
/// from it. The text itself is never repeated, since it may be a secret in the wrong place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {form}; {fault}")]
pub struct Malformed {
    form: &'static str,
    fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    /// The first character that does not belong, counted from 1.
    Character(usize),
    /// The text ends where something has to follow.
    End,
    /// So many characters, of at most so many.
    Long(usize, usize),
    /// So many characters, of at least so many.
    Short(usize, usize),
    /// What a rule beyond the letters says.
    Rule(&'static str),
}

impl Malformed {
    /// `text` departs from `form` at character `place`, counted from 1.
    pub(crate) fn character(form: &'static str, text: &str, place: usize) -> Self {
        let ends = place > text.chars().count();
        Self { form, fault: if ends { Fault::End } else { Fault::Character(place) } }
    }

    /// A rule that no single character breaks.
    pub(crate) fn rule(form: &'static str, rule: &'static str) -> Self {
        Self { form, fault: Fault::Rule(rule) }
    }

    /// So many characters, of at most so many.
    pub(crate) fn long(form: &'static str, length: usize, most: usize) -> Self {
        Self { form, fault: Fault::Long(length, most) }
    }

    /// The same fault, seen as part of something that has another form.
    pub(crate) fn within(self, form: &'static str) -> Self {
        Self { form, ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(place) => write!(f, "character {place} does not belong there"),
            Self::End => f.write_str("the text ends too early"),
            Self::Long(length, most) => {
                write!(f, "the text has {length} characters, at most {most} are allowed")
            }
            Self::Short(length, least) => {
                write!(f, "the text has {length} characters, at least {least} are needed")
            }
            Self::Rule(rule) => f.write_str(rule),
        }
    }
}

/// A type around a checked text: everything but the check is the same for all of them.
macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as PBS writes it.
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

/// What follows from `FromStr` and `Display`: conversions for serde, and a `Debug` that reads well.
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

use name_type;
pub(in crate::pbs) use text_type;

/// The longest user or token id that PBS can store.
pub(super) const LONGEST_ID: usize = 64;

name_type! {
    /// `name@realm`: who may log in, or own tokens.
    ///
    /// The name may hold anything but white space, control characters, `:` and `/`; the realm is
    /// what follows the last `@`.
    UserId, check_user
}

name_type! {
    /// A role such as `DatastoreBackup`. The list is open: new versions of PBS add roles.
    RoleId, check_role
}

name_type! {
    /// The name of a datastore.
    DatastoreName, |text: &str| check_plain("letters, digits, `_`, `.` and `-` (a datastore name)", text, 0)
}

name_type! {
    /// A namespace inside a datastore: up to seven names with `/` between them.
    Namespace, check_namespace
}

impl UserId {
    /// What stands before the last `@`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(name, _)| name)
    }

    /// What stands after the last `@`: `pam`, `pbs`, or a realm of the administrator's.
    #[must_use]
    pub fn realm(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, realm)| realm)
    }

    /// Whether this is `root@pam`, to whom PBS grants everything and for whom it stores no entry.
    #[must_use]
    pub fn is_superuser(&self) -> bool {
        self.0 == "root@pam"
    }
}

fn check_user(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "`name@realm` (a user id)";
    let name = text.rsplit_once('@').map_or(text, |(name, _)| name);
    let length = name.chars().count();
    if name.is_empty() {
        return Err(Malformed::character(FORM, text, 1));
    }
    let wrong = |c: char| c.is_whitespace() || c.is_control() || c == ':' || c == '/';
    if let Some(place) = name.chars().position(wrong) {
        return Err(Malformed::character(FORM, text, place + 1));
    }
    let Some((_, realm)) = text.rsplit_once('@') else {
        return Err(Malformed::character(FORM, text, length + 1));
    };
    check_plain(FORM, realm, length + 1)?;
    check_length(FORM, text, 3, LONGEST_ID)
}

fn check_role(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "letters and digits (a role id such as `DatastoreBackup`)";
    match text.chars().position(|c| !c.is_ascii_alphanumeric()) {
        Some(place) => Err(Malformed::character(FORM, text, place + 1)),
        None if text.is_empty() => Err(Malformed::character(FORM, text, 1)),
        None => Ok(()),
    }
}

fn check_namespace(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "names with `/` between them (a namespace)";
    check_segments(FORM, text, 0)?;
    if text.split('/').count() > 7 {
        return Err(Malformed::rule(FORM, "more than 7 levels are not possible"));
    }
    check_length(FORM, text, 1, 256)
}

/// Names with `/` between them; `before` counts the characters that stand before them.
fn check_segments(form: &'static str, text: &str, before: usize) -> Result<(), Malformed> {
    let mut at = before;
    for segment in text.split('/') {
        check_plain(form, segment, at).map_err(|malformed| match malformed.fault {
            // An empty name ends the text only if nothing follows it.
            Fault::End if at < before + text.chars().count() => {
                Malformed { form, fault: Fault::Character(at + 1) }
            }
            _ => malformed,
        })?;
        at += segment.chars().count() + 1;
    }
    Ok(())
}

/// The letters of most names in PBS: `[A-Za-z0-9_][A-Za-z0-9._-]*`, after `before` other characters.
fn check_plain(form: &'static str, text: &str, before: usize) -> Result<(), Malformed> {
    let belongs = |(place, c): (usize, char)| {
        c.is_ascii_alphanumeric() || c == '_' || (place > 0 && (c == '.' || c == '-'))
    };
    match text.chars().enumerate().position(|each| !belongs(each)) {
        Some(place) => Err(Malformed { form, fault: Fault::Character(before + place + 1) }),
        None if text.is_empty() => Err(Malformed { form, fault: Fault::End }),
        None => Ok(()),
    }
}

fn check_length(
    form: &'static str,
    text: &str,
    least: usize,
    most: usize,
) -> Result<(), Malformed> {
    match text.chars().count() {
        length if length > most => Err(Malformed { form, fault: Fault::Long(length, most) }),
        length if length < least => Err(Malformed { form, fault: Fault::Short(length, least) }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
