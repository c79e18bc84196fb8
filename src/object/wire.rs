//! Converts between the attributes of an object and its properties, with pure functions.

use super::{
    field::{Clearing, Field, Wire},
    parts,
};
use crate::pbs::{
    Body, Property, Record,
    notation::{self, PropertyString},
};
use std::{borrow::Cow, collections::BTreeMap};
use tf_plugin::{Type, Value};
use zeroize::Zeroizing;

/// The attributes of an object with these properties. `prior` is the prior state, or null. The
/// prior state supplies the values that PBS does not return: secrets, and attributes that PBS does
/// not know.
pub(super) fn decode(fields: &[Field], record: &Record, prior: &Value) -> Value {
    let mut attributes = BTreeMap::new();
    for field in fields {
        let name = &*field.attribute.name;
        let prior_value = prior.get(name).cloned().unwrap_or_default();
        let value = match &field.wire {
            Wire::Secret { .. } => {
                let version = version_name(field);
                let prior_version = prior.get(&version).cloned().unwrap_or_default();
                attributes.insert(version, prior_version);
                attributes.insert(write_only_name(field), Value::Null);
                prior_value
            }
            Wire::Local if prior_value.is_null() => default(field),
            Wire::Local => prior_value,
            Wire::Slots { count, parts } => {
                let slots = (0..*count).filter_map(|number| record.get(&slot(field, number)));
                let objects: Vec<_> =
                    slots.map(|property| parts::decode(parts, property)).collect();
                if objects.is_empty() { Value::Null } else { Value::List(objects) }
            }
            Wire::Parts(parts) => {
                let found = record.get(field.property).map(|text| parts::decode(parts, text));
                // A nested object without values has the same meaning as no object, so a change
                // between the two is not drift.
                let is_set = |object: &Value| parts::encode(parts, object, None).is_some();
                match found.filter(is_set) {
                    Some(object) => object,
                    None if is_set(&prior_value) => Value::Null,
                    None => prior_value,
                }
            }
            _ => match record.get(field.property) {
                Some(property) => from_property(field, property),
                None => default(field),
            },
        };
        attributes.insert(name.to_owned(), value);
    }
    Value::Map(attributes)
}

/// The content of the request that creates an object with these attributes. `plan` contains the
/// values of write-only attributes, too.
pub(super) fn whole(fields: &[Field], plan: &Value) -> Body {
    let mut body = Body::default();
    for field in fields {
        match &field.wire {
            Wire::Secret { .. } => {
                if let Some(secret) = secret(field, plan) {
                    body.set.insert(field.property.into(), secret);
                }
            }
            _ => drop(set(&mut body, field, plan, None)),
        }
    }
    body
}

/// The content of the request that changes an object from `prior` to `plan`. `plan` contains the
/// values of write-only attributes, too. `current` contains the properties on the server. It is
/// needed only if [`replaces_parts`] is true: PBS replaces a property string as a whole, so the
/// keys that the provider does not know have to be sent again. Returns `None` if there is nothing
/// to change.
pub(super) fn change(
    fields: &[Field],
    prior: &Value,
    plan: &Value,
    current: Option<&Record>,
) -> Option<Body> {
    let mut body = Body::default();
    for field in fields {
        match &field.wire {
            Wire::Secret { required } => match secret_change(field, prior, plan) {
                SecretChange::Set(secret) => {
                    body.set.insert(field.property.into(), secret);
                }
                SecretChange::Remove if !required => body.delete.push(field.property.into()),
                SecretChange::Remove | SecretChange::None => {}
            },
            _ if differs(field, prior, plan) => {
                for property in set(&mut body, field, plan, current) {
                    clear(&mut body, field, property);
                }
            }
            _ => {}
        }
    }
    if body.is_empty() {
        return None;
    }
    for field in fields.iter().filter(|field| field.always_sent && !differs(field, prior, plan)) {
        let value = plan.get(&field.attribute.name).unwrap_or(&Value::Null);
        if let Some(property) = to_property(field, value) {
            body.set.insert(field.property.into(), property);
        }
    }
    Some(body)
}

/// Whether a property string changes, so that [`change`] needs the current properties.
pub(super) fn replaces_parts(fields: &[Field], prior: &Value, plan: &Value) -> bool {
    let changes =
        |field: &Field| matches!(field.wire, Wire::Parts(_)) && differs(field, prior, plan);
    fields.iter().any(changes)
}

