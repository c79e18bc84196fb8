//! Between values and Rust types, through serde and nothing in between.
//!
//! Structs and maps are maps, sequences are lists (sets come of [`Value::conform`]), `None` is null.
//! Errors say where and what was expected, and never what was found.

mod de;
mod error;
mod ser;

use std::fmt::Display;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::value::{Result, Value};

/// `data` as a value.
///
/// # Errors
/// Names the place that has no counterpart among Terraform's values, such as an enum variant with
/// fields or a float that is not finite.
pub(super) fn to_value<T: Serialize + ?Sized>(data: &T) -> Result<Value> {
    data.serialize(ser::Serializer)
}

/// `value` as a `T`. Null and unknown are `None` where `T` has an option, and errors elsewhere.
///
/// # Errors
/// Names the place and what was expected there.
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
