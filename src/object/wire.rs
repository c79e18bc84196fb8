//! Converts between the attributes of an object in Terraform and its properties in PBS, with pure
//! functions.

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

/// The attributes of an object that has the properties in `record`. The values that PBS does not
/// return come from `prior`, which is the prior state or null: secrets, and attributes that PBS
/// does not know.
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
            Wire::Local if prior_value.is_null() => default_value(field),
            Wire::Local => prior_value,
            Wire::Slots { count, parts } => {
                let slots = (0..*count).filter_map(|number| record.get(&slot_name(field, number)));
                let objects: Vec<_> =
                    slots.map(|property| parts::decode(parts, property)).collect();
                if objects.is_empty() { Value::Null } else { Value::List(objects) }
            }
            Wire::Parts(parts) => {
                let decoded = record.get(field.property).map(|text| parts::decode(parts, text));
                // A nested object without values has the same meaning as null. If neither the
                // server nor the prior state has values, the prior value is kept, so that the plan
                // shows no change.
                let has_values = |object: &Value| parts::encode(parts, object, None).is_some();
                match decoded.filter(has_values) {
                    Some(object) => object,
                    None if has_values(&prior_value) => Value::Null,
                    None => prior_value,
                }
            }
            _ => match record.get(field.property) {
                Some(property) => from_property(field, property),
                None => default_value(field),
            },
        };
        attributes.insert(name.to_owned(), value);
    }
    Value::Map(attributes)
}

/// The content of the request that creates an object with the attributes in `plan`. Unlike a state,
/// `plan` contains the values of write-only attributes.
pub(super) fn creation_body(fields: &[Field], plan: &Value) -> Body {
    let mut body = Body::default();
    for field in fields {
        match &field.wire {
            Wire::Secret { .. } => {
                if let Some(secret) = planned_secret(field, plan) {
                    body.set.insert(field.property.into(), secret);
                }
            }
            _ => drop(add_value(&mut body, field, plan, None)),
        }
    }
    body
}

