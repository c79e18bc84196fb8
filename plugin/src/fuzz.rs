//! What `cargo fuzz` feeds, as CONTRIBUTING.md describes: there only, since no build but its own has `--cfg fuzzing`.

use super::{
    Json, Type,
    json::{self, Mode},
    msgpack,
};

/// Reads the bytes as a value with every type in it. What is read is written so that it reads as the same.
pub fn value(bytes: &[u8]) {
    let ty = every_type();
    if let Ok(value) = msgpack::decode(bytes, &ty) {
        let written = msgpack::encode(&value, &ty).expect("it was read as this type");
        let again = msgpack::decode(&written, &ty).expect("we have written it");
        assert!(again == value, "what was written is another value");
    }
}

/// Reads the bytes as JSON: as a value, as a state of another version, and as JSON of no type.
pub fn state(bytes: &[u8]) {
    let ty = every_type();
    let strict = json::decode(bytes, &ty, Mode::Strict);
    let lenient = json::decode(bytes, &ty, Mode::Lenient(&mut Vec::new()));
    if let Ok(value) = &strict {
        assert!(lenient.as_ref().is_ok_and(|lenient| lenient == value), "leniently it is another");
    }
    if let Ok(value) = lenient.and_then(|value| msgpack::encode(&value, &ty)) {
        assert!(msgpack::decode(&value, &ty).is_ok(), "what comes of a state cannot be read");
    }
    if let Ok(json) = Json::parse(bytes) {
        // Whatever becomes of it: an error, or a value, and no panic.
        drop(json.read::<std::collections::BTreeMap<String, Option<String>>>());
    }
}

fn every_type() -> Type {
    let leaf =
        Type::Object(vec![("flag", Type::Bool), ("count", Type::Number), ("text", Type::String)]);
    Type::Object(vec![
        ("flag", Type::Bool),
        ("count", Type::Number),
        ("text", Type::String),
        ("list", Type::list(leaf.clone())),
        ("set", Type::set(Type::String)),
        ("map", Type::map(Type::Number)),
        ("object", leaf),
    ])
}
