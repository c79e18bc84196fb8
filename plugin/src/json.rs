//! Values as JSON, directed by the type; and JSON without a type, for upgrades of old state.
//!
//! Numbers are never rounded and texts are wiped when dropped, which is why this is not serde_json.

#[cfg(test)]
mod encode;
mod parse;
mod shape;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::number::Number;
use super::path::Path;
use super::value::{Result, Type, Value};
#[cfg(test)]
pub(super) use encode::encode;

/// Any JSON: what an upgrade reads old state from.
///
/// `Debug` shows the shape and never a text.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(Zeroizing<String>),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(BTreeMap<String, Json>),
}

/// How closely JSON is held to the type.
#[derive(Debug)]
pub enum Mode<'a> {
    /// Exactly the type, as in `DynamicValue.json`.
    Strict,
    /// State of another schema version: missing attributes are null, and those that the type does
    /// not have are left out and listed here; the path of one whose name no attribute could have
    /// ends at the object.
    Lenient(&'a mut Vec<Path>),
}

/// Reads one value of type `ty` that fills `bytes`.
///
/// # Errors
/// Names the place that is of another type, or the byte at which the text stops being JSON.
pub(super) fn decode(bytes: &[u8], ty: &Type, mode: Mode<'_>) -> Result<Value> {
    Json::parse(bytes)?.into_value(ty, mode)
}

impl Json {
    /// Reads one JSON text of at most 64 levels.
    ///
    /// # Errors
    /// Says at which byte the text stops being JSON.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        parse::parse(bytes)
    }

    /// This as a `T`, which need not name every member.
    ///
    /// # Errors
    /// Names the member that is of another type, and never its value.
    pub fn read<T: DeserializeOwned>(self) -> Result<T> {
        super::typed::from_value(&self.into())
    }

    /// This as a value of type `ty`.
    ///
    /// # Errors
    /// Names the place that is of another type.
    pub fn into_value(self, ty: &Type, mut mode: Mode<'_>) -> Result<Value> {
        shape::shape(self, ty, &mut mode)
    }

    /// The member `name` of an object.
    pub fn get(&self, name: &str) -> Option<&Json> {
        if let Self::Object(members) = self { members.get(name) } else { None }
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The bool, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(bool) = self { Some(*bool) } else { None }
    }

    /// The number, if this is one.
    pub fn as_number(&self) -> Option<&Number> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    /// The elements, if this is an array.
    pub fn as_array(&self) -> Option<&[Json]> {
        if let Self::Array(elements) = self { Some(elements) } else { None }
    }

    /// The members, if this is an object.
    pub fn as_object(&self) -> Option<&BTreeMap<String, Json>> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }
}

