use super::*;
use crate::{
    number::Number,
    value::{
        Type, Value,
        arbitrary::{any_type, any_typed_value},
    },
};
use proptest::prelude::*;

/// A secret. No error message may contain this text.
const MARKER: &str = "marker5ecret";

fn bytes(hex: &str) -> Vec<u8> {
    hex.split_ascii_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

fn decoded(hex: &str, ty: &Type) -> Value {
    decode(&bytes(hex), ty).unwrap()
}

fn decode_error(bytes: &[u8], ty: &Type) -> String {
    decode(bytes, ty).unwrap_err().to_string()
}

fn text(text: &str) -> Vec<u8> {
    encode(&text.into(), &Type::String).unwrap()
}

fn grant() -> Type {
    Type::object([("path", Type::String), ("propagate", Type::Bool)])
}

#[test]
fn every_encoding_of_a_number_is_decoded() {
    let decimal = |text: &str| text.parse::<Number>().unwrap();
    for (hex, number) in [
        ("00", 0_i64.into()),
        ("7f", 127_i64.into()),
        ("ff", (-1_i64).into()),
        ("e0", (-32_i64).into()),
        ("cc 80", 128_i64.into()),
        ("cd 01 00", 256_i64.into()),
        ("ce 00 01 00 00", 65536_i64.into()),
        ("cf 00 00 00 01 00 00 00 00", 4294967296_i64.into()),
        ("cf ff ff ff ff ff ff ff ff", u64::MAX.into()),
        ("d0 80", (-128_i64).into()),
        ("d1 80 00", (-32768_i64).into()),
        ("d2 80 00 00 00", i64::from(i32::MIN).into()),
        ("d3 80 00 00 00 00 00 00 00", i64::MIN.into()),
        ("d3 00 00 00 00 00 00 00 05", 5_i64.into()),
        ("ca 3f 00 00 00", decimal("0.5")),
        ("cb 3f e0 00 00 00 00 00 00", decimal("0.5")),
        ("cb 40 14 00 00 00 00 00 00", 5_i64.into()),
        ("a3 30 2e 31", decimal("0.1")),
        ("d9 03 30 2e 31", decimal("0.1")),
        ("a2 31 32", 12_i64.into()),
    ] {
        assert_eq!(decoded(hex, &Type::Number), number.into(), "{hex}");
    }
    for hex in ["c2", "c4 01 31", "90", "80", "a0", "a2 30 78", "cb 7f f0 00 00 00 00 00 00", "c1"]
    {
        assert!(decode_error(&bytes(hex), &Type::Number).starts_with("expected a "), "{hex}");
    }
}

#[test]
fn numbers_are_encoded_as_terraform_encodes_them() {
    for (number, hex) in [
        ("0", "00"),
        ("-32", "e0"),
        ("-33", "d0 df"),
        ("200", "cc c8"),
        ("70000", "ce 00 01 11 70"),
        ("-70000", "d2 ff fe ee 90"),
        ("9223372036854775807", "cf 7f ff ff ff ff ff ff ff"),
        ("18446744073709551615", "cf ff ff ff ff ff ff ff ff"),
        ("0.5", "cb 3f e0 00 00 00 00 00 00"),
        ("18446744073709551616", "cb 43 f0 00 00 00 00 00 00"),
        ("0.1", "a3 30 2e 31"),
        ("18446744073709551617", "b4 31 38 34 34 36 37 34 34 30 37 33 37 30 39 35 35 31 36 31 37"),
    ] {
        let number = number.parse::<Number>().unwrap().into();
        assert_eq!(encode(&number, &Type::Number), Ok(bytes(hex)), "{hex}");
        assert_eq!(decoded(hex, &Type::Number), number);
    }
}

#[test]
fn every_extension_type_is_decoded_as_unknown() {
    let plain_unknown = "d4 00 00";
    let unknown_but_not_null = "c7 03 0c 81 01 c2";
    let unknown_with_prefix = "d8 0c 82 01 c2 02 aa 68 74 74 70 73 3a 2f 2f 61 62 63";
    for hex in [
        plain_unknown,
        unknown_but_not_null,
        unknown_with_prefix,
        "d5 0c 80 00",
        "d6 01 00 00 00 00",
        "c8 00 01 0c 80",
        "c9 00 00 00 00 05",
    ] {
        for ty in [
            Type::Bool,
            Type::Number,
            Type::String,
            Type::set(Type::Bool),
            Type::map(Type::Bool),
            grant(),
        ] {
            assert!(!decoded(hex, &ty).is_known(), "{hex} as {ty}");
        }
    }
    assert_eq!(
        encode(&decoded(unknown_but_not_null, &grant()), &grant()),
        Ok(bytes(plain_unknown))
    );
    let grant_with_unknown_path =
        decoded("82 a4 70 61 74 68 c7 03 0c 81 01 c2 a9 70 72 6f 70 61 67 61 74 65 c3", &grant());
    assert_eq!(
        grant_with_unknown_path,
        Value::map([("path", Value::Unknown), ("propagate", true.into())])
    );
}

#[test]
fn objects_have_the_same_encoding_as_in_terraform() {
    let ty = Type::object([
        ("name", Type::String),
        ("grants", Type::set(grant())),
        ("expire", Type::Number),
    ]);
    let hex = "83 a6 65 78 70 69 72 65 c0 a6 67 72 61 6e 74 73 91 82 a4 70 61 74 68 a1 2f \
               a9 70 72 6f 70 61 67 61 74 65 c2 a4 6e 61 6d 65 a2 63 69";
    let grants = Value::set([Value::map([("path", "/".into()), ("propagate", false.into())])]);
    let value = Value::map([("name", "ci".into()), ("grants", grants), ("expire", Value::Null)]);
    assert_eq!(decoded(hex, &ty), value);
    assert_eq!(encode(&value, &ty), Ok(bytes(hex)));
}

#[test]
fn nested_sets_are_compared_without_order() {
    let ty = Type::set(Type::set(Type::String));
    assert_eq!(
        decoded("92 92 a1 61 a1 62 91 a1 63", &ty),
        decoded("92 91 a1 63 92 a1 62 a1 61", &ty)
    );
    assert_ne!(decoded("91 91 a1 61", &ty), decoded("91 91 a1 62", &ty));
}

#[test]
fn a_list_can_be_encoded_as_a_set() {
    let [list, set] = [Value::list([true.into()]), Value::set([true.into()])];
    assert_eq!(encode(&list, &Type::set(Type::Bool)), encode(&set, &Type::set(Type::Bool)));
}

#[test]
fn a_set_cannot_be_encoded_as_a_list() {
    let set = Value::set([true.into()]);
    assert_eq!(encode(&set, &Type::list(Type::Bool)).unwrap_err().to_string(), "expected a list");
}

#[test]
fn strings_of_every_length_are_unchanged_after_encoding_and_decoding() {
    for length in [0, 31, 32, 255, 256, 65535, 65536, 50_000_000] {
        let value = Value::text("x".repeat(length));
        let bytes = encode(&value, &Type::String).unwrap();
        assert_eq!(decode(&bytes, &Type::String), Ok(value));
    }
}

#[test]
fn encoding_does_not_reallocate_its_buffer() {
    let value = Value::map([("a", Value::text("x".repeat(70_000))), ("b", "secret".into())]);
    let bytes = encode(&value, &Type::map(Type::String)).unwrap();
    assert!(bytes.capacity() < bytes.len() + 40);
}

#[test]
fn nesting_is_limited_by_the_type() {
    let ty = (0..200).fold(Type::Bool, |inner, _| Type::list(inner));
    let value = (0..200).fold(true.into(), |inner, _| Value::list([inner]));
    assert_eq!(decode(&encode(&value, &ty).unwrap(), &ty), Ok(value));
    assert_eq!(
        decode_error(&[0x91; 1_000_000], &Type::list(Type::list(Type::Bool))),
        "[0][0]: expected a bool"
    );
}

#[test]
fn errors_state_the_path_but_never_the_value() {
    let marker = text(MARKER);
    let ty = Type::object([("grants", Type::list(grant())), ("triggers", Type::map(Type::Number))]);
    let object = |grants: &[u8], triggers: &[u8]| {
        [b"\x82\xa6grants", grants, b"\xa8triggers", triggers].concat()
    };
    let grants = |grant: &[u8]| object(&[b"\x91", grant].concat(), b"\xc0");
    let with_marker = |before: &[u8]| [before, &marker].concat();
    for (bytes, message) in [
        (marker.clone(), "expected an object"),
        (with_marker(b"\x80"), "grants: is missing"),
        (with_marker(&object(b"\xc0", b"\xc0")), "expected nothing after the value"),
        (object(&marker, b"\xc0"), "grants: expected a list"),
        (grants(&marker), "grants[0]: expected an object"),
        (
            grants(&with_marker(b"\x82\xa4path\xc0\xa9propagate")),
            "grants[0].propagate: expected a bool",
        ),
        (grants(b"\x81\xa4path\xc0"), "grants[0].propagate: is missing"),
        (grants(b"\x82\xa4path\xc0\xa4path\xc0"), "grants[0].path: is set more than once"),
        (grants(b"\x81\xa1x\xc0"), "grants[0].x: unsupported attribute"),
        (
            grants(&[b"\x81\xb0", MARKER.to_uppercase().as_bytes(), b"-xyz\xc0"].concat()),
            "grants[0]: unsupported attribute",
        ),
        (grants(b"\x81\xc0\xc0"), "grants[0]: expected an attribute name"),
        (
            object(b"\xc0", &with_marker(b"\x81\xa1a")),
            "triggers[\"a\"]: expected a decimal number of at most 4096 digits",
        ),
        (object(b"\xc0", b"\x82\xa1a\xc0\xa1a\xc0"), "triggers[\"a\"]: is set more than once"),
        (object(b"\xc0", b"\x81\x01\xc0"), "triggers: expected a string as the map key"),
        (grants(b"\x82\xa4path\xa2\xff\xfe"), "grants[0].path: expected a string in UTF-8"),
        (grants(b"\x82\xa4path\xc4\x01a"), "grants[0].path: expected a string"),
    ] {
        let error = decode(&bytes, &ty).unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}, not {message}");
        assert!(!format!("{error} {error:?}").to_lowercase().contains(MARKER), "{error}");
    }
    let value = Value::map([("grants", Value::list([MARKER.into()])), ("triggers", Value::Null)]);
    assert_eq!(encode(&value, &ty).unwrap_err().to_string(), "grants[0]: expected an object");
    let value = Value::map([("triggers", Value::map([("a", MARKER.into())]))]);
    assert_eq!(encode(&value, &ty).unwrap_err().to_string(), "grants: is missing");
}

