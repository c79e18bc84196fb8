//! Converts states that another provider wrote.
//!
//! The other providers name most attributes like the properties of PBS. The state is therefore
//! converted to a record of properties, which is then decoded like a response of the server.

use super::{
    Object,
    field::{Field, Parts, Wire},
    wire::{decode, from_property},
};
use crate::pbs::{
    Property, Record,
    notation::{PropertyString, encode_named_value},
};
use tf_plugin::{Json, Result, Value};
use zeroize::Zeroizing;

/// Converts the state of another provider. Attributes that this type does not have are left out.
pub(super) fn convert(object: &Object, state: &Json) -> Result<Value> {
    let mut record = Record::new();
    for field in &object.fields {
        if let Some(property) = find(field, state).and_then(|found| property(field, &found)) {
            record.insert(field.property.to_owned(), property);
        }
    }
    let (_, combine) = object.foreign;
    if let Some((property, text)) = combine(state) {
        record.insert(property.to_owned(), Property::text(text));
    }
    let mut converted = decode(&object.fields, &record, &Value::Null);
    if let Some(attributes) = converted.as_map_mut() {
        // The other providers have no map of secrets.
        for field in object.fields.iter().filter(|field| field.is_secret() && !field.is_map()) {
            if let Some(Found { json: Json::String(secret), .. }) = find(field, state) {
                attributes.insert(field.attribute.name.to_string(), Value::String(secret.clone()));
            }
        }
    }
    Ok(converted)
}

/// Attributes that other providers add to the properties of PBS, and that no configuration sets.
const INTERNAL: [&str; 3] = ["digest", "id", "origin"];

/// The names of the attributes that are set in the state, but that this type does not have.
pub(super) fn dropped(object: &Object, state: &Json) -> Vec<String> {
    let Json::Object(attributes) = state else { return Vec::new() };
    let is_known = |name: &str| {
        INTERNAL.contains(&name)
            || object.foreign.0.contains(&name)
            || object.fields.iter().any(|field| {
                field.attribute.name == name || field.property.replace('-', "_") == name
            })
    };
    let dropped = attributes.iter().filter(|(name, value)| value.is_set() && !is_known(name));
    dropped.map(|(name, _)| name.clone()).collect()
}

/// The value of an attribute in the state of another provider.
struct Found<'a> {
    json: &'a Json,
    /// Whether the value has the meaning of the property in PBS, and not the meaning of this
    /// provider's attribute. For example, the property `disable` and the attribute `enabled` have
    /// opposite meanings.
    is_of_property: bool,
}

/// The value of an attribute in the state of another provider, which names the attribute like the
/// property in snake case, or like this provider.
fn find<'a>(field: &Field, state: &'a Json) -> Option<Found<'a>> {
    let known = |name: &str, is_of_property| {
        let json = state.get(name).filter(|json| !matches!(json, Json::Null))?;
        Some(Found { json, is_of_property })
    };
    let property = field.property.replace('-', "_");
    known(&property, true).or_else(|| known(&field.attribute.name, false))
}

/// The property with this value. `None` if the property cannot have this value. For example, the
/// number 0 can stand for a missing number.
fn property(field: &Field, found: &Found<'_>) -> Option<Property> {
    let json = found.json;
    let property = match (&field.wire, json) {
        (Wire::Text | Wire::Base64, Json::String(text)) if !text.is_empty() => {
            Property::Text(text.clone())
        }
        (Wire::Map, Json::Object(elements)) if !elements.is_empty() => {
            let item = |(name, value): (&String, &Json)| match value {
                Json::String(value) => Some(encode_named_value(name, value)),
                _ => None,
            };
            Property::List(elements.iter().filter_map(item).collect())
        }
        (Wire::Integer, Json::Number(number)) => Property::Integer(number.to_i64()?),
        (Wire::Flag { inverted }, Json::Bool(flag)) => {
            Property::Flag(flag ^ (*inverted && !found.is_of_property))
        }
        (Wire::Texts, Json::Array(items)) if !items.is_empty() => {
            let text = |item: &Json| match item {
                Json::String(text) => Some(text.clone()),
                _ => None,
            };
            Property::List(items.iter().map(text).collect::<Option<_>>()?)
        }
        // One other provider stores the property string as a text, and another one stores an
        // object.
        (Wire::Parts(_), Json::String(text)) if !text.is_empty() => Property::Text(text.clone()),
        (Wire::Parts(parts), Json::Object(_)) => Property::Text(parts_of(parts, json)?),
        _ => return None,
    };
    let is_valid = field.attribute.accepts(&from_property(field, &property));
    (is_valid || matches!(field.wire, Wire::Parts(_))).then_some(property)
}

/// The property string for an object.
fn parts_of(parts: &Parts, json: &Json) -> Option<Zeroizing<String>> {
    let mut pairs = PropertyString::new(parts.default_key);
    for field in &parts.fields {
        let text = match find(field, json).map(|found| found.json) {
            Some(Json::String(text)) if !text.is_empty() => text.clone(),
            Some(Json::Number(number)) => Zeroizing::new(number.to_string()),
            Some(Json::Bool(flag)) => Zeroizing::new(flag.to_string()),
            _ => continue,
        };
        pairs.set(field.property, &text);
    }
    (!pairs.is_empty()).then(|| Zeroizing::new(pairs.to_string()))
}
