use crate::{
    number::Number,
    path::Step,
    value::{Error, Result, Type, Value, attribute, require_all},
};
use rmp::encode as wire;

/// Terraform's encoding of an unknown value without any information about the value.
const UNKNOWN: [u8; 3] = [0xd4, 0, 0];

/// Encodes `value` as a value of type `ty`.
///
/// A list is accepted in place of a set, because an error here would lose the state of an object
/// that already exists.
///
/// # Errors
/// The value does not match its type. The error names the path.
pub(crate) fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>> {
    // Allocate the buffer once. Growing it would cost time and leave copies of secrets in memory.
    let mut output = Vec::with_capacity(encoded_size(value));
    write(&mut output, value, ty)?;
    Ok(output)
}

fn write(output: &mut Vec<u8>, value: &Value, ty: &Type) -> Result<()> {
    match (value, ty) {
        (Value::Null, _) => wire::write_nil(output).map_err(encoding_failed),
        (Value::Unknown, _) => {
            output.extend(UNKNOWN);
            Ok(())
        }
        (Value::Bool(bool), Type::Bool) => wire::write_bool(output, *bool).map_err(encoding_failed),
        (Value::Number(number), Type::Number) => write_number(output, number),
        (Value::String(text), Type::String) => write_text(output, text),
        (Value::List(elements), Type::List(element))
        | (Value::Set(elements) | Value::List(elements), Type::Set(element)) => {
            wire::write_array_len(output, length(elements.len())?).map_err(encoding_failed)?;
            for (index, value) in elements.iter().enumerate() {
                write(output, value, element).map_err(|error| error.under(Step::index(index)))?;
            }
            Ok(())
        }
        (Value::Map(map), Type::Map(element)) => {
            wire::write_map_len(output, length(map.len())?).map_err(encoding_failed)?;
            for (key, value) in map {
                write_text(output, key)?;
                write(output, value, element)
                    .map_err(|error| error.under(Step::Key(key.clone())))?;
            }
            Ok(())
        }
        (Value::Map(object), Type::Object(attributes)) => {
            require_all(object, attributes)?;
            wire::write_map_len(output, length(object.len())?).map_err(encoding_failed)?;
            for (name, value) in object {
                write_text(output, name)?;
                write(output, value, attribute(attributes, name)?)
                    .map_err(|error| error.under(Step::Attribute(name.clone())))?;
            }
            Ok(())
        }
        _ => Err(Error::expected(ty)),
    }
}

fn write_number(output: &mut Vec<u8>, number: &Number) -> Result<()> {
    if let Some(integer) = number.to_i64() {
        wire::write_sint(output, integer).map(drop).map_err(encoding_failed)
    } else if let Some(integer) = number.to_u64() {
        wire::write_u64(output, integer).map_err(encoding_failed)
    } else if let Some(float) = number.to_f64() {
        wire::write_f64(output, float).map_err(encoding_failed)
    } else {
        write_text(output, &number.to_string())
    }
}

fn write_text(output: &mut Vec<u8>, text: &str) -> Result<()> {
    length(text.len())?;
    wire::write_str(output, text).map_err(encoding_failed)
}

/// An estimate of the encoded size of `value` in bytes. The estimate is never too small, unless
/// `value` contains numbers that are encoded as decimal strings.
fn encoded_size(value: &Value) -> usize {
    // The size of the largest header of a string, array or map.
    const HEADER: usize = 5;
    match value {
        Value::Null | Value::Bool(_) => 1,
        Value::Unknown => UNKNOWN.len(),
        Value::Number(_) => 9,
        Value::String(text) => HEADER + text.len(),
        Value::List(elements) | Value::Set(elements) => {
            HEADER + elements.iter().map(encoded_size).sum::<usize>()
        }
        Value::Map(entries) => {
            HEADER
                + entries
                    .iter()
                    .map(|(key, value)| HEADER + key.len() + encoded_size(value))
                    .sum::<usize>()
        }
    }
}

fn length(length: usize) -> Result<u32> {
    length.try_into().map_err(|_| Error::new("is longer than msgpack can encode"))
}

fn encoding_failed<E>(_: E) -> Error {
    Error::new("could not be encoded")
}
