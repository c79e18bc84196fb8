//! Tests that PBS's description allows every value that an attribute allows.

use super::*;
use crate::{object::tests::samples::TEXTS, pbs::Version};
use regex::Regex;

/// The pattern in PBS's schema for a text. It is in the syntax of the crate `regex`, between
/// slashes.
fn pattern(schema: &Value) -> Option<Regex> {
    let pattern = schema["pattern"].as_str()?;
    let pattern = pattern.strip_prefix('/')?.strip_suffix('/')?;
    Some(Regex::new(pattern).expect("a pattern of PBS"))
}

/// Whether PBS's schema for a text allows this text.
fn text_fits(schema: &Value, text: &str) -> bool {
    let length = text.chars().count() as u64;
    schema["minLength"].as_u64().is_none_or(|least| length >= least)
        && schema["maxLength"].as_u64().is_none_or(|most| length <= most)
        && pattern(schema).is_none_or(|pattern| pattern.is_match(text))
        && schema["enum"].as_array().is_none_or(|values| values.contains(&json!(text)))
}

/// Texts that only later versions of PBS accept: the property, the text, and the first version in
/// the fixtures that accepts the text.
const ACCEPTED_LATER: [(&str, &str, Version); 1] =
    [("region", "ab", Version { major: 4, minor: 1, release: 0 })];

/// The texts with which the test compares an attribute and PBS's schema: [`TEXTS`], the choices of
/// the attribute, and texts that are as long as PBS allows or slightly longer.
fn candidates(field: &Field, schema: &Value) -> Vec<String> {
    let longest = schema["maxLength"].as_u64().unwrap_or(0) as usize;
    let names = [longest, longest + 1].map(|length| "a".repeat(length));
    let hosts = [longest, longest + 1].map(|length| "a.".repeat(length / 2));
    let paths = [longest, longest + 1].map(|length| format!("/{}", "a".repeat(length.max(1) - 1)));
    let choices = field.attribute.choices().unwrap_or_default().iter();
    let texts = TEXTS.iter().chain(choices).map(|text| (*text).to_owned());
    texts.chain(names).chain(hosts).chain(paths).collect()
}

/// Compares a field with PBS's schema for its property, or for its key in a property string.
fn compare(name: &str, field: &Field, schema: &Value, version: Version) {
    let ty = schema["type"].as_str().unwrap_or_default();
    match &field.wire {
        Wire::Map | Wire::Secret { .. } if field.is_map() => {
            assert_eq!(ty, "array", "{name}");
            let keys = schema["items"]["format"]["properties"].as_object().expect("the keys");
            assert_eq!(keys.keys().collect::<Vec<_>>(), ["name", "value"], "{name}");
        }
        Wire::Text | Wire::Base64 | Wire::Map | Wire::Secret { .. } => {
            assert_eq!(ty, "string", "{name}");
            let mut accepted = 0;
            for text in candidates(field, schema) {
                let value = tf_plugin::Value::from(&*text);
                // The provider does not send a blank text.
                if text.is_empty() || !accepts(field, &value) {
                    continue;
                }
                accepted += 1;
                let sent = wire::to_property(field, &value);
                let sent = sent.as_ref().and_then(|property| property.as_text()).unwrap_or(&text);
                let is_too_early = ACCEPTED_LATER.iter().any(|(property, later, since)| {
                    *property == field.property && *later == text && version < *since
                });
                let fits = text_fits(schema, sent);
                assert_eq!(fits, !is_too_early, "whether PBS {version} accepts {text:?} as {name}");
            }
            assert!(accepted > 0, "{name} accepts none of the candidates; add one to TEXTS");
        }
        Wire::Integer => {
            assert_eq!(ty, "integer", "{name}");
            let range = field.attribute.range().expect("every number has a range");
            let least = schema["minimum"].as_i64().unwrap_or(0);
            let most = schema["maximum"].as_i64().unwrap_or(i64::MAX);
            assert!(*range.start() >= least && *range.end() <= most, "{name}: {range:?}");
        }
        Wire::Flag { .. } => assert_eq!(ty, "boolean", "{name}"),
        Wire::Texts => {
            assert_eq!(ty, "array", "{name}");
            let items = &schema["items"];
            for text in candidates(field, items) {
                let value = tf_plugin::Value::set([tf_plugin::Value::from(&*text)]);
                if text.is_empty() || !accepts(field, &value) {
                    continue;
                }
                let later = field.later_choices.iter().find(|(choice, _)| *choice == text);
                let expected = later.is_none_or(|(_, since)| version >= *since);
                assert_eq!(text_fits(items, &text), expected, "{name} accepts {text:?}");
            }
        }
        Wire::Keyed(key) => {
            let keys = schema["format"]["properties"].as_object().expect("a property string");
            assert_eq!(keys.keys().collect::<Vec<_>>(), [key], "{name}");
        }
        Wire::Parts(parts) | Wire::Slots { parts, .. } => {
            assert_eq!(ty, "string", "{name}");
            // The description does not contain the keys of every property string.
            let Some(keys) = schema["format"]["properties"].as_object() else { return };
            let declared: BTreeSet<_> = parts.fields.iter().map(|field| field.property).collect();
            for (key, inner) in keys {
                let field = parts.fields.iter().find(|field| field.property == key);
                let field = field.unwrap_or_else(|| panic!("{name} lacks the key {key}"));
                assert_eq!(inner["optional"] != 1, field.attribute.required, "{name}.{key}");
                compare(&format!("{name}.{key}"), field, inner, version);
            }
            let is_newer = |key: &&str| {
                parts.fields.iter().any(|field| field.property == *key && field.since.is_some())
            };
            assert!(
                declared.iter().all(|key| keys.contains_key(*key) || is_newer(key)),
                "{name}: {declared:?}"
            );
            assert_eq!(schema["format"]["default_key"].as_str(), parts.default_key, "{name}");
        }
        Wire::Local => unreachable!("the attribute has no property"),
    }
}

