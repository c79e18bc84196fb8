use super::*;
use crate::{msgpack, number::Number, value::Type};
use proptest::{
    collection::{btree_map, btree_set, vec},
    option,
    prelude::*,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

/// A secret. No error message may contain this text.
const MARKER: &str = "marker5ecret";

/// A type that accepts only lower case letters, and rejects any other text with a custom message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct UserId(String);

impl TryFrom<String> for UserId {
    type Error = &'static str;

    fn try_from(text: String) -> std::result::Result<Self, Self::Error> {
        let is_lower = text.bytes().all(|b| b.is_ascii_lowercase());
        if is_lower { Ok(Self(text)) } else { Err("expected `user@realm`, wrong from character 1") }
    }
}

impl From<UserId> for String {
    fn from(id: UserId) -> Self {
        id.0
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Path(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    User,
    Token,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    path: Path,
    propagate: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    user: UserId,
    kind: Kind,
    comment: Option<String>,
    expire: Option<i64>,
    size: u64,
    small: i8,
    ratio: f64,
    grants: BTreeSet<Grant>,
    triggers: Option<BTreeMap<Path, Vec<Kind>>>,
    initial: char,
    nothing: (),
}

fn state_type() -> Type {
    Type::object([
        ("user", Type::String),
        ("kind", Type::String),
        ("comment", Type::String),
        ("expire", Type::Number),
        ("size", Type::Number),
        ("small", Type::Number),
        ("ratio", Type::Number),
        ("grants", Type::set(grant_type())),
        ("triggers", Type::map(Type::list(Type::String))),
        ("initial", Type::String),
        ("nothing", Type::Bool),
    ])
}

fn grant_type() -> Type {
    Type::object([("path", Type::String), ("propagate", Type::Bool)])
}

fn deserialize_error<T: DeserializeOwned + Debug>(value: impl Into<Value>) -> String {
    let error = from_value::<T>(&value.into()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(MARKER));
    error.to_string()
}

fn decimal(text: &str) -> Value {
    text.parse::<Number>().unwrap().into()
}

fn grant_value(path: impl Into<Value>, propagate: impl Into<Value>) -> Value {
    Value::map([("path", path.into()), ("propagate", propagate.into())])
}

#[test]
fn structs_are_serialized_as_objects() {
    let grant = Grant { path: Path("/a".into()), propagate: true };
    assert_eq!(to_value(&grant), Ok(grant_value("/a", true)));
    assert_eq!(to_value(&[Some(1_u8), None]), Ok(Value::list([1_i64.into(), Value::Null])));
    assert_eq!(to_value(&Kind::Token), Ok("token".into()));
    assert_eq!(to_value(&0.5_f32), Ok(decimal("0.5")));
    assert_eq!(
        to_value(&BTreeMap::from([(Kind::User, 'x')])),
        Ok(Value::map([("user", "x".into())]))
    );
}

#[test]
fn only_an_option_accepts_null_and_unknown() {
    for absent in [Value::Null, Value::Unknown] {
        assert_eq!(from_value::<Option<Vec<Grant>>>(&absent), Ok(None));
        let path_only = Value::map([("path", absent)]);
        assert_eq!(from_value::<BTreeMap<String, Option<bool>>>(&path_only).unwrap()["path"], None);
    }
    assert_eq!(
        deserialize_error::<Grant>(grant_value(Value::Null, true)),
        "path: expected a string, not null"
    );
    assert_eq!(
        deserialize_error::<Grant>(grant_value(Value::Unknown, true)),
        "path: is not known yet"
    );
    assert_eq!(
        deserialize_error::<Option<Grant>>(grant_value(Value::Unknown, true)),
        "path: is not known yet"
    );
    assert_eq!(
        deserialize_error::<Vec<String>>(Value::set(["a".into(), Value::Unknown])),
        "[1]: is not known yet"
    );
    assert_eq!(deserialize_error::<BTreeMap<String, bool>>(Value::Unknown), "is not known yet");
    assert_eq!(deserialize_error::<Kind>(Value::Unknown), "is not known yet");
}

#[test]
fn lists_and_sets_deserialize_as_sequences() {
    for value in [Value::list(["a".into(), "b".into()]), Value::set(["a".into(), "b".into()])] {
        assert_eq!(from_value::<Vec<String>>(&value).unwrap(), ["a", "b"]);
        assert_eq!(from_value::<BTreeSet<Path>>(&value).unwrap().len(), 2);
        assert_eq!(deserialize_error::<(String,)>(value), "expected fewer elements");
    }
    assert_eq!(
        deserialize_error::<(String, String)>(Value::list(["a".into()])),
        "expected a tuple of size 2"
    );
}

#[test]
fn numbers_are_converted_exactly_or_rejected() {
    assert_eq!(from_value::<u64>(&u64::MAX.into()), Ok(u64::MAX));
    assert_eq!(from_value::<i64>(&decimal("-9223372036854775808")), Ok(i64::MIN));
    assert_eq!(from_value::<u8>(&decimal("255.0")), Ok(255));
    assert_eq!(from_value::<f64>(&decimal("0.5")), Ok(0.5));
    assert_eq!(from_value::<f64>(&decimal("3")), Ok(3.0));
    assert_eq!(deserialize_error::<u8>(256_i64), "expected u8");
    assert_eq!(deserialize_error::<u64>(-1_i64), "expected u64");
    assert_eq!(
        deserialize_error::<i64>(decimal("1.5")),
        "expected a whole number of at most 64 bits"
    );
    assert_eq!(
        deserialize_error::<i64>(decimal("1e30")),
        "expected a whole number of at most 64 bits"
    );
    assert_eq!(deserialize_error::<i64>(MARKER), "expected a whole number of at most 64 bits");
    assert_eq!(
        deserialize_error::<f64>(decimal("0.1")),
        "expected a number that 64-bit floating point holds exactly"
    );
    assert_eq!(
        deserialize_error::<f64>(u64::MAX),
        "expected a number that 64-bit floating point holds exactly"
    );
    assert_eq!(to_value(&f64::NAN).unwrap_err().to_string(), "expected a finite number");
}

#[test]
fn untagged_enums_deserialize_from_every_kind_of_value() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Any {
        Bool(bool),
        Integer(i64),
        Unsigned(u64),
        Float(f64),
        Text(String),
        List(Vec<Any>),
        Map(BTreeMap<String, Any>),
        Nothing,
    }
    let value = Value::list([
        true.into(),
        (-1_i64).into(),
        u64::MAX.into(),
        decimal("0.5"),
        "x".into(),
        Value::map([("a", Value::Null)]),
    ]);
    let any = vec![
        Any::Bool(true),
        Any::Integer(-1),
        Any::Unsigned(u64::MAX),
        Any::Float(0.5),
        Any::Text("x".into()),
        Any::Map(BTreeMap::from([("a".into(), Any::Nothing)])),
    ];
    assert_eq!(from_value::<Any>(&value), Ok(Any::List(any)));
}

#[test]
fn errors_state_the_path_but_never_the_value() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Outer {
        grants: Vec<Grant>,
    }
    let outer =
        |grant: Value| Value::map([("grants", Value::list([grant_value("/", true), grant]))]);
    assert_eq!(
        deserialize_error::<Outer>(outer(grant_value("/", MARKER))),
        "grants[1].propagate: expected a bool"
    );
    assert_eq!(
        deserialize_error::<Outer>(outer(grant_value(true, true))),
        "grants[1].path: expected a string"
    );
    assert_eq!(deserialize_error::<Outer>(outer(MARKER.into())), "grants[1]: expected an object");
    assert_eq!(
        deserialize_error::<Outer>(Value::map([("grants", MARKER.into())])),
        "grants: expected a list or a set"
    );
    assert_eq!(
        deserialize_error::<Outer>(outer(Value::map([("path", "/".into())]))),
        "grants[1].propagate: is missing"
    );
    let grant_with_extra = |name: &str| {
        Value::map([("path", "/".into()), (name, MARKER.into()), ("propagate", true.into())])
    };
    assert_eq!(
        deserialize_error::<Outer>(outer(grant_with_extra("other"))),
        "grants[1].other: unsupported attribute"
    );
    assert_eq!(
        deserialize_error::<Outer>(outer(grant_with_extra("marker5ecret-5f"))),
        "grants[1]: unsupported attribute"
    );
    assert_eq!(deserialize_error::<Kind>(MARKER), "expected one of `user`, `token`");
    assert_eq!(deserialize_error::<char>(MARKER), "expected a character");
    assert_eq!(
        deserialize_error::<Vec<UserId>>(Value::list(["a".into(), "MARKER".into()])),
        "[1]: expected `user@realm`, wrong from character 1"
    );
    assert_eq!(
        deserialize_error::<BTreeMap<UserId, bool>>(Value::map([("A", true.into())])),
        "expected `user@realm`, wrong from character 1"
    );
    assert_eq!(
        deserialize_error::<BTreeMap<String, bool>>(Value::map([("a", MARKER.into())])),
        r#"["a"]: expected a bool"#
    );
    assert_eq!(deserialize_error::<()>(MARKER), "expected null");
    assert_eq!(deserialize_error::<std::num::NonZeroU8>(0_i64), "expected a nonzero u8");
}

#[test]
fn data_without_a_terraform_representation_is_rejected_with_its_path() {
    #[derive(Serialize)]
    enum Unrepresentable {
        New(bool),
        Tuple(bool, bool),
        Struct { _a: bool },
    }
    let all = [
        Unrepresentable::New(true),
        Unrepresentable::Tuple(true, true),
        Unrepresentable::Struct { _a: true },
    ];
    for data in all {
        let error = to_value(&BTreeMap::from([("a", [data])])).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"["a"][0]: an enum variant with fields cannot be represented as a Terraform value"#
        );
    }
    assert_eq!(
        to_value(&BTreeMap::from([(1, 2)])).unwrap_err().to_string(),
        "the key of a map must be a string"
    );
}

