use std::borrow::Cow;
use std::fmt;

use super::Type;
use crate::number::NotANumber;
use crate::path::{Path, Step};

/// Why a value could not be decoded, encoded or converted: where, and what was expected there.
///
/// Never quotes what was found instead, since it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The place, from the root of the value.
    pub path: Path,
    /// What was expected, such as `expected a bool`.
    pub message: Cow<'static, str>,
}

/// What the codecs and conversions of values answer.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A complaint about the root; [`Error::under`] moves it inwards.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self { path: Path::root(), message: message.into() }
    }

    /// The same complaint seen from one level further out.
    pub fn under(mut self, step: Step) -> Self {
        self.path.under(step);
        self
    }

    pub(crate) fn expected(ty: &Type) -> Self {
        Self::new(match ty {
            Type::Bool => "expected a bool",
            Type::Number => "expected a number",
            Type::String => "expected a string",
            Type::List(_) => "expected a list",
            Type::Set(_) => "expected a set",
            Type::Map(_) => "expected a map",
            Type::Object(_) => "expected an object",
        })
    }

    pub(crate) fn attribute(name: &str, message: &'static str) -> Self {
        Self::new(message).under(Step::Attribute(name.to_owned()))
    }

    pub(crate) fn from_number(error: NotANumber) -> Self {
        Self::new(error.to_string())
    }

    /// An attribute that the type does not have. Its name is repeated only if it
    /// could be one: where anything at all can stand, a secret can.
    pub(crate) fn unknown_attribute(name: &str) -> Self {
        const MESSAGE: &str = "there is no such attribute";
        if is_attribute_name(name) { Self::attribute(name, MESSAGE) } else { Self::new(MESSAGE) }
    }
}

/// Whether this looks like the name of an attribute.
fn is_attribute_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_root() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
