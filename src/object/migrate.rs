//! Converts states that another provider has written.
//!
//! Other providers name most of their attributes like the properties of PBS. This module therefore
//! first converts such a state to a record of properties, and then decodes the record like a
//! response of the server.

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

/// Converts the state of another provider to a state of this type. The result does not contain
/// attributes that this type does not have.
pub(super) fn convert(object: &Object, state: &Json) -> Result<Value> {
    let mut record = Record::new();
    for field in &object.fields {
        if let Some(property) =
            find_value(field, state).and_then(|value| property_for(field, &value))
        {
            record.insert(field.property.to_owned(), property);
        }
    }
    let (_, combine) = object.combined_attributes;
    if let Some((property, text)) = combine(state) {
        record.insert(property.to_owned(), Property::text(text));
    }
    let mut converted = decode(&object.fields, &record, &Value::Null);
    if let Some(attributes) = converted.as_map_mut() {
        // The other providers have no map of secrets.
        for field in object.fields.iter().filter(|field| field.is_secret() && !field.is_map()) {
            if let Some(ForeignValue { json: Json::String(secret), .. }) = find_value(field, state)
            {
                attributes.insert(field.attribute.name.to_string(), Value::String(secret.clone()));
            }
        }
    }
    Ok(converted)
}

/// Attributes of other providers that are no properties of PBS, and that no configuration sets.
const INTERNAL: [&str; 3] = ["digest", "id", "origin"];

/// The names of the attributes that have a value in the state of another provider, and that this
/// type does not have.
pub(super) fn dropped(object: &Object, state: &Json) -> Vec<String> {
    let Json::Object(attributes) = state else { return Vec::new() };
    let is_known = |name: &str| {
        INTERNAL.contains(&name)
            || object.combined_attributes.0.contains(&name)
            || object.fields.iter().any(|field| {
                field.attribute.name == name || field.property.replace('-', "_") == name
            })
    };
    let dropped = attributes.iter().filter(|(name, value)| value.is_set() && !is_known(name));
    dropped.map(|(name, _)| name.clone()).collect()
}

/// The value of an attribute in the state of another provider.
struct ForeignValue<'a> {
    json: &'a Json,
    /// Whether the other provider's attribute has the name and the meaning of the property in PBS.
    /// If false, it has the name and the meaning of this provider's attribute. For example, the
    /// property `disable` and the attribute `enabled` have opposite meanings.
    is_of_property: bool,
}

/// The value of the field in the state of another provider. The name of the other provider's
/// attribute is the name of PBS's property in snake case, or the name of this provider's attribute.
fn find_value<'a>(field: &Field, state: &'a Json) -> Option<ForeignValue<'a>> {
    let get = |name: &str, is_of_property| {
        let json = state.get(name).filter(|json| !matches!(json, Json::Null))?;
        Some(ForeignValue { json, is_of_property })
    };
    let property = field.property.replace('-', "_");
    get(&property, true).or_else(|| get(&field.attribute.name, false))
}

/// The property with the value of another provider. `None` if PBS does not allow this value. For
/// example, the other provider may write the number 0 if there is no value.
fn property_for(field: &Field, value: &ForeignValue<'_>) -> Option<Property> {
    let json = value.json;
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
            Property::Flag(flag ^ (*inverted && !value.is_of_property))
        }
        (Wire::Texts, Json::Array(items)) if !items.is_empty() => {
            let text = |item: &Json| match item {
                Json::String(text) => Some(text.clone()),
                _ => None,
            };
            Property::List(items.iter().map(text).collect::<Option<_>>()?)
        }
        // Some providers store a property string as a text, and some store it as a nested object.
        (Wire::Parts(_), Json::String(text)) if !text.is_empty() => Property::Text(text.clone()),
        (Wire::Parts(parts), Json::Object(_)) => Property::Text(property_string_for(parts, json)?),
        _ => return None,
    };
    let is_valid = field.attribute.accepts(&from_property(field, &property));
    (is_valid || matches!(field.wire, Wire::Parts(_))).then_some(property)
}

/// The property string with the values of a nested object of another provider. `None` if the object
/// has no values.
fn property_string_for(parts: &Parts, json: &Json) -> Option<Zeroizing<String>> {
    let mut pairs = PropertyString::new(parts.default_key);
    for field in &parts.fields {
        let text = match find_value(field, json).map(|value| value.json) {
            Some(Json::String(text)) if !text.is_empty() => text.clone(),
            Some(Json::Number(number)) => Zeroizing::new(number.to_string()),
            Some(Json::Bool(flag)) => Zeroizing::new(flag.to_string()),
            _ => continue,
        };
        pairs.set(field.property, &text);
    }
    (!pairs.is_empty()).then(|| Zeroizing::new(pairs.to_string()))
}
