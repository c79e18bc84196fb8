//! Conversion between values and Rust types through serde.
//!
//! Structs and maps become [`Value::Map`], sequences become [`Value::List`], and `None` becomes
//! null. [`Value::conform`] turns lists into sets where the schema has sets. Errors name the path
//! and what was expected at this path, but never quote the actual value.

mod de;
mod error;
mod ser;

use crate::value::{Result, Value};
use serde::{Serialize, de::DeserializeOwned};

/// Serializes `data` to a value.
///
/// # Errors
/// The data cannot be represented as a Terraform value, for example an enum variant with fields or
/// a float that is not finite. The error names the path.
pub(super) fn to_value<T: Serialize + ?Sized>(data: &T) -> Result<Value> {
    data.serialize(ser::Serializer)
}

/// Deserializes `value` as a `T`. Where `T` has an `Option`, a null or unknown value becomes
/// `None`. Elsewhere, a null or unknown value is an error.
///
/// # Errors
/// The value does not match `T`. The error names the path and what was expected.
pub(super) fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T> {
    T::deserialize(value)
}

#[cfg(test)]
mod tests;
