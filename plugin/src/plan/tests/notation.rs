//! Values as JSON text for tables of test cases. `"?"` stands for unknown. Omitted attributes are
//! null.

use crate::{
    json::Json,
    value::{Type, Value},
};

/// Parses a value of type `ty`.
pub(crate) fn read(ty: &Type, text: &str) -> Value {
    let json = Json::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
    typed(&json, ty)
}

/// Writes a value in the notation that [`read`] parses.
pub(crate) fn show(value: &Value) -> String {
    let all = |values: &[Value]| values.iter().map(show).collect::<Vec<_>>().join(", ");
    match value {
        Value::Null => "null".into(),
        Value::Unknown => r#""?""#.into(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{:?}", text.as_str()),
        Value::List(values) => format!("[{}]", all(values)),
        Value::Set(values) => format!("[{}]", all(values)),
        Value::Map(entries) => {
            let entry = |(key, value)| format!("{key:?}: {}", show(value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

fn typed(json: &Json, ty: &Type) -> Value {
    match (json, ty) {
        (Json::Null, _) => Value::Null,
        (Json::String(text), _) if text.as_str() == "?" => Value::Unknown,
        (Json::Bool(bool), Type::Bool) => (*bool).into(),
        (Json::Number(number), Type::Number) => number.clone().into(),
        (Json::String(text), Type::String) => text.as_str().into(),
        (Json::Array(items), Type::List(ty)) => {
            Value::list(items.iter().map(|item| typed(item, ty)))
        }
        (Json::Array(items), Type::Set(ty)) => Value::set(items.iter().map(|item| typed(item, ty))),
        (Json::Object(entries), Type::Map(ty)) => {
            Value::map(entries.iter().map(|(key, item)| (key, typed(item, ty))))
        }
        (Json::Object(entries), Type::Object(attributes)) => {
            for name in entries.keys() {
                assert!(attributes.iter().any(|(known, _)| known == name), "no attribute {name}");
            }
            Value::map(attributes.iter().map(|(name, ty)| {
                (&**name, entries.get(&**name).map_or(Value::Null, |item| typed(item, ty)))
            }))
        }
        _ => panic!("{json:?} is no {ty}"),
    }
}