/// The content of the request that changes an object from `prior` to `plan`. `None` if there is
/// nothing to change. Unlike a state, `plan` contains the values of write-only attributes.
///
/// `current` contains the properties on the server. It is needed only if [`replaces_parts`] returns
/// true: PBS replaces a property string as a whole, so the request must contain the keys on the
/// server that the provider does not know.
pub(super) fn update_body(
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
                for property in add_value(&mut body, field, plan, current) {
                    add_removal(&mut body, field, property);
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

/// Whether the change from `prior` to `plan` changes a property string. [`update_body`] then needs
/// the properties on the server.
pub(super) fn replaces_parts(fields: &[Field], prior: &Value, plan: &Value) -> bool {
    let changes =
        |field: &Field| matches!(field.wire, Wire::Parts(_)) && differs(field, prior, plan);
    fields.iter().any(changes)
}

/// Whether two objects would have the same properties on the server. The function ignores secrets,
/// and treats an unknown value as equal to every other value.
pub(super) fn same_properties(fields: &[Field], a: &Value, b: &Value) -> bool {
    fields.iter().all(|field| field.is_secret() || !differs(field, a, b))
}

/// The name of the write-only attribute of a secret.
pub(super) fn write_only_name(field: &Field) -> String {
    format!("{}_wo", field.attribute.name)
}

/// The name of the attribute with the version of a write-only secret. When the version changes, the
/// provider sends the secret again.
pub(super) fn version_name(field: &Field) -> String {
    format!("{}_wo_version", field.attribute.name)
}

/// The secret that the plan contains, as a stored or as a write-only attribute. `None` if the plan
/// contains no secret.
fn planned_secret(field: &Field, plan: &Value) -> Option<Property> {
    let of = |name: &str| match plan.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(Property::Text(text.clone())),
        Some(Value::Map(elements)) if !elements.is_empty() => Some(named_values(elements)),
        _ => None,
    };
    of(&field.attribute.name).or_else(|| of(&write_only_name(field)))
}

/// The change of a secret in an update.
enum SecretChange {
    None,
    Set(Property),
    Remove,
}

/// The change of a secret in the update from `prior` to `plan`. A write-only secret is sent again
/// only if its version changes.
fn secret_change(field: &Field, prior: &Value, plan: &Value) -> SecretChange {
    let get = |object: &Value, name: &str| object.get(name).cloned().unwrap_or_default();
    let (name, version) = (&*field.attribute.name, version_name(field));
    let (stored, planned) = (get(prior, name), get(plan, name));
    let version_changed = get(prior, &version) != get(plan, &version);
    let had_secret = !(stored.is_null() && get(prior, &version).is_null());
    let stays_write_only = planned.is_null() && !get(plan, &version).is_null();
    match planned_secret(field, plan) {
        Some(secret) if planned.is_null() => match version_changed {
            true => SecretChange::Set(secret),
            false => SecretChange::None,
        },
        Some(_) if stored == planned => SecretChange::None,
        Some(secret) => SecretChange::Set(secret),
        None if had_secret && !stays_write_only => SecretChange::Remove,
        None => SecretChange::None,
    }
}

/// Whether the change from `prior` to `plan` changes the value of the attribute on the server. An
/// unknown value counts as unchanged.
fn differs(field: &Field, prior: &Value, plan: &Value) -> bool {
    let get = |object: &Value| object.get(&field.attribute.name).cloned().unwrap_or_default();
    let (prior, plan) = (get(prior), get(plan));
    if matches!(field.wire, Wire::Local) || !prior.wholly_known() || !plan.wholly_known() {
        return false;
    }
    match &field.wire {
        Wire::Parts(parts) => !parts::equal(parts, &prior, &plan),
        _ => !field.attribute.semantically_equal(&prior, &plan),
    }
}

/// Adds the planned value of an attribute to a request. Returns the names of the properties that
/// have no planned value. `current` contains the properties on the server.
fn add_value(
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
                .map(|number| (slot_name(field, number).into(), text(number).map(Property::Text)))
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

/// Adds the removal of a property to a request.
fn add_removal(body: &mut Body, field: &Field, property: Cow<'static, str>) {
    match field.clearing {
        Clearing::Delete => body.delete.push(property),
        Clearing::Default => {
            if let Some(value) = encode_value(field, &default_value(field)) {
                body.set.insert(property, value);
            }
        }
        Clearing::Never => {}
    }
}

/// The property with this value of the attribute. `None` if the object has the same meaning without
/// the property.
pub(super) fn to_property(field: &Field, value: &Value) -> Option<Property> {
    if value.is_empty() || field.attribute.default.as_ref() == Some(value) {
        return None;
    }
    encode_value(field, value)
}

/// The property with this value of the attribute, even if the object has the same meaning without
/// the property.
fn encode_value(field: &Field, value: &Value) -> Option<Property> {
    match (&field.wire, value) {
        (Wire::Flag { inverted }, Value::Bool(flag)) => Some(Property::Flag(flag ^ inverted)),
        (Wire::Integer, Value::Number(number)) => number.to_i64().map(Property::Integer),
        (Wire::Map, Value::Map(elements)) => Some(named_values(elements)),
        (Wire::Base64, Value::String(text)) => {
            Some(Property::Text(Zeroizing::new(notation::encode_base64(text))))
        }
        (Wire::Text, Value::String(text)) => Some(Property::Text(field.text_for_pbs(text))),
        (Wire::Keyed(key), Value::String(text)) => {
            let mut pairs = PropertyString::new(None);
            pairs.set(key, text);
            Some(Property::text(pairs.to_string()))
        }
        (Wire::Texts, Value::List(texts) | Value::Set(texts)) => {
            let text = |value: &Value| match value {
                Value::String(text) => Some(field.text_for_pbs(text)),
                _ => None,
            };
            Some(Property::List(texts.iter().filter_map(text).collect()))
        }
        _ => None,
    }
}

/// The value of the attribute for this property. Null if the property does not have the form that
/// the field declares.
pub(super) fn from_property(field: &Field, property: &Property) -> Value {
    match (&field.wire, property) {
        (Wire::Flag { inverted }, Property::Flag(flag)) => Value::Bool(flag ^ inverted),
        (Wire::Integer, Property::Integer(number)) => (*number).into(),
        // Another client may have stored a text that is not in Base64.
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

/// The property with the elements of a map, see [`Wire::Map`].
fn named_values(elements: &BTreeMap<String, Value>) -> Property {
    let item = |(name, value): (&String, &Value)| {
        notation::encode_named_value(name, value.as_str().unwrap_or_default())
    };
    Property::List(elements.iter().map(item).collect())
}

/// The value of the attribute if the object lacks the property.
pub(super) fn default_value(field: &Field) -> Value {
    field.attribute.default.clone().unwrap_or_default()
}

/// The name of the property with this number, see [`Wire::Slots`].
fn slot_name(field: &Field, number: usize) -> String {
    format!("{}{number}", field.property)
}

/// The names of all properties that a request can contain, each with its field.
pub(super) fn properties(fields: &[Field]) -> impl Iterator<Item = (String, &Field)> {
    fields.iter().flat_map(|field| {
        let names = match &field.wire {
            Wire::Local => Vec::new(),
            Wire::Slots { count, .. } => {
                (0..*count).map(|number| slot_name(field, number)).collect()
            }
            _ => vec![field.property.to_owned()],
        };
        names.into_iter().map(move |name| (name, field))
    })
}

/// The names of the properties whose values errors must not show.
pub(super) fn sensitive_properties(fields: &[Field]) -> Vec<&'static str> {
    fields.iter().filter(|field| field.attribute.sensitive).map(|field| field.property).collect()
}