/// Whether the validation of a configuration accepts the value of the attribute.
fn accepts(field: &Field, value: &tf_plugin::Value) -> bool {
    field.attribute.accepts(value)
}

#[test]
fn types_and_limits_are_those_of_pbs_or_narrower() {
    for_each_version(|object, description| {
        let parameters = creation_parameters(description, object.kind).expect("a creation");
        for (property, field) in wire::properties(&object.fields) {
            if let Some(schema) = parameters.get(&property) {
                let name = format!("PBS {}: pbs_{}.{property}", description.version, object.name);
                compare(&name, field, schema, description.version);
            }
        }
    });
}

/// PBS accepts control characters in some properties, but then cannot write its configuration file,
/// or cannot read it again (PBS 4.2.3, recorded).
#[test]
fn no_attribute_sends_a_control_character() {
    fn check(name: &str, field: &Field, checked: &mut usize) {
        for inner in field.parts_of_value().iter().flat_map(|parts| &parts.fields) {
            check(&format!("{name}.{}", inner.property), inner, checked);
        }
        let allowed: &[char] = match name {
            // PBS can store line breaks in these two texts.
            "node_config.description" => &['\n'],
            "node_config.consent-text" => return,
            _ => &[],
        };
        let of_text = |text: &str| match &field.wire {
            // The values of a map are sent in Base64.
            _ if field.is_map() => None,
            Wire::Text | Wire::Keyed(_) | Wire::Secret { .. } => Some(text.into()),
            Wire::Texts => Some(tf_plugin::Value::set([text.into()])),
            _ => None,
        };
        let choices = field.attribute.choices().unwrap_or_default().iter();
        for text in TEXTS.iter().chain(choices) {
            let Some(value) = of_text(text).filter(|value| accepts(field, value)) else { continue };
            *checked += usize::from(!value.is_empty());
            for control in ['\0', '\t', '\n', '\r', '\u{1b}', '\u{7f}', '\u{85}'] {
                let middle = text.char_indices().nth(1).map_or(text.len(), |(index, _)| index);
                let broken = format!("{}{control}{}", &text[..middle], &text[middle..]);
                let value = of_text(&broken).expect("the attribute holds texts");
                let sent = field.text_for_pbs(&broken.clone().into());
                let is_sent = accepts(field, &value) && sent.contains(control);
                assert!(!is_sent || allowed.contains(&control), "{name} accepts {broken:?}");
            }
        }
    }
    let mut checked = 0;
    for object in objects() {
        for field in &object.fields {
            check(&format!("{}.{}", object.name, field.property), field, &mut checked);
        }
    }
    assert!(checked > 100, "only {checked} values were checked");
}