fn any_grant() -> impl Strategy<Value = Grant> {
    (any::<String>(), any::<bool>())
        .prop_map(|(path, propagate)| Grant { path: Path(path), propagate })
}

fn any_kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::User), Just(Kind::Token)]
}

prop_compose! {
    fn any_state()(
        user in "[a-z]{1,8}",
        kind in any_kind(),
        comment: Option<String>,
        expire: Option<i64>,
        size: u64,
        small: i8,
        ratio in prop::num::f64::NORMAL | prop::num::f64::ZERO,
        grants in btree_set(any_grant(), 0..5),
        triggers in option::of(btree_map(
            any::<String>().prop_map(Path),
            vec(any_kind(), 0..3),
            0..4,
        )),
        initial: char,
    ) -> State {
        let user = UserId(user);
        State {
            user,
            kind,
            comment,
            expire,
            size,
            small,
            ratio,
            grants,
            triggers,
            initial,
            nothing: (),
        }
    }
}

proptest! {
    #[test]
    fn a_state_is_unchanged_after_conversion_to_a_value(state in any_state()) {
        prop_assert_eq!(from_value::<State>(&to_value(&state).unwrap()).unwrap(), state);
    }

    #[test]
    fn a_state_is_unchanged_after_encoding_as_msgpack(state in any_state()) {
        let value = to_value(&state).unwrap().conform(&state_type()).unwrap();
        let bytes = msgpack::encode(&value, &state_type()).unwrap();
        let decoded = msgpack::decode(&bytes, &state_type()).unwrap();
        prop_assert_eq!(&decoded, &value);
        prop_assert_eq!(from_value::<State>(&decoded).unwrap(), state);
    }
}
