//! Converts between nested objects of Terraform and property strings of PBS.

use super::field::{Field, Parts, Wire};
use crate::pbs::{Property, notation::PropertyString};
use tf_plugin::Value;
use zeroize::Zeroizing;

/// The nested object that the property string contains. Null if the text is not a property string,
/// or lacks one of the constants. For example, the property string of a datastore that is not on S3
/// lacks the constant `type=s3`.
pub(super) fn decode(parts: &Parts, property: &Property) -> Value {
    let pairs = property.as_text().map(|text| PropertyString::parse(text, parts.default_key));
    let Some(Ok(pairs)) = pairs else { return Value::Null };
    if parts.constants.iter().any(|(key, value)| pairs.get(key) != Some(value)) {
        return Value::Null;
    }
    let value = |field: &Field| {
        let value = pairs.get(field.property).map_or(Value::Null, |text| from_text(field, text));
        (field.attribute.name.to_string(), value)
    };
    Value::Map(parts.fields.iter().map(value).collect())
}

/// The property string with the values of a nested object. `current` is the property string on the
/// server. The result keeps the keys of `current` that the provider does not know. It is `None` if
/// `current` has no such keys and the nested object has no values.
pub(super) fn encode(
    parts: &Parts,
    value: &Value,
    current: Option<&Property>,
) -> Option<Zeroizing<String>> {
    let current = current.and_then(Property::as_text).unwrap_or_default();
    let mut pairs = PropertyString::parse(current, parts.default_key)
        .unwrap_or_else(|_| PropertyString::new(parts.default_key));
    for (key, _) in parts.constants {
        pairs.remove(key);
    }
    for field in &parts.fields {
        let value = value.get(&field.attribute.name).unwrap_or(&Value::Null);
        match to_text(field, value) {
            Some(text) => pairs.set(field.property, &text),
            None => drop(pairs.remove(field.property)),
        }
    }
    if pairs.is_empty() {
        return None;
    }
    for (key, value) in parts.constants {
        pairs.set(key, value);
    }
    Some(Zeroizing::new(pairs.to_string()))
}

/// Whether two nested objects have the same meaning, so that the provider need not send a property
/// string to change one into the other.
pub(super) fn equal(parts: &Parts, a: &Value, b: &Value) -> bool {
    encode(parts, a, None).is_none() == encode(parts, b, None).is_none()
        && parts.fields.iter().all(|field| {
            let get =
                |object: &Value| object.get(&field.attribute.name).cloned().unwrap_or_default();
            field.attribute.semantically_equal(&get(a), &get(b))
        })
}

/// The text for the value of an attribute in a property string. `None` if the value is null or
/// blank.
fn to_text(field: &Field, value: &Value) -> Option<Zeroizing<String>> {
    match (&field.wire, value) {
        _ if value.is_empty() => None,
        (Wire::Text, Value::String(text)) => Some(field.text_for_pbs(text)),
        (Wire::Integer, Value::Number(number)) => Some(Zeroizing::new(number.to_string())),
        (Wire::Flag { inverted }, Value::Bool(flag)) => {
            Some(Zeroizing::new((flag ^ inverted).to_string()))
        }
        _ => None,
    }
}

/// The value of an attribute for its text in a property string. Null if the text is not valid.
fn from_text(field: &Field, text: &str) -> Value {
    match &field.wire {
        Wire::Text => text.into(),
        Wire::Integer => text.parse::<i64>().map_or(Value::Null, Value::from),
        Wire::Flag { inverted } => match text {
            "1" | "true" | "yes" | "on" => Value::Bool(!inverted),
            "0" | "false" | "no" | "off" => Value::Bool(*inverted),
            _ => Value::Null,
        },
        _ => Value::Null,
    }
}
