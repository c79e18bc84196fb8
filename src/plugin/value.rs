//! Terraform values and their types.

use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The type of a value, as the protocol writes it in JSON (`"string"`, `["list","bool"]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    Bool,
    Number,
    String,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    /// Exactly these attributes, each under its name.
    Object(Vec<(&'static str, Type)>),
}

/// A value of any [`Type`], which may be null or not known yet at any depth.
///
/// Every text is wiped when dropped, since any of them may be a secret; for the
/// same reason `Debug` shows the shape and never a text.
#[derive(Clone)]
pub enum Value {
    Null,
    Unknown,
    Bool(bool),
    Number(super::number::Number),
    String(Zeroizing<String>),
    List(Vec<Value>),
    Set(Vec<Value>),
    /// A map, or an object with each of its attributes.
    Map(BTreeMap<String, Value>),
}
