//! Values as msgpack, the form in which Terraform sends them; directed by the type.

use super::value::{Error, Result, Type, Value};

/// Reads one value of type `ty` that fills `bytes`.
///
/// # Errors
/// Names the place that is malformed or of another type.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value> {
    let _ = (bytes, ty);
    Err(Error::new("not written yet"))
}

/// Writes `value` as one of type `ty`.
///
/// # Errors
/// Names the place that is of another type.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>> {
    let _ = (value, ty);
    Err(Error::new("not written yet"))
}
