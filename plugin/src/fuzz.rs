//! Entry points of the `cargo fuzz` targets, which CONTRIBUTING.md describes. This module is
//! compiled only if the option `--cfg fuzzing` is set. `cargo fuzz` sets this option.

use crate::{
    json::{self, Json, Mode},
    msgpack,
    value::Type,
};
use std::collections::BTreeMap;

/// Decodes `bytes` as msgpack. If this succeeds, encodes and decodes the value again. Panics if the
/// value changes.
pub fn value(bytes: &[u8]) {
    let ty = type_with_every_kind();
    if let Ok(value) = msgpack::decode(bytes, &ty) {
        let encoded = msgpack::encode(&value, &ty).expect("a decoded value matches its type");
        let decoded = msgpack::decode(&encoded, &ty).expect("an encoded value can be decoded");
        assert!(decoded == value, "encoding and decoding have changed the value");
    }
}

/// Decodes `bytes` as JSON in three ways: in strict mode, in lenient mode, and without a type.
/// Panics if strict mode returns a value and lenient mode does not return the same value. Also
/// panics if the value of lenient mode is encoded as msgpack and cannot be decoded again.
pub fn state(bytes: &[u8]) {
    let ty = type_with_every_kind();
    let strict = json::decode(bytes, &ty, Mode::Strict);
    let lenient = json::decode(bytes, &ty, Mode::Lenient);
    if let Ok(strict) = &strict {
        assert!(
            lenient.as_ref().is_ok_and(|lenient| lenient == strict),
            "lenient decoding differs from strict decoding"
        );
    }
    if let Ok(encoded) = lenient.and_then(|value| msgpack::encode(&value, &ty)) {
        assert!(msgpack::decode(&encoded, &ty).is_ok(), "an encoded state cannot be decoded");
    }
    if let Ok(json) = Json::parse(bytes) {
        // Reading may fail but must not panic.
        drop(json.read::<BTreeMap<String, Option<String>>>());
    }
}

/// An object type whose attributes have types of every kind.
fn type_with_every_kind() -> Type {
    let object =
        Type::object([("flag", Type::Bool), ("count", Type::Number), ("text", Type::String)]);
    Type::object([
        ("flag", Type::Bool),
        ("count", Type::Number),
        ("text", Type::String),
        ("list", Type::list(object.clone())),
        ("set", Type::set(Type::String)),
        ("map", Type::map(Type::Number)),
        ("object", object),
    ])
}
