use super::{Json, Mode};
use crate::{
    path::Step,
    value::{Error, Result, Type, Value, attribute, require_all},
};

/// Converts `json` to a value of type `ty`. Strings are moved, so that no copy of a secret is made.
pub(super) fn shape(json: Json, ty: &Type, mode: Mode) -> Result<Value> {
    match (json, ty) {
        (Json::Null, _) => Ok(Value::Null),
        (Json::Bool(bool), Type::Bool) => Ok(Value::Bool(bool)),
        (Json::Number(number), Type::Number) => Ok(Value::Number(number)),
        (Json::String(text), Type::String) => Ok(Value::String(text)),
        (Json::Array(elements), Type::List(element)) => {
            shape_each(elements, element, mode).map(Value::List)
        }
        (Json::Array(elements), Type::Set(element)) => {
            shape_each(elements, element, mode).map(Value::Set)
        }
        (Json::Object(members), Type::Map(element)) => {
            let entry = |(key, json): (String, Json)| match shape(json, element, mode) {
                Ok(value) => Ok((key, value)),
                Err(error) => Err(error.under(Step::Key(key))),
            };
            Ok(Value::Map(members.into_iter().map(entry).collect::<Result<_>>()?))
        }
        (Json::Object(mut members), Type::Object(attributes)) => {
            match mode {
                Mode::Strict => require_all(&members, attributes)?,
                Mode::Lenient => {
                    members.retain(|name, _| attribute(attributes, name).is_ok());
                    for (name, _) in attributes {
                        members.entry(name.to_string()).or_default();
                    }
                }
            }
            let member = |(name, json): (String, Json)| match shape(
                json,
                attribute(attributes, &name)?,
                mode,
            ) {
                Ok(value) => Ok((name, value)),
                Err(error) => Err(error.under(Step::Attribute(name))),
            };
            Ok(Value::Map(members.into_iter().map(member).collect::<Result<_>>()?))
        }
        _ => Err(Error::expected(ty)),
    }
}

/// Converts each of `elements` to a value of type `ty`.
fn shape_each(elements: Vec<Json>, ty: &Type, mode: Mode) -> Result<Vec<Value>> {
    let element = |(index, json): (usize, Json)| {
        shape(json, ty, mode).map_err(|error| error.under(Step::index(index)))
    };
    elements.into_iter().enumerate().map(element).collect()
}
