//! Values as Terraform sends them: complete objects in Terraform's encoding.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::{
    protocol::tfplugin6::{DynamicValue, schema},
    wire,
};

/// The texts as a set.
pub fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|&name| name.to_owned()).collect()
}

/// The object with the attributes of `more`, which replace attributes of the same name in `base`.
///
/// # Panics
/// If one of the two values is no object.
pub fn merged(mut base: Json, more: Json) -> Json {
    let (Some(all), Json::Object(more)) = (base.as_object_mut(), more) else {
        panic!("both values must be objects");
    };
    all.extend(more);
    base
}

/// The object with every attribute of the schema, including nested attributes. If the prior state
/// is given, each missing computed attribute gets its value from the prior state. All other missing
/// attributes become null.
///
/// # Panics
/// If the object has an attribute that the schema does not have.
pub fn filled(attributes: &[schema::Attribute], given: Json, prior: Option<&Json>) -> Json {
    let Json::Object(mut given) = given else { return given };
    let entry = |attribute: &schema::Attribute| {
        let value = given.remove(&attribute.name).unwrap_or_default();
        let nested = attribute.nested_type.as_ref();
        let value = match (nested, value) {
            (_, Json::Null) if attribute.computed => {
                prior.map(|prior| prior[&attribute.name].clone()).unwrap_or_default()
            }
            (None, value) => value,
            (Some(nested), Json::Array(items)) => {
                items.into_iter().map(|item| filled(&nested.attributes, item, None)).collect()
            }
            (Some(nested), Json::Object(items)) if nested.nesting().as_str_name() == "MAP" => {
                let items = items.into_iter();
                let filled = items.map(|(key, item)| (key, filled(&nested.attributes, item, None)));
                filled.collect::<Map<_, _>>().into()
            }
            (Some(nested), value) => filled(&nested.attributes, value, None),
        };
        (attribute.name.clone(), value)
    };
    let entries: Map<_, _> = attributes.iter().map(entry).collect();
    assert!(given.is_empty(), "the schema has no such attributes: {given:?}");
    entries.into()
}

/// The value in Terraform's encoding.
pub fn dynamic(value: &Json) -> DynamicValue {
    DynamicValue { msgpack: wire::pack(value), json: Vec::new() }
}
