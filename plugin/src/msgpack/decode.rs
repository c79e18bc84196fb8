use crate::{
    number::Number,
    path::Step,
    value::{Error, ObjectAttribute, Result, Type, Value, attribute, require_all},
};
use rmp::{
    Marker,
    decode::{self as wire, DecodeStringError},
};
use std::collections::BTreeMap;

/// Decodes `bytes`, which must hold exactly one value, as a value of type `ty`.
///
/// Every extension type is decoded as an unknown value. Terraform uses two extension types: one
/// for plain unknown values, and one for unknown values with known properties, for example a string
/// with a known prefix. A number is encoded as an integer, a float or a decimal string.
///
/// # Errors
/// A value is malformed or does not match its type. The error names the path.
pub(crate) fn decode(bytes: &[u8], ty: &Type) -> Result<Value> {
    let mut input = bytes;
    let value = read(&mut input, ty)?;
    if input.is_empty() { Ok(value) } else { Err(Error::new("expected nothing after the value")) }
}

fn read(input: &mut &[u8], ty: &Type) -> Result<Value> {
    let marker = Marker::from_u8(*input.first().ok_or_else(truncated)?);
    match (marker, ty) {
        (Marker::Null, _) => wire::read_nil(input).map_err(|_| truncated()).map(|()| Value::Null),
        (
            Marker::FixExt1
            | Marker::FixExt2
            | Marker::FixExt4
            | Marker::FixExt8
            | Marker::FixExt16
            | Marker::Ext8
            | Marker::Ext16
            | Marker::Ext32,
            _,
        ) => {
            let extension = wire::read_ext_meta(input).map_err(|_| truncated())?;
            *input = input.get(extension.size as usize..).ok_or_else(truncated)?;
            Ok(Value::Unknown)
        }
        (Marker::True | Marker::False, Type::Bool) => {
            wire::read_bool(input).map(Value::Bool).map_err(|_| truncated())
        }
        (_, Type::Number) => read_number(input, marker).map(Value::Number),
        (_, Type::String) => read_text(input, "expected a string").map(Value::text),
        (_, Type::List(element)) => read_elements(input, ty, element).map(Value::List),
        (_, Type::Set(element)) => read_elements(input, ty, element).map(Value::Set),
        (_, Type::Map(element)) => read_map(input, ty, element),
        (_, Type::Object(attributes)) => read_object(input, ty, attributes),
        (_, Type::Bool) => Err(Error::expected(ty)),
    }
}

fn read_number(input: &mut &[u8], marker: Marker) -> Result<Number> {
    let float = match marker {
        Marker::F32 => wire::read_f32(input).map_err(|_| truncated())?.into(),
        Marker::F64 => wire::read_f64(input).map_err(|_| truncated())?,
        Marker::U64 => return wire::read_u64(input).map(Number::from).map_err(|_| truncated()),
        Marker::FixPos(_)
        | Marker::FixNeg(_)
        | Marker::U8
        | Marker::U16
        | Marker::U32
        | Marker::I8
        | Marker::I16
        | Marker::I32
        | Marker::I64 => {
            return wire::read_int::<i64, _>(input).map(Number::from).map_err(|_| truncated());
        }
        _ => {
            let text = read_text(input, "expected a number")?;
            return text.parse().map_err(Error::from_number);
        }
    };
    Number::try_from(float).map_err(|_| Error::new("expected a finite number"))
}

/// Reads a string. `mismatch` is the error message for a value of another type.
fn read_text<'a>(input: &mut &'a [u8], mismatch: &'static str) -> Result<&'a str> {
    let (text, rest) = wire::read_str_from_slice(*input).map_err(|error| match error {
        DecodeStringError::TypeMismatch(_) => Error::new(mismatch),
        DecodeStringError::InvalidUtf8(..) => Error::new("expected a string in UTF-8"),
        _ => truncated(),
    })?;
    *input = rest;
    Ok(text)
}

fn read_elements(input: &mut &[u8], ty: &Type, element: &Type) -> Result<Vec<Value>> {
    let length = length(wire::read_array_len(input), ty)?;
    // Do not allocate memory for the length in the header, because this length may exceed the size
    // of the message.
    (0..length)
        .map(|index| read(input, element).map_err(|error| error.under(Step::index(index))))
        .collect()
}

fn read_map(input: &mut &[u8], ty: &Type, element: &Type) -> Result<Value> {
    let mut map = BTreeMap::new();
    for _ in 0..length(wire::read_map_len(input), ty)? {
        let key = read_text(input, "expected a string as the map key")?;
        let under_key = |error: Error| error.under(Step::Key(key.to_owned()));
        let value = read(input, element).map_err(under_key)?;
        if map.insert(key.to_owned(), value).is_some() {
            return Err(under_key(Error::new("is set more than once")));
        }
    }
    Ok(Value::Map(map))
}

fn read_object(input: &mut &[u8], ty: &Type, attributes: &[ObjectAttribute]) -> Result<Value> {
    let mut object = BTreeMap::new();
    for _ in 0..length(wire::read_map_len(input), ty)? {
        let name = read_text(input, "expected an attribute name")?;
        let value = read(input, attribute(attributes, name)?);
        let value = value.map_err(|error| error.under(Step::Attribute(name.to_owned())))?;
        if object.insert(name.to_owned(), value).is_some() {
            return Err(Error::attribute(name, "is set more than once"));
        }
    }
    require_all(&object, attributes)?;
    Ok(Value::Map(object))
}

/// The number of elements of a list, set, map or object of type `ty`.
fn length(header: std::result::Result<u32, wire::ValueReadError>, ty: &Type) -> Result<usize> {
    match header {
        Ok(length) => Ok(length as usize),
        Err(wire::ValueReadError::TypeMismatch(_)) => Err(Error::expected(ty)),
        Err(_) => Err(truncated()),
    }
}

/// The error for a message that ends too early.
fn truncated() -> Error {
    Error::new("the message ends before the value is complete")
}
