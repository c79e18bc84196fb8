use super::{Json, Mode};
use crate::path::Step;
use crate::value::{Error, Result, Type, Value, attribute, require_all};

/// `json` as a value of type `ty`; texts are moved, not copied.
pub(super) fn shape(json: Json, ty: &Type, mode: &mut Mode<'_>) -> Result<Value> {
    match (json, ty) {
        (Json::Null, _) => Ok(Value::Null),
        (Json::Bool(bool), Type::Bool) => Ok(Value::Bool(bool)),
        (Json::Number(number), Type::Number) => Ok(Value::Number(number)),
        (Json::String(text), Type::String) => Ok(Value::String(text)),
        (Json::Array(elements), Type::List(element)) => {
            elements_of(elements, element, mode).map(Value::List)
        }
        (Json::Array(elements), Type::Set(element)) => {
            elements_of(elements, element, mode).map(Value::Set)
        }
        (Json::Object(members), Type::Map(element)) => {
            let entry = |(key, json): (String, Json)| {
                let value = inside(json, element, mode, || Step::Key(key.clone()))?;
                Ok((key, value))
            };
            Ok(Value::Map(members.into_iter().map(entry).collect::<Result<_>>()?))
        }
        (Json::Object(mut members), Type::Object(attributes)) => {
            match mode {
                Mode::Strict => require_all(&members, attributes)?,
                Mode::Lenient(left_out) => {
                    for (name, _) in attributes {
                        members.entry((*name).to_owned()).or_default();
                    }
                    members.retain(|name, _| match attribute(attributes, name) {
                        Ok(_) => true,
                        Err(unknown) => {
                            left_out.push(unknown.path);
                            false
                        }
                    });
                }
            }
            let member = |(name, json): (String, Json)| {
                let value = inside(json, attribute(attributes, &name)?, mode, || {
                    Step::Attribute(name.clone())
                })?;
                Ok((name, value))
            };
            Ok(Value::Map(members.into_iter().map(member).collect::<Result<_>>()?))
        }
        _ => Err(Error::expected(ty)),
    }
}

fn elements_of(elements: Vec<Json>, ty: &Type, mode: &mut Mode<'_>) -> Result<Vec<Value>> {
    let element = |(index, json): (usize, Json)| inside(json, ty, mode, || Step::at(index));
    elements.into_iter().enumerate().map(element).collect()
}

/// What is found one step further in has a path one step longer.
fn inside(json: Json, ty: &Type, mode: &mut Mode<'_>, step: impl Fn() -> Step) -> Result<Value> {
    let before = if let Mode::Lenient(left_out) = mode { left_out.len() } else { 0 };
    let value = shape(json, ty, mode).map_err(|error| error.under(step()))?;
    if let Mode::Lenient(left_out) = mode {
        left_out[before..].iter_mut().for_each(|path| path.under(step()));
    }
    Ok(value)
}
