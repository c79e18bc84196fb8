use crate::value::Error;
use serde::{
    de::{self, Expected, Unexpected},
    ser,
};
use std::fmt::Display;

impl ser::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

/// Replaces the default messages of serde, because they quote the actual value. Custom messages are
/// kept, because they come from the provider's own types. These types never quote a value that they
/// reject.
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
        Self::unsupported_attribute(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::attribute(field, "is missing")
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::attribute(field, "is set more than once")
    }
}
