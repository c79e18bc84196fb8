//! Terraform values and their types.
//!
//! Knows neither how values travel (`msgpack`, `json`) nor what they become (`typed`).

#[cfg(test)]
pub(super) mod arbitrary;
mod compare;
mod conform;
mod error;

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;

use super::number::Number;
pub(super) use conform::{attribute, require_all};
pub use error::Error;
pub(super) use error::Result;

/// The type of a value.
///
/// `Display` and [`Type::to_json_bytes`] write it as schemas do: `"string"`, `["list","bool"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A [`Number`] of any size and precision.
    Number,
    /// A text.
    String,
    /// Elements of one type, in order.
    List(Box<Type>),
    /// Elements of one type, each once, in no order.
    Set(Box<Type>),
    /// Elements of one type, each under a key of its own.
    Map(Box<Type>),
    /// Exactly these attributes, each under its name.
    Object(Vec<(&'static str, Type)>),
}

/// A value of any [`Type`], which may be null or not known yet at any depth.
///
/// Every text is wiped when dropped, since any of them may be a secret; for the
/// same reason `Debug` shows the shape and never a text. Equality is Terraform's:
/// sets have no order and numbers no form.
#[derive(Clone, Default)]
pub enum Value {
    /// Absent.
    #[default]
    Null,
    /// Not known yet.
    Unknown,
    /// A bool.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(Zeroizing<String>),
    /// A list.
    List(Vec<Value>),
    /// A set, in the order it came.
    Set(Vec<Value>),
    /// A map, or an object with each of its attributes.
    Map(BTreeMap<String, Value>),
}

impl Type {
    /// A list of `element`.
    pub fn list(element: Type) -> Self {
        Self::List(Box::new(element))
    }

    /// A set of `element`.
    pub fn set(element: Type) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map of `element`.
    pub fn map(element: Type) -> Self {
        Self::Map(Box::new(element))
    }

    /// What schemas and function signatures carry.
    pub fn to_json_bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str(r#""bool""#),
            Self::Number => f.write_str(r#""number""#),
            Self::String => f.write_str(r#""string""#),
            Self::List(element) => write!(f, r#"["list",{element}]"#),
            Self::Set(element) => write!(f, r#"["set",{element}]"#),
            Self::Map(element) => write!(f, r#"["map",{element}]"#),
            Self::Object(attributes) => {
                f.write_str(r#"["object",{"#)?;
                for (position, (name, ty)) in attributes.iter().enumerate() {
                    let comma = if position == 0 { "" } else { "," };
                    // Debug writes a name, which is an identifier, as JSON would.
                    write!(f, "{comma}{name:?}:{ty}")?;
                }
                f.write_str("}]")
            }
        }
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::String(Zeroizing::new(text.into()))
    }

    /// A list.
    pub fn list(elements: impl IntoIterator<Item = Value>) -> Self {
        Self::List(elements.into_iter().collect())
    }

    /// A set; the order does not matter.
    pub fn set(elements: impl IntoIterator<Item = Value>) -> Self {
        Self::Set(elements.into_iter().collect())
    }

    /// A map or an object.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether this itself is known; elements and attributes may still not be.
    pub fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown)
    }

    /// Whether nothing in here is unknown, at any depth.
    pub fn wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::List(elements) | Self::Set(elements) => elements.iter().all(Self::wholly_known),
            Self::Map(entries) => entries.values().all(Self::wholly_known),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
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

    /// The elements of a list, or those of a set in the order they came.
    pub fn as_list(&self) -> Option<&[Value]> {
        if let Self::List(elements) | Self::Set(elements) = self { Some(elements) } else { None }
    }

    /// The entries of a map or the attributes of an object.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Value>> {
        if let Self::Map(entries) = self { Some(entries) } else { None }
    }

    /// The same, to be changed.
    pub fn as_map_mut(&mut self) -> Option<&mut BTreeMap<String, Value>> {
        if let Self::Map(entries) = self { Some(entries) } else { None }
    }

    /// The attribute `name` of an object, or what a map has under that key.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_map()?.get(name)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Unknown => f.write_str("unknown"),
            Self::Bool(_) => f.write_str("bool"),
            Self::Number(_) => f.write_str("number"),
            Self::String(_) => f.write_str("string"),
            Self::List(elements) => f.debug_list().entries(elements).finish(),
            Self::Set(elements) => f.debug_set().entries(elements).finish(),
            // Keys are texts as well, and a map's keys are the user's.
            Self::Map(entries) => f.debug_tuple("map").field(&entries.values()).finish(),
        }
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number.into())
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_read_as_in_schemas() {
        let ty = Type::Object(vec![
            ("name", Type::String),
            (
                "grants",
                Type::set(Type::Object(vec![("path", Type::String), ("propagate", Type::Bool)])),
            ),
            ("ports", Type::list(Type::Number)),
            ("triggers", Type::map(Type::String)),
        ]);
        assert_eq!(
            String::from_utf8(ty.to_json_bytes()).unwrap(),
            r#"["object",{"name":"string","grants":["set",["object",{"path":"string","propagate":"bool"}]],"ports":["list","number"],"triggers":["map","string"]}]"#
        );
        assert_eq!(Type::Object(vec![]).to_string(), r#"["object",{}]"#);
    }

    #[test]
    fn debug_shows_the_shape_alone() {
        let value = Value::map([
            ("marker-key", Value::text("marker-text")),
            ("list", Value::list([Value::from(71_i64), Value::Unknown, Value::Null, true.into()])),
            ("set", Value::set([Value::text("marker")])),
        ]);
        assert_eq!(format!("{value:?}"), "map([[number, unknown, null, bool], string, {string}])");
    }

    #[test]
    fn known_at_depth() {
        let value = Value::map([("a", Value::list([Value::Unknown]))]);
        assert!(value.is_known() && !value.wholly_known());
        assert!(Value::set([Value::Null]).wholly_known());
        assert!(!Value::set([Value::Unknown]).wholly_known());
        assert!(!Value::Unknown.is_known());
    }

    #[test]
    fn looks_inside() {
        let mut value = Value::map([("a", Value::from("x")), ("b", None::<bool>.into())]);
        assert_eq!(value.get("a").and_then(Value::as_str), Some("x"));
        assert!(value.get("b").is_some_and(Value::is_null) && value.get("c").is_none());
        value.as_map_mut().unwrap().insert("c".into(), Value::set([true.into()]));
        assert_eq!(
            value.get("c").and_then(Value::as_list).map(|list| list[0].as_bool()),
            Some(Some(true))
        );
        assert!(Value::default().is_null() && Value::default().get("a").is_none());
    }
}
