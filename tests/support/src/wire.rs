//! Terraform's encoding of values: JSON to msgpack and back, written independently of the
//! provider's codec. The string `"?"` stands for an unknown value, `"?refined"` for an unknown
//! value with a refinement. A number that fits neither 64 bits nor a float is a string in the JSON
//! too, because Terraform sends such a number as a string.

use rmp::{
    Marker,
    decode::{self, RmpRead as _},
    encode,
};
use serde_json::{Map, Value as Json, json};

/// Encodes a value.
pub fn pack(value: &Json) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, value);
    bytes
}

fn write(out: &mut Vec<u8>, value: &Json) {
    match value {
        Json::Null => encode::write_nil(out).unwrap(),
        Json::Bool(bool) => encode::write_bool(out, *bool).unwrap(),
        Json::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), ..) => drop(encode::write_uint(out, number).unwrap()),
            (_, Some(number), _) => drop(encode::write_sint(out, number).unwrap()),
            (_, _, number) => encode::write_f64(out, number.unwrap()).unwrap(),
        },
        Json::String(text) if text == "?" => out.extend([0xd4, 0, 0]),
        // The refinement "not null": a map of 1 to false, in an extension of type 12.
        Json::String(text) if text == "?refined" => out.extend([0xc7, 3, 12, 0x81, 1, 0xc2]),
        Json::String(text) => encode::write_str(out, text).unwrap(),
        Json::Array(items) => {
            encode::write_array_len(out, items.len().try_into().unwrap()).unwrap();
            items.iter().for_each(|item| write(out, item));
        }
        Json::Object(entries) => {
            encode::write_map_len(out, entries.len().try_into().unwrap()).unwrap();
            for (key, item) in entries {
                encode::write_str(out, key).unwrap();
                write(out, item);
            }
        }
    }
}

/// Decodes a value.
///
/// # Panics
/// If the bytes are not exactly one value.
pub fn unpack(mut bytes: &[u8]) -> Json {
    let value = read(&mut bytes);
    assert!(bytes.is_empty(), "more than one value");
    value
}

fn read(input: &mut &[u8]) -> Json {
    let marker = Marker::from_u8(input[0]);
    match marker {
        Marker::Null => {
            decode::read_nil(input).unwrap();
            Json::Null
        }
        Marker::True | Marker::False => json!(decode::read_bool(input).unwrap()),
        Marker::FixExt1 => {
            // An unknown value without a refinement, which every version of Terraform understands.
            let mut plain = [0; 3];
            input.read_exact_buf(&mut plain).unwrap();
            assert_eq!(plain, [0xd4, 0, 0]);
            json!("?")
        }
        Marker::F64 => json!(decode::read_f64(input).unwrap()),
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => {
            let length = decode::read_array_len(input).unwrap();
            (0..length).map(|_| read(input)).collect()
        }
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => {
            let length = decode::read_map_len(input).unwrap();
            let entries = (0..length).map(|_| (text(input), read(input)));
            Json::Object(entries.collect::<Map<_, _>>())
        }
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => json!(text(input)),
        Marker::U64 => json!(decode::read_u64(input).unwrap()),
        _ => json!(decode::read_int::<i64, _>(input).unwrap()),
    }
}

fn text(input: &mut &[u8]) -> String {
    let (text, rest) = decode::read_str_from_slice(*input).unwrap();
    *input = rest;
    text.to_owned()
}
