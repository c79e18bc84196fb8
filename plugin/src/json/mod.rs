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
mod tests;
