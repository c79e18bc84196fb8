//! Values as JSON.
//!
//! [`decode`] reads JSON as a value of a given type. [`Json`] is JSON without a type. A migration
//! receives a state in another format as [`Json`].
//!
//! This module has its own parser, because the parser of `serde_json` does not meet two
//! requirements: numbers must not be rounded, and strings must be wiped from memory when they are
//! dropped.

#[cfg(test)]
mod encode;
mod parse;
mod shape;

use crate::{
    number::Number,
    typed,
    value::{Result, Type, Value},
};
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, fmt};
use zeroize::Zeroizing;

#[cfg(test)]
pub(super) use encode::encode;

/// Any JSON value, such as a state whose schema is not known.
///
/// `Debug` shows only the structure, since any string may be a secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Zeroizing<String>),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(BTreeMap<String, Json>),
}

/// How strictly the attributes of an object must match its type.
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    /// An object must have exactly the attributes of its type. This mode is for values in requests,
    /// which core sends in the protocol message `DynamicValue`.
    Strict,
    /// Missing attributes become null, and attributes that the type does not have are dropped. This
    /// mode is for stored state, which another version of the provider may have written.
    Lenient,
}

/// Decodes `bytes`, which must hold exactly one JSON value, as a value of type `ty`.
///
/// # Errors
/// If the text is not valid JSON, the error names the offset of the first invalid byte. If a value
/// does not match its type, the error names the path.
pub(super) fn decode(bytes: &[u8], ty: &Type, mode: Mode) -> Result<Value> {
    Json::parse(bytes)?.into_value(ty, mode)
}

impl Json {
    /// Parses one JSON value, in which arrays and objects are nested at most 64 levels deep.
    ///
    /// # Errors
    /// The text is not valid JSON. The error names the offset of the first invalid byte.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        parse::parse(bytes)
    }

    /// Whether this is a value other than `null`, `false`, 0, an empty string, an empty array and
    /// an empty object.
    pub fn is_set(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(flag) => *flag,
            Self::Number(number) => number.to_i64() != Some(0),
            Self::String(text) => !text.is_empty(),
            Self::Array(items) => !items.is_empty(),
            Self::Object(members) => !members.is_empty(),
        }
    }

    /// Deserializes this value. Object members that `T` does not have are ignored.
    ///
    /// # Errors
    /// A value does not match `T`. The error names the path and never quotes the value.
    pub fn read<T: DeserializeOwned>(self) -> Result<T> {
        typed::from_value(&self.into())
    }

    /// Converts this to a value of type `ty`. `mode` says how strictly the attributes of objects
    /// must match their types.
    ///
    /// # Errors
    /// The value does not match its type. The error names the path.
    pub fn into_value(self, ty: &Type, mode: Mode) -> Result<Value> {
        shape::shape(self, ty, mode)
    }

    /// The member `name` of an object. `None` if there is no such member, or if this is not an
    /// object.
    pub fn get(&self, name: &str) -> Option<&Json> {
        if let Self::Object(members) = self { members.get(name) } else { None }
    }
}

/// Converts JSON without a type. Every array becomes a list, and every object becomes a map. From
/// lists and maps, [`typed::from_value`] can deserialize any struct.
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
