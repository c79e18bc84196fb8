//! Terraform values and their types.
//!
//! The modules `msgpack` and `json` encode and decode values, and `typed` converts values to and
//! from Rust types.

#[cfg(test)]
pub(super) mod arbitrary;
mod compare;
mod conform;
mod error;

use crate::number::Number;
use std::{borrow::Cow, collections::BTreeMap, fmt};
use zeroize::Zeroizing;

pub(super) use conform::{attribute, require_all};
pub(crate) use error::Error;
pub(super) use error::Result;

/// The type of a value.
///
/// `Display` and [`Type::to_json_bytes`] use the JSON form that the protocol prescribes for types
/// in schemas, such as `"string"` or `["list","bool"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A [`Number`].
    Number,
    /// A string.
    String,
    /// Ordered elements of the same type.
    List(Box<Type>),
    /// Unordered, distinct elements of the same type.
    Set(Box<Type>),
    /// Elements of the same type, identified by string keys.
    Map(Box<Type>),
    /// Exactly these attributes, with their names and types.
    Object(Vec<ObjectAttribute>),
}

/// The name and the type of an attribute of an object.
pub(crate) type ObjectAttribute = (Cow<'static, str>, Type);

/// A value of any [`Type`], in which any attribute or element may be null or unknown.
///
/// Any string may be a secret. Strings are therefore wiped from memory when they are dropped, and
/// `Debug` shows only the structure of a value. Two values are equal if Terraform considers them
/// equal. The order of a set's elements and the notation of a number do not matter.
#[derive(Clone, Default)]
pub enum Value {
    /// Null.
    #[default]
    Null,
    /// Unknown: the value will be known only after apply.
    Unknown,
    /// A bool.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Zeroizing<String>),
    /// A list.
    List(Vec<Value>),
    /// A set, with its elements in the order in which they were received.
    Set(Vec<Value>),
    /// The elements of a map by their keys, or the attributes of an object by their names.
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

    /// An object with these attributes.
    pub fn object<N: Into<Cow<'static, str>>>(
        attributes: impl IntoIterator<Item = (N, Type)>,
    ) -> Self {
        Self::Object(attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect())
    }

    /// The type in the JSON form that the protocol prescribes.
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
                    // `Debug` writes an identifier, such as an attribute name, as JSON does.
                    write!(f, "{comma}{name:?}:{ty}")?;
                }
                f.write_str("}]")
            }
        }
    }
}

impl Value {
    /// A string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::String(Zeroizing::new(text.into()))
    }

    /// A list.
    pub fn list(elements: impl IntoIterator<Item = Value>) -> Self {
        Self::List(elements.into_iter().collect())
    }

    /// A set.
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

    /// Whether this is a value other than [`Value::Unknown`]. Elements or attributes inside the
    /// value may still be unknown.
    pub fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown)
    }

    /// Whether this value is known completely: it contains no unknown value at any depth.
    pub fn wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::List(elements) | Self::Set(elements) => elements.iter().all(Self::wholly_known),
            Self::Map(entries) => entries.values().all(Self::wholly_known),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    /// Whether this is an empty string, list, set or map.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::String(text) => text.is_empty(),
            Self::List(elements) | Self::Set(elements) => elements.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Null | Self::Unknown | Self::Bool(_) | Self::Number(_) => false,
        }
    }

    /// The string, or `None` for any other kind of value.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The bool, or `None` for any other kind of value.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(bool) = self { Some(*bool) } else { None }
    }

    /// The number, or `None` for any other kind of value.
    pub fn as_number(&self) -> Option<&Number> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    /// The elements of a list or set, or `None` for any other kind of value.
    pub fn as_list(&self) -> Option<&[Value]> {
        if let Self::List(elements) | Self::Set(elements) = self { Some(elements) } else { None }
    }

    /// The elements of a map or the attributes of an object, or `None` for any other kind of value.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Value>> {
        if let Self::Map(entries) = self { Some(entries) } else { None }
    }

    /// Like [`Value::as_map`], but mutable.
    pub fn as_map_mut(&mut self) -> Option<&mut BTreeMap<String, Value>> {
        if let Self::Map(entries) = self { Some(entries) } else { None }
    }

    /// The attribute `name` of an object, or the element with the key `name` of a map. `None` if
    /// there is no such attribute or element.
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
            // The keys are omitted: the keys of a map come from the configuration and may be
            // secret.
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
    fn display_writes_types_as_schemas_do() {
        let ty = Type::object([
            ("name", Type::String),
            (
                "grants",
                Type::set(Type::object([("path", Type::String), ("propagate", Type::Bool)])),
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
    fn debug_shows_only_the_structure() {
        let value = Value::map([
            ("marker-key", Value::text("marker-text")),
            ("list", Value::list([Value::from(71_i64), Value::Unknown, Value::Null, true.into()])),
            ("set", Value::set([Value::text("marker")])),
        ]);
        assert_eq!(format!("{value:?}"), "map([[number, unknown, null, bool], string, {string}])");
    }

    #[test]
    fn a_value_with_an_unknown_element_is_known_but_not_wholly_known() {
        let value = Value::map([("a", Value::list([Value::Unknown]))]);
        assert!(value.is_known() && !value.wholly_known());
        assert!(Value::set([Value::Null]).wholly_known());
        assert!(!Value::set([Value::Unknown]).wholly_known());
        assert!(!Value::Unknown.is_known());
    }

    #[test]
    fn accessors_return_only_their_own_kind_of_value() {
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