/// Whether two objects have the same properties on the server, apart from secrets. An unknown value
/// is equal to every other value.
pub(super) fn same_properties(fields: &[Field], a: &Value, b: &Value) -> bool {
    fields.iter().all(|field| field.is_secret() || !differs(field, a, b))
}

/// The name of the write-only attribute of a secret.
pub(super) fn write_only_name(field: &Field) -> String {
    format!("{}_wo", field.attribute.name)
}

/// The name of the attribute whose change sends the write-only secret again.
pub(super) fn version_name(field: &Field) -> String {
    format!("{}_wo_version", field.attribute.name)
}

/// The secret that the plan contains.
fn secret(field: &Field, plan: &Value) -> Option<Property> {
    let of = |name: &str| match plan.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(Property::Text(text.clone())),
        Some(Value::Map(elements)) if !elements.is_empty() => Some(named_values(elements)),
        _ => None,
    };
    of(&field.attribute.name).or_else(|| of(&write_only_name(field)))
}

/// What an update does with a secret.
enum SecretChange {
    None,
    Set(Property),
    Remove,
}

/// Decides what an update does with a secret. A write-only secret is sent again only if its version
/// has changed.
fn secret_change(field: &Field, prior: &Value, plan: &Value) -> SecretChange {
    let get = |object: &Value, name: &str| object.get(name).cloned().unwrap_or_default();
    let (name, version) = (&*field.attribute.name, version_name(field));
    let (stored, planned) = (get(prior, name), get(plan, name));
    let version_changed = get(prior, &version) != get(plan, &version);
    let had_one = !(stored.is_null() && get(prior, &version).is_null());
    let stays_write_only = planned.is_null() && !get(plan, &version).is_null();
    match secret(field, plan) {
        Some(secret) if planned.is_null() => match version_changed {
            true => SecretChange::Set(secret),
            false => SecretChange::None,
        },
        Some(_) if stored == planned => SecretChange::None,
        Some(secret) => SecretChange::Set(secret),
        None if had_one && !stays_write_only => SecretChange::Remove,
        None => SecretChange::None,
    }
}

/// Whether the attribute has another value on the server after the change.
fn differs(field: &Field, prior: &Value, plan: &Value) -> bool {
    let get = |object: &Value| object.get(&field.attribute.name).cloned().unwrap_or_default();
    let (prior, plan) = (get(prior), get(plan));
    if matches!(field.wire, Wire::Local) || !prior.wholly_known() || !plan.wholly_known() {
        return false;
    }
    match &field.wire {
        Wire::Parts(inner) => !parts::equal(inner, &prior, &plan),
        _ => !field.attribute.semantically_equal(&prior, &plan),
    }
}

/// Adds the attribute's value to the request. Returns the properties that have no value.
fn set(
    body: &mut Body,
    field: &Field,
    plan: &Value,
    current: Option<&Record>,
) -> Vec<Cow<'static, str>> {
    let value = plan.get(&field.attribute.name).unwrap_or(&Value::Null);
    if !value.wholly_known() {
        return Vec::new();
    }
    let properties: Vec<(Cow<'static, str>, Option<Property>)> = match &field.wire {
        Wire::Local | Wire::Secret { .. } => Vec::new(),
        Wire::Slots { count, parts } => {
            let elements = value.as_list().unwrap_or(&[]);
            let text = |number| parts::encode(parts, elements.get(number)?, None);
            (0..*count)
                .map(|number| (slot(field, number).into(), text(number).map(Property::Text)))
                .collect()
        }
        Wire::Parts(parts) => {
            let current = current.and_then(|record| record.get(field.property));
            let text = parts::encode(parts, value, current);
            vec![(field.property.into(), text.map(Property::Text))]
        }
        _ => vec![(field.property.into(), to_property(field, value))],
    };
    let mut without_value = Vec::new();
    for (name, property) in properties {
        match property {
            Some(property) => drop(body.set.insert(name, property)),
            None => without_value.push(name),
        }
    }
    without_value
}

