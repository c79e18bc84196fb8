//! The form in which PBS stores a property (recorded).

use serde_json::Value;

use crate::{
    description::{normalized_byte_size, unquoted_parts},
    kinds::{Kind, Rule},
};

/// The stored form of a sent value. `None` if PBS does not store the value, which removes an
/// existing one.
pub(super) fn stored_value(
    kind: &Kind,
    name: &str,
    value: Value,
    is_update: bool,
) -> Option<Value> {
    let value = match value {
        // A traffic control rule without networks is stored, and makes its file unreadable.
        Value::Array(list) if list.is_empty() && name != "network" => return None,
        Value::Array(list) => list.into_iter().map(|text| element(name, text)).collect(),
        Value::String(text) => stored_text(kind, name, &text, is_update).into(),
        value => value,
    };
    let is_cleared = is_update && value == "" && kind.has_rule(name, Rule::ClearedByEmpty);
    (!is_cleared && !kind.drops(name, &value)).then_some(value)
}

fn stored_text(kind: &Kind, name: &str, text: &str, is_update: bool) -> String {
    match name {
        "comment" => text.trim().into(),
        "rate-in" | "rate-out" | "burst-in" | "burst-out" => {
            normalized_byte_size(text).unwrap_or_else(|_| text.into())
        }
        "maintenance-mode" if is_update => maintenance_mode(text),
        "path" if kind.path == "datastore" => text.trim_end().into(),
        // The description of the node consists of comment lines in its file.
        "description" if kind.is_single && !text.is_empty() && !text.ends_with('\n') => {
            format!("{text}\n")
        }
        "location" => location(text),
        _ => text.into(),
    }
}

/// The location of the node with its name first.
fn location(text: &str) -> String {
    let mut parts = unquoted_parts(text);
    parts.sort_by_key(|(key, _)| key.as_deref() != Some("name"));
    let parts = parts.into_iter().map(|(key, value)| match key {
        Some(key) => format!("{key}={value}"),
        None => value,
    });
    parts.collect::<Vec<_>>().join(",")
}

/// The element of a list without the spaces in a list of severities.
fn element(name: &str, element: Value) -> Value {
    match (name, element) {
        ("match-severity", Value::String(text)) => text.replace(' ', "").into(),
        (_, element) => element,
    }
}

/// The type without its key, and the message with its key.
fn maintenance_mode(text: &str) -> String {
    let mut parts = unquoted_parts(text);
    parts.sort_by_key(|(key, _)| key.as_deref() == Some("message"));
    let parts = parts.into_iter().map(|(key, value)| match key.as_deref() {
        Some("message") => format!("message={value}"),
        _ => value,
    });
    parts.collect::<Vec<_>>().join(",")
}
