//! Blank values: empty strings, lists, sets and maps. For an attribute with
//! [`blank_is_none`](Attribute::blank_is_none), a blank value means the same as null.

use super::{Attribute, Kind, Nesting};
use crate::value::Value;

/// Whether an object with these attributes contains a blank value that counts as null.
pub(super) fn contains_blank(attributes: &[Attribute], value: &Value) -> bool {
    attributes.iter().any(|attribute| match (value.get(&attribute.name), &attribute.kind) {
        (None | Some(Value::Null), _) => false,
        (Some(value), _) if attribute.blank_is_none && is_null_or_blank(value) => true,
        (Some(value), Kind::Nested(nesting, inner)) => match (nesting, value) {
            (Nesting::Single, value) => contains_blank(inner, value),
            (_, Value::List(items) | Value::Set(items)) => {
                items.iter().any(|item| contains_blank(inner, item))
            }
            (_, Value::Map(items)) => items.values().any(|item| contains_blank(inner, item)),
            _ => false,
        },
        (Some(_), Kind::Plain(_)) => false,
    })
}

/// Sets each blank value to null if its attribute treats blank values as null.
pub(super) fn blanks_to_null(attributes: &[Attribute], value: &mut Value) {
    let Value::Map(fields) = value else { return };
    for attribute in attributes {
        let Some(field) = fields.get_mut(&*attribute.name) else { continue };
        if attribute.blank_is_none && is_null_or_blank(field) {
            *field = Value::Null;
            continue;
        }
        let Kind::Nested(nesting, inner) = &attribute.kind else { continue };
        match (nesting, field) {
            (Nesting::Single, object) => blanks_to_null(inner, object),
            (_, Value::List(items) | Value::Set(items)) => {
                items.iter_mut().for_each(|item| blanks_to_null(inner, item));
            }
            (_, Value::Map(items)) => {
                items.values_mut().for_each(|item| blanks_to_null(inner, item));
            }
            _ => {}
        }
    }
}

/// Whether the value is null, or an empty string, list, set or map.
pub(super) fn is_null_or_blank(value: &Value) -> bool {
    value.is_null() || value.is_empty()
}