/// Adds the removal of a property to the request.
fn clear(body: &mut Body, field: &Field, property: Cow<'static, str>) {
    match field.clearing {
        Clearing::Delete => body.delete.push(property),
        Clearing::Default => {
            if let Some(value) = encode(field, &default(field)) {
                body.set.insert(property, value);
            }
        }
        Clearing::Never => {}
    }
}

/// The property with this value. `None` if a missing property has the same meaning.
pub(super) fn to_property(field: &Field, value: &Value) -> Option<Property> {
    if value.is_empty() || field.attribute.default.as_ref() == Some(value) {
        return None;
    }
    encode(field, value)
}

/// The property with this value, even if a missing property has the same meaning.
fn encode(field: &Field, value: &Value) -> Option<Property> {
    match (&field.wire, value) {
        (Wire::Flag { inverted }, Value::Bool(flag)) => Some(Property::Flag(flag ^ inverted)),
        (Wire::Integer, Value::Number(number)) => number.to_i64().map(Property::Integer),
        (Wire::Map, Value::Map(elements)) => Some(named_values(elements)),
        (Wire::Base64, Value::String(text)) => {
            Some(Property::Text(Zeroizing::new(notation::encode_base64(text))))
        }
        (Wire::Text, Value::String(text)) => Some(Property::Text(field.sent(text))),
        (Wire::Keyed(key), Value::String(text)) => {
            let mut pairs = PropertyString::new(None);
            pairs.set(key, text);
            Some(Property::text(pairs.to_string()))
        }
        (Wire::Texts, Value::List(texts) | Value::Set(texts)) => {
            let text = |value: &Value| match value {
                Value::String(text) => Some(field.sent(text)),
                _ => None,
            };
            Some(Property::List(texts.iter().filter_map(text).collect()))
        }
        _ => None,
    }
}

/// The value of a property. Null if the property holds another kind of value.
pub(super) fn from_property(field: &Field, property: &Property) -> Value {
    match (&field.wire, property) {
        (Wire::Flag { inverted }, Property::Flag(flag)) => Value::Bool(flag ^ inverted),
        (Wire::Integer, Property::Integer(number)) => (*number).into(),
        // Another client may have stored a text that is not base64.
        (Wire::Base64, Property::Text(text)) => {
            notation::decode_base64(text).map_or_else(|_| Value::String(text.clone()), Value::from)
        }
        (Wire::Map, Property::List(items)) => {
            let elements = items.iter().filter_map(|item| notation::decode_named_value(item));
            Value::map(elements.map(|(name, value)| (name, value.into())))
        }
        (Wire::Text, Property::Text(text)) => Value::String(text.clone()),
        (Wire::Keyed(key), Property::Text(text)) => {
            let pairs = PropertyString::parse(text, None).unwrap_or_default();
            pairs.get(key).map_or(Value::Null, Value::from)
        }
        (Wire::Texts, Property::List(texts)) => {
            let texts = texts.iter().map(|text| Value::String(text.clone())).collect();
            match &field.attribute.kind {
                tf_plugin::Kind::Plain(Type::List(_)) => Value::List(texts),
                _ => Value::Set(texts),
            }
        }
        _ => Value::Null,
    }
}

/// The property with the elements of a map.
fn named_values(elements: &BTreeMap<String, Value>) -> Property {
    let item = |(name, value): (&String, &Value)| {
        notation::encode_named_value(name, value.as_str().unwrap_or_default())
    };
    Property::List(elements.iter().map(item).collect())
}

/// The value of an attribute whose property is missing.
pub(super) fn default(field: &Field) -> Value {
    field.attribute.default.clone().unwrap_or_default()
}

fn slot(field: &Field, number: usize) -> String {
    format!("{}{number}", field.property)
}

/// The properties that the request could contain, with their fields.
pub(super) fn properties(fields: &[Field]) -> impl Iterator<Item = (String, &Field)> {
    fields.iter().flat_map(|field| {
        let names = match &field.wire {
            Wire::Local => Vec::new(),
            Wire::Slots { count, .. } => (0..*count).map(|number| slot(field, number)).collect(),
            _ => vec![field.property.to_owned()],
        };
        names.into_iter().map(move |name| (name, field))
    })
}

/// The names of the properties that errors must not show.
pub(super) fn sensitive_properties(fields: &[Field]) -> Vec<&'static str> {
    fields.iter().filter(|field| field.attribute.sensitive).map(|field| field.property).collect()
}
