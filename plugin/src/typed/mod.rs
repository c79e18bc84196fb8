//! Conversion between values and Rust types through serde.
//!
//! Structs and maps become [`Value::Map`], sequences become [`Value::List`], and `None` becomes
//! null. [`Value::conform`] turns lists into sets where the schema has sets. Errors state the path
//! and what was expected, but never the actual value.

mod de;
mod error;
mod ser;

use crate::value::{Result, Value};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use std::{fmt::Display, str::FromStr};

/// Serializes `data` to a value.
///
/// # Errors
/// The path of the data that cannot be represented as a Terraform value, such as an enum variant
/// with fields or a float that is not finite.
pub(super) fn to_value<T: Serialize + ?Sized>(data: &T) -> Result<Value> {
    data.serialize(ser::Serializer)
}

/// Deserializes `value` as a `T`. Null and unknown values become `None` where `T` has an `Option`,
/// and are errors elsewhere.
///
/// # Errors
/// The path of the value that does not match `T`, and what was expected there.
pub(super) fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T> {
    T::deserialize(value)
}

/// For a field of an attribute with [`Attribute::blank_is_none`](super::Attribute::blank_is_none): what
/// its text says, where an empty one says nothing.
///
/// # Errors
/// The text is no `T`.
pub fn blank_is_none<'de, D, T>(deserializer: D) -> std::result::Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
}

#[cfg(test)]
mod tests;
