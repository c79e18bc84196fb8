//! The schema of a block. Validation, planning, the protocol messages and the documentation are all
//! derived from the schema.

mod blank;
mod equality;

use crate::{
    diagnostic::{Diagnostic, Result},
    typed,
    value::{Type, Value},
};
use blank::{blanks_to_null, contains_blank};
use serde::{Serialize, de::DeserializeOwned};
use std::{borrow::Cow, fmt::Display, ops::RangeInclusive, str::FromStr, sync::OnceLock};

/// The attributes of one block.
#[derive(Debug)]
pub struct Schema {
    /// Description in Markdown, at least one sentence.
    pub doc: Cow<'static, str>,
    /// The version of the state's format. If a stored state has this version, core removes the
    /// attributes that the schema does not have. Another provider can have a resource type with the
    /// same name, whose states have version 0. A migration needs all attributes of such a state.
    /// The schema of a resource therefore starts at version 1.
    pub version: i64,
    /// The attributes, in the order of the documentation.
    pub attributes: Vec<Attribute>,
    ty: OnceLock<Type>,
}

/// One attribute of a block or of a nested object.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name, in snake case.
    pub name: Cow<'static, str>,
    /// A plain type or nested attributes.
    pub kind: Kind,
    /// Description in Markdown: meaning, unit, default, constraints.
    pub doc: Cow<'static, str>,
    /// The configuration must set the attribute.
    pub required: bool,
    /// The configuration may set the attribute.
    pub optional: bool,
    /// The provider sets the attribute if the configuration does not.
    pub computed: bool,
    /// Terraform does not display the value.
    pub sensitive: bool,
    /// The value is read from the configuration during apply. It is not stored in plan or state.
    pub write_only: bool,
    /// A change of the value replaces the object.
    pub replaces: bool,
    /// An update does not change the computed value, so the plan keeps it.
    pub stable: bool,
    /// The attribute is part of the object's identity.
    pub identity: bool,
    /// The value if the configuration does not set the attribute.
    pub default: Option<Value>,
    /// White space at the beginning and the end of the value is allowed.
    pub verbatim: bool,
    /// A blank value (empty string, list, set or map) means the same as null.
    pub blank_is_none: bool,
    /// The rules that validation checks.
    pub(crate) checks: Vec<Check>,
    /// Functions that return true if two values are notations of the same value.
    pub(crate) equalities: Vec<fn(&Value, &Value) -> bool>,
}

/// The kind of value that an attribute holds.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A value of this type.
    Plain(Type),
    /// One or more objects with attributes of their own.
    Nested(Nesting, Vec<Attribute>),
}

/// How nested objects are organized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// A single object.
    Single,
    /// An ordered list of objects.
    List,
    /// An unordered set of objects.
    Set,
    /// A map of objects, each with a key.
    Map,
}

/// A rule for the value of one attribute, checked when the configuration is validated. A rule for
/// strings also applies to each string in a list or set.
#[derive(Clone, Debug)]
pub(crate) enum Check {
    /// A function that returns an error for an invalid string.
    Text(fn(&str) -> Result<(), String>),
    /// A whole number in this range.
    Integer(RangeInclusive<i64>),
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// A list, set or map with at least one element.
    NotEmpty,
}

/// The error for a name that the provider's code uses but the schema does not contain.
pub(crate) fn undeclared(name: &str) -> Diagnostic {
    Diagnostic::failure(format!(
        "The provider's code uses the attribute `{name}`, which is not in its schema. This is a bug in the \
         provider; please report it."
    ))
}

impl Schema {
    /// A schema with version 0. Only resources have another version.
    pub fn new(doc: impl Into<Cow<'static, str>>, attributes: impl Into<Vec<Attribute>>) -> Self {
        Self { doc: doc.into(), version: 0, attributes: attributes.into(), ty: OnceLock::new() }
    }

    /// Sets the version.
    #[must_use]
    pub fn version(self, version: i64) -> Self {
        Self { version, ..self }
    }

