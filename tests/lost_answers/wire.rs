//! Values on the wire, by this test's own reading: JSON goes, msgpack comes. What is not known yet reads as `"?"`.

use rmp::{
    Marker,
    decode::{self, RmpRead as _},
};
use serde_json::{Map, Value as Json, json};

use crate::tfplugin6::DynamicValue;

pub(crate) fn dynamic(value: &Json) -> DynamicValue {
    DynamicValue { json: value.to_string().into_bytes(), msgpack: Vec::new() }
}

pub(crate) fn unpack(mut bytes: &[u8]) -> Json {
    let value = read(&mut bytes);
    assert!(bytes.is_empty(), "more than one value");
    value
}

fn read(input: &mut &[u8]) -> Json {
    match Marker::from_u8(input[0]) {
        Marker::Null => {
            decode::read_nil(input).expect("null");
            Json::Null
        }
        Marker::True | Marker::False => json!(decode::read_bool(input).expect("a boolean")),
        Marker::FixExt1 => {
            input.read_exact_buf(&mut [0; 3]).expect("an unknown value");
            json!("?")
        }
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => {
            let length = decode::read_map_len(input).expect("a length");
            Json::Object((0..length).map(|_| (text(input), read(input))).collect::<Map<_, _>>())
        }
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => json!(text(input)),
        _ => json!(decode::read_int::<i64, _>(input).expect("a whole number")),
    }
}

fn text(input: &mut &[u8]) -> String {
    let (text, rest) = decode::read_str_from_slice(*input).expect("a text");
    let text = text.to_owned();
    *input = rest;
    text
}