/// Without a type every array is a list and every object a map, which is enough for
/// [`from_value`](super::typed::from_value) to read a struct of an older version.
impl From<Json> for Value {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(bool) => Self::Bool(bool),
            Json::Number(number) => Self::Number(number),
            Json::String(text) => Self::String(text),
            Json::Array(elements) => Self::list(elements.into_iter().map(Self::from)),
            Json::Object(members) => {
                Self::map(members.into_iter().map(|(name, json)| (name, json.into())))
            }
        }
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(_) => f.write_str("bool"),
            Self::Number(_) => f.write_str("number"),
            Self::String(_) => f.write_str("string"),
            Self::Array(elements) => f.debug_list().entries(elements).finish(),
            Self::Object(members) => f.debug_tuple("object").field(&members.values()).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::arbitrary::{any_type, any_typed_value};

    const MARKER: &str = "marker5ecret";

    fn ty() -> Type {
        let grant = Type::Object(vec![("path", Type::String), ("propagate", Type::Bool)]);
        Type::Object(vec![
            ("grants", Type::set(grant)),
            ("ratio", Type::Number),
            ("triggers", Type::map(Type::String)),
            ("list", Type::list(Type::Number)),
        ])
    }

    const TEXT: &str = r#"{"grants":[{"path":"/","propagate":true}],"list":[1,0.1,18446744073709551616],"ratio":null,"triggers":{"a\"b":"é\n"}}"#;

    fn value() -> Value {
        let number = |text: &str| text.parse::<Number>().unwrap().into();
        Value::map([
            (
                "grants",
                Value::set([Value::map([("path", "/".into()), ("propagate", true.into())])]),
            ),
            ("list", Value::list(["1", "0.1", "18446744073709551616"].map(number))),
            ("ratio", Value::Null),
            ("triggers", Value::map([("a\"b", "é\n".into())])),
        ])
    }

    fn strict(json: &str, ty: &Type) -> Result<Value> {
        decode(json.as_bytes(), ty, Mode::Strict)
    }

    #[test]
    fn reads_and_writes_by_the_type() {
        assert_eq!(strict(TEXT, &ty()), Ok(value()));
        assert_eq!(encode(&value(), &ty()).unwrap(), TEXT.as_bytes());
        assert_eq!(strict("null", &ty()), Ok(Value::Null));
    }

    #[test]
    fn numbers_are_not_rounded() {
        for (json, written) in [
            ("0.1", "0.1"),
            ("1.0", "1"),
            ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
            ("9007199254740993", "9007199254740993"),
            ("1E400", "1e400"),
            ("-0", "0"),
        ] {
            assert_eq!(
                encode(&strict(json, &Type::Number).unwrap(), &Type::Number).unwrap(),
                written.as_bytes()
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_not_written() {
        let refusal = |value: Value, ty: &Type| encode(&value, ty).unwrap_err().to_string();
        let list = Value::list([Value::Null, Value::Unknown]);
        assert_eq!(refusal(list, &Type::list(Type::Bool)), "[1]: is not known yet");
        assert_eq!(refusal(Value::map([("ratio", MARKER.into())]), &ty()), "grants: is missing");
        assert_eq!(
            refusal(Value::map([("a", MARKER.into())]), &Type::map(Type::Bool)),
            r#"["a"]: expected a bool"#
        );
    }

    #[test]
    fn a_long_text_survives() {
        let value = Value::text("x".repeat(5_000_000) + "\n");
        assert_eq!(
            decode(&encode(&value, &Type::String).unwrap(), &Type::String, Mode::Strict),
            Ok(value)
        );
    }

    #[test]
    fn lenient_fills_in_and_leaves_out() {
        let ty = Type::Object(vec![
            (
                "grants",
                Type::list(Type::Object(vec![("path", Type::String), ("role", Type::String)])),
            ),
            ("new", Type::Bool),
        ]);
        let json = r#"{"old":"marker","grants":[{"path":"/","role":"r"},{"path":"/a","gone":1,"Not A Name":2}]}"#;
        let mut left_out = Vec::new();
        let value = decode(json.as_bytes(), &ty, Mode::Lenient(&mut left_out)).unwrap();
        let grant = |path: &str, role: Value| Value::map([("path", path.into()), ("role", role)]);
        let grants = Value::list([grant("/", "r".into()), grant("/a", Value::Null)]);
        assert_eq!(value, Value::map([("grants", grants), ("new", Value::Null)]));
        let paths: Vec<String> = left_out.iter().map(Path::to_string).collect();
        assert_eq!(paths, ["old", "grants[1]", "grants[1].gone"]);
    }

    #[test]
    fn an_upgrade_reads_a_struct_of_its_own() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Old {
            name: String,
            ports: Vec<u16>,
            comment: Option<String>,
        }
        let json =
            Json::parse(br#"{"name":"n","ports":[80,1e2],"comment":null,"more":true}"#).unwrap();
        let old = Old { name: "n".into(), ports: vec![80, 100], comment: None };
        assert_eq!(crate::typed::from_value::<Old>(&json.into()), Ok(old));
    }

    #[test]
    fn errors_name_the_place_and_never_what_was_found() {
        for (json, message) in [
            (r#""marker5ecret""#, "expected an object"),
            (r#"["marker5ecret"]"#, "expected an object"),
            ("{}", "grants: is missing"),
            (
                r#"{"grants":[{"path":"marker5ecret","propagate":"marker5ecret"}],"ratio":1,"list":[],"triggers":{}}"#,
                "grants[0].propagate: expected a bool",
            ),
            (
                r#"{"grants":"marker5ecret","ratio":1,"list":[],"triggers":{}}"#,
                "grants: expected a set",
            ),
            (
                r#"{"grants":[],"ratio":"marker5ecret","list":[],"triggers":{}}"#,
                "ratio: expected a number",
            ),
            (
                r#"{"grants":[],"ratio":1,"list":["marker5ecret"],"triggers":{}}"#,
                "list[0]: expected a number",
            ),
            (
                r#"{"grants":[],"ratio":1,"list":[],"triggers":{"a":[]}}"#,
                r#"triggers["a"]: expected a string"#,
            ),
            (
                r#"{"grants":[],"ratio":1,"list":[],"triggers":{},"x":1}"#,
                "x: there is no such attribute",
            ),
            (
                r#"{"grants":[],"ratio":1,"list":[],"triggers":{},"marker5ecret-5f":1}"#,
                "there is no such attribute",
            ),
            (r#"{"a":"marker5ecret" marker5ecret"#, "expected JSON, with `,` or `}` at byte 20"),
            ("marker5ecret", "expected JSON, with a value at byte 0"),
        ] {
            let error = strict(json, &ty()).unwrap_err();
            assert_eq!(error.to_string(), message);
            assert!(!format!("{error:?}").contains(MARKER));
        }
        let debug = format!("{:?}", Json::parse(br#"{"marker5ecret":["marker5ecret"]}"#).unwrap());
        assert_eq!(debug, "object([[string]])");
    }

    proptest! {
        #[test]
        fn values_survive((ty, value) in any_typed_value(false)) {
            let text = encode(&value, &ty).unwrap();
            prop_assert_eq!(&decode(&text, &ty, Mode::Strict).unwrap(), &value);
            let mut left_out = Vec::new();
            prop_assert_eq!(&decode(&text, &ty, Mode::Lenient(&mut left_out)).unwrap(), &value);
            prop_assert!(left_out.is_empty());
            serde_json::from_slice::<serde::de::IgnoredAny>(&text).unwrap();
        }

        #[test]
        fn damage_never_panics(
            (ty, value) in any_typed_value(false),
            hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut text = encode(&value, &ty).unwrap();
            for (index, byte) in hits {
                let index = index.index(text.len());
                text[index] = byte;
            }
            let _ = decode(&text, &ty, Mode::Strict);
            let _ = decode(&text, &ty, Mode::Lenient(&mut Vec::new()));
        }

        #[test]
        fn hostile_text_never_panics(ty in any_type(), text in r#"[\[\]{}",:\\0-9a-funtr.eE+\- é]{0,40}"#) {
            let _ = decode(text.as_bytes(), &ty, Mode::Strict);
        }

        #[test]
        fn agrees_with_serde_json(text in r#"[\[\]{}",:\\0-3untrlse.E+\- é]{0,12}"#) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            let ours = Json::parse(text.as_bytes()).is_ok();
            // Theirs has no number beyond floats, ours no member twice.
            let may_differ = text.contains(if ours { ['e', 'E'] } else { ['{', '}'] });
            prop_assert!(ours == theirs || may_differ);
        }
    }
}