    /// The object type of the whole block.
    pub fn ty(&self) -> &Type {
        self.ty.get_or_init(|| object_type(&self.attributes))
    }

    /// The attribute with this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// Like [`attribute`](Self::attribute), but a missing attribute is an error.
    ///
    /// # Errors
    /// The schema has no such attribute, which is a bug in the provider.
    pub(crate) fn declared(&self, name: &str) -> Result<&Attribute> {
        self.attribute(name).ok_or_else(|| undeclared(name))
    }

    /// The attributes that identify an object of this type.
    pub fn identity(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().filter(|attribute| attribute.identity)
    }

    /// Converts a value of this schema to a struct. Blank values of attributes with
    /// [`blank_is_none`](Attribute::blank_is_none) become `None`.
    ///
    /// # Errors
    /// The value and the struct do not match. The error names the attribute.
    pub(crate) fn decode<T: DeserializeOwned>(&self, value: &Value) -> Result<T> {
        if !contains_blank(&self.attributes, value) {
            return decode_value(value);
        }
        let mut value = value.clone();
        blanks_to_null(&self.attributes, &mut value);
        decode_value(&value)
    }

    /// Converts a struct to a value of this schema.
    ///
    /// # Errors
    /// The struct and the schema do not match, which is a bug in the provider.
    pub(crate) fn encode<T: Serialize>(&self, data: &T) -> Result<Value> {
        Ok(typed::to_value(data)?.conform(self.ty())?)
    }
}

impl Attribute {
    /// An optional Boolean.
    pub fn boolean(name: impl Into<Cow<'static, str>>, doc: impl Into<Cow<'static, str>>) -> Self {
        Self::plain(Type::Bool, name, doc)
    }

    /// An optional number.
    pub fn number(name: impl Into<Cow<'static, str>>, doc: impl Into<Cow<'static, str>>) -> Self {
        Self::plain(Type::Number, name, doc)
    }

    /// An optional string.
    pub fn string(name: impl Into<Cow<'static, str>>, doc: impl Into<Cow<'static, str>>) -> Self {
        Self::plain(Type::String, name, doc)
    }

    /// An optional attribute of type `ty`.
    pub fn plain(
        ty: Type,
        name: impl Into<Cow<'static, str>>,
        doc: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(Kind::Plain(ty), name, doc)
    }

    /// Optional nested attributes.
    pub fn nested(
        nesting: Nesting,
        name: impl Into<Cow<'static, str>>,
        doc: impl Into<Cow<'static, str>>,
        attributes: impl Into<Vec<Attribute>>,
    ) -> Self {
        Self::new(Kind::Nested(nesting, attributes.into()), name, doc)
    }

    /// Replaces the name.
    #[must_use]
    pub fn with_name(self, name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Replaces the description.
    #[must_use]
    pub fn with_doc(self, doc: impl Into<Cow<'static, str>>) -> Self {
        Self { doc: doc.into(), ..self }
    }

    /// The configuration must set the attribute.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, optional: false, ..self }
    }

    /// Only the provider sets the attribute.
    #[must_use]
    pub fn computed(self) -> Self {
        Self { computed: true, optional: false, ..self }
    }

    /// The provider sets the attribute if the configuration does not.
    #[must_use]
    pub fn optional_computed(self) -> Self {
        Self { computed: true, ..self }
    }

    /// Terraform does not display the value.
    #[must_use]
    pub fn sensitive(self) -> Self {
        Self { sensitive: true, ..self }
    }

    /// The value is read from the configuration during apply. It is not stored in plan or state.
    #[must_use]
    pub fn write_only(self) -> Self {
        Self { write_only: true, ..self }
    }

    /// A change of the value replaces the object.
    #[must_use]
    pub fn replaces(self) -> Self {
        Self { replaces: true, ..self }
    }

    /// An update does not change the computed value, so the plan keeps it.
    #[must_use]
    pub fn stable(self) -> Self {
        Self { stable: true, ..self }
    }

