//! The form in which PBS stores a property (recorded).

use serde_json::Value;

use crate::{
    config_checks::decoded,
    description::{normalized_byte_size, unquoted_parts},
    kinds::{ACME_PLUGIN, Kind, Rule},
    response::ApiError,
    sections::Properties,
};

/// The form in which PBS stores a value that a client has sent. `None` if PBS does not store the
/// value. In this case, a change of the object removes the property.
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

/// Like [`stored_value`], for a text.
fn stored_text(kind: &Kind, name: &str, text: &str, is_update: bool) -> String {
    match name {
        "comment" => text.trim().into(),
        "rate-in" | "rate-out" | "burst-in" | "burst-out" => {
            normalized_byte_size(text).unwrap_or_else(|_| text.into())
        }
        "maintenance-mode" if is_update => maintenance_mode(text),
        "path" if kind.path == "datastore" => text.trim_end().into(),
        // PBS stores the description of the node as comment lines. Every line therefore ends with a
        // line break, even the last line.
        "description" if kind.path == "node" && !text.is_empty() && !text.ends_with('\n') => {
            format!("{text}\n")
        }
        "location" => location(text),
        "data" if kind.path == ACME_PLUGIN.path => decoded(text).unwrap_or_default(),
        _ => text.into(),
    }
}

/// The stored form of the location of the node: the key `name` comes first.
fn location(text: &str) -> String {
    let mut parts = unquoted_parts(text);
    parts.sort_by_key(|(key, _)| key.as_deref() != Some("name"));
    let parts = parts.into_iter().map(|(key, value)| match key {
        Some(key) => format!("{key}={value}"),
        None => value,
    });
    parts.collect::<Vec<_>>().join(",")
}

/// The stored form of an element of a list. PBS removes the spaces in a list of severities, and the
/// prefix `include:` of a filter for backup groups. For a header or a secret, PBS writes the name
/// before the value, and omits an empty value.
fn element(name: &str, element: Value) -> Value {
    match (name, element) {
        ("match-severity", Value::String(text)) => text.replace(' ', "").into(),
        ("group-filter", Value::String(text)) => text.trim_start_matches("include:").into(),
        ("header" | "secret", Value::String(text)) => {
            let parts = unquoted_parts(&text);
            let part = |wanted: &str| {
                let part = parts.iter().find(|(key, _)| key.as_deref() == Some(wanted));
                part.map_or("", |(_, value)| value)
            };
            match part("value") {
                "" => format!("name={}", part("name")).into(),
                value => format!("name={},value={value}", part("name")).into(),
            }
        }
        (_, element) => element,
    }
}

/// Adds the stored value to each element of a list that a client has sent with a name, but without
/// a value. Only lists whose values PBS never shows are affected.
///
/// # Errors
/// PBS's message with status 400 if no element with this name is stored.
pub(super) fn keep_hidden_values(
    kind: &Kind,
    old: &Properties,
    new: &mut Properties,
) -> Result<(), ApiError> {
    let is_hidden = |name: &str| kind.has_rule(name, Rule::HidesValues);
    for (property, list) in new.iter_mut().filter(|(name, _)| is_hidden(name)) {
        let stored_elements = old.get(property).and_then(Value::as_array);
        for element in list.as_array_mut().into_iter().flatten() {
            let text = element.as_str().unwrap_or_default();
            if text.contains(",value=") {
                continue;
            }
            let start = format!("{text},");
            let has_same_name = |stored: &&Value| {
                stored.as_str().is_some_and(|stored| stored == text || stored.starts_with(&start))
            };
            let Some(stored) = stored_elements.into_iter().flatten().find(has_same_name) else {
                let name = text.trim_start_matches("name=");
                return Err(ApiError::bad_request(format!("{property} '{name}' not known")));
            };
            *element = stored.clone();
        }
    }
    Ok(())
}

/// The stored form of a maintenance mode: the type without its key, and then the message with its
/// key, for example `offline,message=moving`.
fn maintenance_mode(text: &str) -> String {
    let mut parts = unquoted_parts(text);
    parts.sort_by_key(|(key, _)| key.as_deref() == Some("message"));
    let parts = parts.into_iter().map(|(key, value)| match key.as_deref() {
        Some("message") => format!("message={value}"),
        _ => value,
    });
    parts.collect::<Vec<_>>().join(",")
}
