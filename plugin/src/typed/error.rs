use std::fmt::Display;

use serde::de::{Expected, Unexpected};
use serde::{de, ser};

use crate::value::Error;

impl ser::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

/// serde's own messages quote what was found; these do not. A message that a type of ours gives
/// when it refuses a text is kept, since those never repeat the text.
impl de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}"))
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        let quoted: Vec<String> = expected.iter().map(|variant| format!("`{variant}`")).collect();
        Self::new(format!("expected one of {}", quoted.join(", ")))
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::unknown_attribute(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::attribute(field, "is missing")
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::attribute(field, "is given twice")
    }
}
