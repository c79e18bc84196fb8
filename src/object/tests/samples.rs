//! Random valid values for the property tests of every declaration.

use crate::object::{
    field::{Field, Wire},
    wire::{version_name, write_only_name},
};
use proptest::{prelude::*, sample::select};
use tf_plugin::Value;

/// Texts that at least one property accepts, and similar texts that no property accepts.
pub(super) const TEXTS: [&str; 69] = [
    "a",
    "ab",
    "abc",
    "Abc_1.2-x",
    "-abc",
    ".abc",
    "_abc",
    "a b",
    "a/b",
    "a:b",
    "a,b",
    "a=b",
    "ü",
    "a\tb",
    "a\nb",
    "a\u{7f}b",
    "\u{85}x",
    "\0",
    "\"a\"",
    "a\\b",
    "#a",
    "daily",
    "mon..fri 8-17",
    "sat 04:00",
    "*-*-1 02:30",
    "never",
    "10 MiB",
    "10MiB",
    "1 KB",
    "0",
    "-1",
    "1.5",
    "192.168.0.0/16",
    "10.0.0.1/8",
    "10.0.0.0/33",
    "::/0",
    "fe80::1/64",
    "fe80::1/129",
    "192.168.0.1",
    "::1",
    "[::1]",
    "[::1]:8007",
    "pbs.example.com",
    "pbs.example.com.",
    "pbs.example.com:8007",
    "-pbs.example.com",
    "pbs_1.example.com",
    "https://pbs.example.com",
    "http://proxy:3128",
    "http://user:pw@proxy:3128",
    "root@pam",
    "backup@pbs!token",
    "backup@pbs",
    "@pbs",
    "a@b",
    "error,warning",
    "exact:type=gc",
    "regex:type=^a",
    "/mnt/datastore/a",
    "relative/path",
    "/",
    "0b0e2b3c-1d2e-4f50-8a9b-0c1d2e3f4a5b",
    "0B0E2B3C-1D2E-4F50-8A9B-0C1D2E3F4A5B",
    "type=offline,message=x",
    "latitude=48.2,longitude=16.37,name=Vienna",
    "ECDHE-RSA-AES256-GCM-SHA384:!aNULL",
    "a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1",
    "A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1:A1",
    "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
];

/// An object with valid values. Optional attributes can be null or can have their default.
pub(super) fn object(fields: &[Field]) -> BoxedStrategy<Value> {
    let mut attributes: Vec<BoxedStrategy<Vec<(String, Value)>>> = Vec::new();
    for field in fields {
        let name = field.attribute.name.to_string();
        if field.is_secret() {
            let (write_only, version) = (write_only_name(field), version_name(field));
            let nothing = Value::Null;
            let is_map = field.is_map();
            attributes.push(
                ("[a-zA-Z0-9]{8,20}", 0..3_i64, 0..3_usize)
                    .prop_map(move |(secret, number, storage)| {
                        let secret = match is_map {
                            true => Value::map([("token".to_owned(), secret.into())]),
                            false => Value::from(secret),
                        };
                        // The three valid combinations: the object has no secret, the secret is
                        // stored in the state, or the secret is write-only and has a version.
                        let (stored, sent, number) = match storage {
                            0 => (nothing.clone(), nothing.clone(), nothing.clone()),
                            1 => (secret, nothing.clone(), nothing.clone()),
                            _ => (nothing.clone(), secret, number.into()),
                        };
                        vec![
                            (name.clone(), stored),
                            (write_only.clone(), sent),
                            (version.clone(), number),
                        ]
                    })
                    .boxed(),
            );
            continue;
        }
        let is_required = field.attribute.required;
        let default = field.attribute.default.clone().unwrap_or_default();
        let value = value(field);
        let value = if is_required { value } else { prop_oneof![Just(default), value].boxed() };
        attributes.push(value.prop_map(move |value| vec![(name.clone(), value)]).boxed());
    }
    attributes.prop_map(|attributes| Value::map(attributes.into_iter().flatten())).boxed()
}

/// A valid value of the attribute.
fn value(field: &Field) -> BoxedStrategy<Value> {
    match &field.wire {
        Wire::Flag { .. } | Wire::Local => any::<bool>().prop_map(Value::from).boxed(),
        Wire::Integer => {
            let range = field.attribute.range().expect("every number has a range");
            let end = (*range.end()).min(range.start() + 1000);
            (*range.start()..=end).prop_map(Value::from).boxed()
        }
        Wire::Texts => proptest::collection::btree_set(text(field), 1..4)
            .prop_map(|texts| Value::set(texts.into_iter().map(Value::from)))
            .boxed(),
        Wire::Map => proptest::collection::btree_map("[a-zA-Z0-9_-]{1,8}", "[ -~ü\\n]{0,12}", 1..4)
            .prop_map(|elements| Value::map(elements.into_iter().map(|(k, v)| (k, v.into()))))
            .boxed(),
        Wire::Parts(parts) => object(&parts.fields),
        Wire::Slots { count, parts } => {
            proptest::collection::vec(object(&parts.fields), 0..=*count)
                .prop_map(
                    |objects| if objects.is_empty() { Value::Null } else { Value::list(objects) },
                )
                .boxed()
        }
        Wire::Text | Wire::Base64 | Wire::Keyed(_) => text(field).prop_map(Value::from).boxed(),
        Wire::Secret { .. } => unreachable!("`object` handles secrets"),
    }
}

/// A text that the attribute accepts.
fn text(field: &Field) -> BoxedStrategy<String> {
    let choices = field.attribute.choices().unwrap_or_default().iter().chain(&TEXTS);
    let is_valid = |text: &&&str| {
        let value = match &field.wire {
            Wire::Texts => Value::set([Value::from(**text)]),
            _ => Value::from(**text),
        };
        !text.is_empty() && field.attribute.accepts(&value)
    };
    let valid: Vec<String> = choices.filter(is_valid).map(|text| (*text).to_owned()).collect();
    assert!(!valid.is_empty(), "{} accepts none of TEXTS", field.attribute.name);
    select(valid).boxed()
}
