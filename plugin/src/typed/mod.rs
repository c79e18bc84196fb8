//! Conversion between values and Rust types through serde.
//!
//! Structs and maps become [`Value::Map`], sequences become [`Value::List`], and `None` becomes
//! null. [`Value::conform`] turns lists into sets where the schema has sets. Errors state the path
//! and what was expected, but never the actual value.

mod de;
mod error;
mod ser;

use crate::value::{Result, Value};
use serde::{Serialize, de::DeserializeOwned};

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

#[cfg(test)]
mod tests;