#[test]
fn every_truncated_message_is_rejected() {
    let ty = Type::object([
        ("grants", Type::set(grant())),
        ("number", Type::list(Type::Number)),
        ("triggers", Type::map(Type::String)),
    ]);
    let grant = Value::map([("path", Value::Unknown), ("propagate", true.into())]);
    let numbers =
        ["1", "-200", "70000", "0.5", "0.1"].map(|number| number.parse::<Number>().unwrap().into());
    let triggers = Value::map([("a", Value::text("x".repeat(300)))]);
    let value = Value::map([
        ("grants", Value::set([grant])),
        ("number", Value::list(numbers)),
        ("triggers", triggers),
    ]);
    let bytes = encode(&value, &ty).unwrap();
    for length in 0..bytes.len() {
        assert!(
            decode_error(&bytes[..length], &ty)
                .ends_with("the message ends before the value is complete"),
            "at {length}"
        );
    }
}

#[test]
fn a_length_beyond_the_end_of_the_message_allocates_nothing() {
    let message = "the message ends before the value is complete";
    assert!(decode_error(&bytes("dd ff ff ff ff c0"), &Type::list(Type::Bool)).ends_with(message));
    assert!(
        decode_error(&bytes("df ff ff ff ff a1 61 c0"), &Type::map(Type::Bool)).ends_with(message)
    );
    assert_eq!(decode_error(&bytes("db ff ff ff ff 61"), &Type::String), message);
    assert_eq!(decode_error(&bytes("c9 ff ff ff ff 00"), &Type::String), message);
}

proptest! {
    #[test]
    fn values_are_unchanged_after_encoding_and_decoding((ty, value) in any_typed_value(true)) {
        let bytes = encode(&value, &ty).unwrap();
        let decoded = decode(&bytes, &ty).unwrap();
        prop_assert_eq!(&decoded, &value);
        prop_assert_eq!(encode(&decoded, &ty).unwrap(), bytes);
        prop_assert_eq!(value.clone().conform(&ty), Ok(value));
    }

    #[test]
    fn decoding_a_damaged_message_never_panics(
        (ty, value) in any_typed_value(true),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = encode(&value, &ty).unwrap();
        for (index, byte) in damage {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if let Ok(value) = decode(&bytes, &ty) {
            let encoded = encode(&value, &ty).unwrap();
            prop_assert_eq!(decode(&encoded, &ty), Ok(value));
        }
    }

    #[test]
    fn decoding_arbitrary_bytes_never_panics(ty in any_type(), bytes: Vec<u8>) {
        let _ = decode(&bytes, &ty);
    }
}
