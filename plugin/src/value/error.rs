use super::Type;
use crate::{
    number::NotANumber,
    path::{Path, Step},
};
use std::{borrow::Cow, fmt};

/// The error of decoding, encoding or converting a value.
///
/// The error names the path and what was expected at this path. The error never quotes the actual
/// value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The path of the attribute or element, from the root of the value.
    pub path: Path,
    /// What is wrong at the path, such as `expected a bool`.
    pub message: Cow<'static, str>,
}

/// The result of decoding, encoding or converting a value.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error at the root of a value. If this value is inside another value, [`Error::under`]
    /// adds the step from the outer value to the inner value.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self { path: Path::root(), message: message.into() }
    }

    /// Puts `step` in front of the path, when the error is passed on to the enclosing value.
    pub fn under(mut self, step: Step) -> Self {
        self.path.under(step);
        self
    }

    /// The error for a value that is not of type `ty`.
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

    /// An error at the attribute `name` of an object.
    pub(crate) fn attribute(name: &str, message: &'static str) -> Self {
        Self::new(message).under(Step::Attribute(name.to_owned()))
    }

    /// The error for a number that cannot be decoded.
    pub(crate) fn from_number(error: NotANumber) -> Self {
        Self::new(error.to_string())
    }

    /// The error for an attribute that the type does not have. The error quotes the name only if
    /// the name looks like a name from a schema, because any other text might be a secret.
    pub(crate) fn unsupported_attribute(name: &str) -> Self {
        const MESSAGE: &str = "unsupported attribute";
        if is_attribute_name(name) { Self::attribute(name, MESSAGE) } else { Self::new(MESSAGE) }
    }
}

/// Whether `name` looks like an attribute name from a schema: short and in snake case.
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
