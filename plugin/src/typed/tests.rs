use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::msgpack;
use crate::number::Number;
use crate::value::Type;

const MARKER: &str = "marker5ecret";

/// Refuses in its own words what is not lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct UserId(String);

impl TryFrom<String> for UserId {
    type Error = &'static str;

    fn try_from(text: String) -> std::result::Result<Self, Self::Error> {
        let is_lower = text.bytes().all(|b| b.is_ascii_lowercase());
        if is_lower { Ok(Self(text)) } else { Err("expected `name@realm`, wrong from character 1") }
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

fn ty() -> Type {
    Type::Object(vec![
        ("user", Type::String),
        ("kind", Type::String),
        ("comment", Type::String),
        ("expire", Type::Number),
        ("size", Type::Number),
        ("small", Type::Number),
        ("ratio", Type::Number),
        ("grants", Type::set(grant())),
        ("triggers", Type::map(Type::list(Type::String))),
        ("initial", Type::String),
        ("nothing", Type::Bool),
    ])
}

fn grant() -> Type {
    Type::Object(vec![("path", Type::String), ("propagate", Type::Bool)])
}

fn refusal<T: DeserializeOwned + Debug>(value: impl Into<Value>) -> String {
    let error = from_value::<T>(&value.into()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(MARKER));
    error.to_string()
}

fn decimal(text: &str) -> Value {
    text.parse::<Number>().unwrap().into()
}

fn a_grant(path: impl Into<Value>, propagate: impl Into<Value>) -> Value {
    Value::map([("path", path.into()), ("propagate", propagate.into())])
}

#[test]
fn structs_become_objects() {
    let grant = Grant { path: Path("/a".into()), propagate: true };
    assert_eq!(to_value(&grant), Ok(a_grant("/a", true)));
    assert_eq!(to_value(&[Some(1_u8), None]), Ok(Value::list([1_i64.into(), Value::Null])));
    assert_eq!(to_value(&Kind::Token), Ok("token".into()));
    assert_eq!(to_value(&0.5_f32), Ok(decimal("0.5")));
    assert_eq!(
        to_value(&BTreeMap::from([(Kind::User, 'x')])),
        Ok(Value::map([("user", "x".into())]))
    );
}

#[test]
fn null_and_unknown_are_none_where_something_may_be_absent() {
    for absent in [Value::Null, Value::Unknown] {
        assert_eq!(from_value::<Option<Vec<Grant>>>(&absent), Ok(None));
        let path_alone = Value::map([("path", absent)]);
        assert_eq!(
            from_value::<BTreeMap<String, Option<bool>>>(&path_alone).unwrap()["path"],
            None
        );
    }
    assert_eq!(refusal::<Grant>(a_grant(Value::Null, true)), "path: expected a string, not null");
    assert_eq!(refusal::<Grant>(a_grant(Value::Unknown, true)), "path: is not known yet");
    assert_eq!(refusal::<Option<Grant>>(a_grant(Value::Unknown, true)), "path: is not known yet");
    assert_eq!(
        refusal::<Vec<String>>(Value::set(["a".into(), Value::Unknown])),
        "[1]: is not known yet"
    );
    assert_eq!(refusal::<BTreeMap<String, bool>>(Value::Unknown), "is not known yet");
    assert_eq!(refusal::<Kind>(Value::Unknown), "is not known yet");
}

#[test]
fn lists_and_sets_are_sequences() {
    for value in [Value::list(["a".into(), "b".into()]), Value::set(["a".into(), "b".into()])] {
        assert_eq!(from_value::<Vec<String>>(&value).unwrap(), ["a", "b"]);
        assert_eq!(from_value::<BTreeSet<Path>>(&value).unwrap().len(), 2);
        assert_eq!(refusal::<(String,)>(value), "expected fewer elements");
    }
    assert_eq!(
        refusal::<(String, String)>(Value::list(["a".into()])),
        "expected a tuple of size 2"
    );
}

#[test]
fn numbers_fit_exactly_or_not_at_all() {
    assert_eq!(from_value::<u64>(&u64::MAX.into()), Ok(u64::MAX));
    assert_eq!(from_value::<i64>(&decimal("-9223372036854775808")), Ok(i64::MIN));
    assert_eq!(from_value::<u8>(&decimal("255.0")), Ok(255));
    assert_eq!(from_value::<f64>(&decimal("0.5")), Ok(0.5));
    assert_eq!(from_value::<f64>(&decimal("3")), Ok(3.0));
    assert_eq!(refusal::<u8>(256_i64), "expected u8");
    assert_eq!(refusal::<u64>(-1_i64), "expected u64");
    assert_eq!(refusal::<i64>(decimal("1.5")), "expected a whole number of at most 64 bits");
    assert_eq!(refusal::<i64>(decimal("1e30")), "expected a whole number of at most 64 bits");
    assert_eq!(refusal::<i64>(MARKER), "expected a whole number of at most 64 bits");
    assert_eq!(
        refusal::<f64>(decimal("0.1")),
        "expected a number that 64-bit floating point holds exactly"
    );
    assert_eq!(
        refusal::<f64>(u64::MAX),
        "expected a number that 64-bit floating point holds exactly"
    );
    assert_eq!(to_value(&f64::NAN).unwrap_err().to_string(), "expected a finite number");
}

#[test]
fn whoever_asks_for_anything_gets_it() {
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
fn errors_name_the_place_and_never_what_was_found() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Outer {
        grants: Vec<Grant>,
    }
    let outer = |grant: Value| Value::map([("grants", Value::list([a_grant("/", true), grant]))]);
    assert_eq!(
        refusal::<Outer>(outer(a_grant("/", MARKER))),
        "grants[1].propagate: expected a bool"
    );
    assert_eq!(refusal::<Outer>(outer(a_grant(true, true))), "grants[1].path: expected a string");
    assert_eq!(refusal::<Outer>(outer(MARKER.into())), "grants[1]: expected an object");
    assert_eq!(
        refusal::<Outer>(Value::map([("grants", MARKER.into())])),
        "grants: expected a list or a set"
    );
    assert_eq!(
        refusal::<Outer>(outer(Value::map([("path", "/".into())]))),
        "grants[1].propagate: is missing"
    );
    let more = |name: &str| {
        Value::map([("path", "/".into()), (name, MARKER.into()), ("propagate", true.into())])
    };
    assert_eq!(
        refusal::<Outer>(outer(more("other"))),
        "grants[1].other: there is no such attribute"
    );
    assert_eq!(
        refusal::<Outer>(outer(more("marker5ecret-5f"))),
        "grants[1]: there is no such attribute"
    );
    assert_eq!(refusal::<Kind>(MARKER), "expected one of `user`, `token`");
    assert_eq!(refusal::<char>(MARKER), "expected a character");
    assert_eq!(
        refusal::<Vec<UserId>>(Value::list(["a".into(), "MARKER".into()])),
        "[1]: expected `name@realm`, wrong from character 1"
    );
    assert_eq!(
        refusal::<BTreeMap<UserId, bool>>(Value::map([("A", true.into())])),
        "expected `name@realm`, wrong from character 1"
    );
    assert_eq!(
        refusal::<BTreeMap<String, bool>>(Value::map([("a", MARKER.into())])),
        r#"["a"]: expected a bool"#
    );
    assert_eq!(refusal::<()>(MARKER), "expected null");
    assert_eq!(refusal::<std::num::NonZeroU8>(0_i64), "expected a nonzero u8");
}

#[test]
fn what_has_no_counterpart_is_refused_by_place() {
    #[derive(Serialize)]
    enum Odd {
        New(bool),
        Tuple(bool, bool),
        Struct { _a: bool },
    }
    let odds = [Odd::New(true), Odd::Tuple(true, true), Odd::Struct { _a: true }];
    for odd in odds {
        let error = to_value(&BTreeMap::from([("a", [odd])])).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"["a"][0]: an enum variant with fields has no counterpart among Terraform's values"#
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
            triggers in option::of(btree_map(any::<String>().prop_map(Path), vec(any_kind(), 0..3), 0..4)),
        initial: char,
    ) -> State {
        let user = UserId(user);
        State { user, kind, comment, expire, size, small, ratio, grants, triggers, initial, nothing: () }
    }
}

proptest! {
    #[test]
    fn states_survive(state in any_state()) {
        prop_assert_eq!(from_value::<State>(&to_value(&state).unwrap()).unwrap(), state);
    }

    #[test]
    fn states_survive_the_wire(state in any_state()) {
        let value = to_value(&state).unwrap().conform(&ty()).unwrap();
        let decoded = msgpack::decode(&msgpack::encode(&value, &ty()).unwrap(), &ty()).unwrap();
        prop_assert_eq!(&decoded, &value);
        prop_assert_eq!(from_value::<State>(&decoded).unwrap(), state);
    }
}
