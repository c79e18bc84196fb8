//! Between values and Rust types, through serde and nothing in between.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::value::{Error, Result, Value};

/// `data` as a value: structs and maps become maps, sequences lists (see [`Value::conform`] for sets).
///
/// # Errors
/// Names the place that has no counterpart among Terraform's values.
pub fn to_value<T: Serialize + ?Sized>(data: &T) -> Result<Value> {
    let _ = data;
    Err(Error::new("not written yet"))
}

/// `value` as a `T`. Null and unknown are `None` where `T` has an option, and errors elsewhere.
///
/// # Errors
/// Names the place and what was expected there, never what was found.
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T> {
    let _ = value;
    Err(Error::new("not written yet"))
}
