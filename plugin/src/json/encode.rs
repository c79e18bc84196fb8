use crate::{
    path::Step,
    value::{Error, Result, Type, Value, attribute, require_all},
};
use std::io::Write as _;

/// Encodes `value` as a value of type `ty`. A list is accepted in place of a set.
///
/// # Errors
/// A value does not match its type or is unknown. JSON cannot express unknown values. The error
/// names the path.
pub(crate) fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>> {
    let mut output = Vec::new();
    write(&mut output, value, ty)?;
    Ok(output)
}

fn write(output: &mut Vec<u8>, value: &Value, ty: &Type) -> Result<()> {
    match (value, ty) {
        (Value::Null, _) => output.extend(b"null"),
        (Value::Unknown, _) => return Err(Error::new("is not known yet")),
        (Value::Bool(bool), Type::Bool) => {
            output.extend(if *bool { &b"true"[..] } else { b"false" })
        }
        (Value::Number(number), Type::Number) => {
            write!(output, "{number}").map_err(encoding_failed)?
        }
        (Value::String(text), Type::String) => write_text(output, text)?,
        (Value::List(elements), Type::List(element))
        | (Value::Set(elements) | Value::List(elements), Type::Set(element)) => {
            output.push(b'[');
            for (index, value) in elements.iter().enumerate() {
                write_comma(output, index);
                write(output, value, element).map_err(|error| error.under(Step::index(index)))?;
            }
            output.push(b']');
        }
        (Value::Map(map), Type::Map(element)) => {
            output.push(b'{');
            for (index, (key, value)) in map.iter().enumerate() {
                write_name(output, index, key)?;
                write(output, value, element)
                    .map_err(|error| error.under(Step::Key(key.clone())))?;
            }
            output.push(b'}');
        }
        (Value::Map(object), Type::Object(attributes)) => {
            require_all(object, attributes)?;
            output.push(b'{');
            for (index, (name, value)) in object.iter().enumerate() {
                write_name(output, index, name)?;
                write(output, value, attribute(attributes, name)?)
                    .map_err(|error| error.under(Step::Attribute(name.clone())))?;
            }
            output.push(b'}');
        }
        _ => return Err(Error::expected(ty)),
    }
    Ok(())
}

/// Writes the name of a member. `index` is the position of the member in its object.
fn write_name(output: &mut Vec<u8>, index: usize, name: &str) -> Result<()> {
    write_comma(output, index);
    write_text(output, name)?;
    output.push(b':');
    Ok(())
}

/// Writes the comma in front of the element at `index`. The first element has no comma.
fn write_comma(output: &mut Vec<u8>, index: usize) {
    if index > 0 {
        output.push(b',');
    }
}

fn write_text(output: &mut Vec<u8>, text: &str) -> Result<()> {
    serde_json::to_writer(output, text).map_err(encoding_failed)
}

fn encoding_failed<E>(_: E) -> Error {
    Error::new("could not be encoded")
}