    /// The attribute is part of the object's identity.
    #[must_use]
    pub fn identity(self) -> Self {
        Self { identity: true, ..self }
    }

    /// Allows white space at the beginning and the end of the value. By default, validation rejects
    /// such white space.
    #[must_use]
    pub fn verbatim(self) -> Self {
        Self { verbatim: true, ..self }
    }

    /// Sets the value that the attribute has if the configuration does not set it.
    #[must_use]
    pub fn default(self, value: impl Into<Value>) -> Self {
        Self { computed: true, default: Some(value.into()), ..self }
    }

    /// Validation rejects a string that does not parse as a `T`.
    #[must_use]
    pub fn parses<T: FromStr<Err: Display>>(self) -> Self {
        self.check(parse::<T>)
    }

    /// Validation rejects a string for which `check` returns an error. The error is the detail of
    /// the diagnostic.
    #[must_use]
    pub fn check(mut self, check: fn(&str) -> Result<(), String>) -> Self {
        self.checks.push(Check::Text(check));
        self
    }

    /// Validation rejects a value that is not a whole number in this range.
    #[must_use]
    pub fn integer(mut self, range: RangeInclusive<i64>) -> Self {
        self.checks.push(Check::Integer(range));
        self
    }

    /// Validation rejects a string that is not one of `choices`.
    #[must_use]
    pub fn one_of(mut self, choices: &'static [&'static str]) -> Self {
        self.checks.push(Check::OneOf(choices));
        self
    }

    /// Validation rejects a list, set or map without elements.
    #[must_use]
    pub fn not_empty(mut self) -> Self {
        self.checks.push(Check::NotEmpty);
        self
    }

    /// Two strings that parse as equal `T`s are semantically equal, for example one instant in two
    /// time zones. Two lists or sets of such strings are semantically equal, too. If a new value is
    /// semantically equal to the prior value, the prior value is kept.
    #[must_use]
    pub fn compared_as<T: FromStr + PartialEq>(mut self) -> Self {
        self.equalities.push(|a, b| match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => {
                matches!((a.parse::<T>(), b.parse::<T>()), (Ok(a), Ok(b)) if a == b)
            }
            _ => false,
        });
        self
    }

    /// A blank value is not semantically equal to null.
    #[must_use]
    pub fn blank_is_a_value(self) -> Self {
        Self { blank_is_none: false, ..self }
    }

    /// An empty string, list, set or map is semantically equal to null. The state struct receives
    /// it as `None`.
    #[must_use]
    pub fn blank_is_none(self) -> Self {
        Self { blank_is_none: true, ..self }
    }

    /// The type of the value.
    pub fn ty(&self) -> Type {
        match &self.kind {
            Kind::Plain(ty) => ty.clone(),
            Kind::Nested(nesting, attributes) => {
                let object = object_type(attributes);
                match nesting {
                    Nesting::Single => object,
                    Nesting::List => Type::List(object.into()),
                    Nesting::Set => Type::Set(object.into()),
                    Nesting::Map => Type::Map(object.into()),
                }
            }
        }
    }

    fn new(
        kind: Kind,
        name: impl Into<Cow<'static, str>>,
        doc: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            name: name.into(),
            kind,
            doc: doc.into(),
            required: false,
            optional: true,
            computed: false,
            sensitive: false,
            write_only: false,
            replaces: false,
            stable: false,
            identity: false,
            default: None,
            verbatim: false,
            blank_is_none: false,
            checks: Vec::new(),
            equalities: Vec::new(),
        }
    }
}

fn object_type(attributes: &[Attribute]) -> Type {
    Type::object(attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty())))
}

fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<(), String> {
    text.parse::<T>().map(drop).map_err(|error| error.to_string())
}

/// Converts a value to a struct. This function is not inlined, because [`Schema::decode`] calls it
/// in two places. The code of each struct's `Deserialize` is thereby in the binary only once.
#[inline(never)]
fn decode_value<T: DeserializeOwned>(value: &Value) -> Result<T> {
    Ok(typed::from_value(value)?)
}
