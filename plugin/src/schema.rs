//! What a block looks like. Validation, planning, the wire and the documentation all read this.

use super::value::{Type, Value};
use std::{fmt::Display, ops::RangeInclusive, str::FromStr, sync::OnceLock};

/// The attributes of one block.
#[derive(Debug)]
pub struct Schema {
    /// One sentence or more, Markdown.
    pub doc: &'static str,
    /// Counts changes of the form of the state. Resources start at 1, because core strips
    /// attributes that it does not know before an upgrade from an equal version.
    pub version: i64,
    /// In the order of the documentation.
    pub attributes: Vec<Attribute>,
    ty: OnceLock<Type>,
}

/// One attribute of a block or of a nested object.
#[derive(Debug)]
pub struct Attribute {
    /// In snake case.
    pub name: &'static str,
    /// A plain type or nested attributes.
    pub kind: Kind,
    /// One sentence or more, Markdown: meaning, unit, default.
    pub doc: &'static str,
    /// The configuration must set it.
    pub required: bool,
    /// The configuration may set it.
    pub optional: bool,
    /// The provider may set it where the configuration does not.
    pub computed: bool,
    /// Terraform hides it.
    pub sensitive: bool,
    /// Never in plan or state.
    pub write_only: bool,
    /// A change makes a new object.
    pub replaces: bool,
    /// Once known it stays, so that no update plans it as unknown.
    pub stable: bool,
    /// Part of the object's identity.
    pub identity: bool,
    /// Taken where the configuration says nothing.
    pub default: Option<Value>,
    /// Keeps white space at its ends.
    pub verbatim: bool,
    pub(super) checks: Vec<Check>,
    pub(super) same: Vec<fn(&Value, &Value) -> bool>,
}

/// What an attribute holds.
#[derive(Debug)]
pub enum Kind {
    /// A value of this type.
    Plain(Type),
    /// One object or several, with attributes of their own.
    Nested(Nesting, Vec<Attribute>),
}

/// How nested objects are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// In order.
    List,
    /// Without order.
    Set,
    /// By name.
    Map,
}

#[derive(Clone, Debug)]
pub(super) enum Check {
    /// Says what is wrong with a text, if anything is.
    Text(fn(&str) -> Result<(), String>),
    Integer(RangeInclusive<i64>),
}

impl Schema {
    /// A schema of version 0, as everything but a resource has it.
    pub fn new<const N: usize>(doc: &'static str, attributes: [Attribute; N]) -> Self {
        Self { doc, version: 0, attributes: attributes.into(), ty: OnceLock::new() }
    }

    /// Sets the version.
    #[must_use]
    pub fn version(self, version: i64) -> Self {
        Self { version, ..self }
    }

    /// The type of the whole block.
    pub fn ty(&self) -> &Type {
        self.ty.get_or_init(|| object_type(&self.attributes))
    }

    /// The attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The attributes that tell objects of this type apart.
    pub fn identity(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().filter(|attribute| attribute.identity)
    }
}

impl Attribute {
    /// An optional truth value.
    pub fn boolean(name: &'static str, doc: &'static str) -> Self {
        Self::plain(Type::Bool, name, doc)
    }

    /// An optional number.
    pub fn number(name: &'static str, doc: &'static str) -> Self {
        Self::plain(Type::Number, name, doc)
    }

    /// An optional text.
    pub fn string(name: &'static str, doc: &'static str) -> Self {
        Self::plain(Type::String, name, doc)
    }

    /// An optional attribute of any type.
    pub fn plain(ty: Type, name: &'static str, doc: &'static str) -> Self {
        Self::new(Kind::Plain(ty), name, doc)
    }

    /// Optional nested attributes.
    pub fn nested<const N: usize>(
        nesting: Nesting,
        name: &'static str,
        doc: &'static str,
        attributes: [Attribute; N],
    ) -> Self {
        Self::new(Kind::Nested(nesting, attributes.into()), name, doc)
    }

    /// The configuration must set it.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, optional: false, ..self }
    }

    /// Set by the provider alone.
    #[must_use]
    pub fn computed(self) -> Self {
        Self { computed: true, optional: false, ..self }
    }

    /// Set by the provider where the configuration does not.
    #[must_use]
    pub fn or_computed(self) -> Self {
        Self { computed: true, ..self }
    }

    /// Hidden by Terraform.
    #[must_use]
    pub fn sensitive(self) -> Self {
        Self { sensitive: true, ..self }
    }

    /// Read from the configuration when it is applied, and kept nowhere.
    #[must_use]
    pub fn write_only(self) -> Self {
        Self { write_only: true, ..self }
    }

    /// A change destroys the object and creates another.
    #[must_use]
    pub fn replaces(self) -> Self {
        Self { replaces: true, ..self }
    }

    /// Once known it stays, so that no update plans it as unknown.
    #[must_use]
    pub fn stable(self) -> Self {
        Self { stable: true, ..self }
    }

    /// Part of what tells objects apart.
    #[must_use]
    pub fn identity(self) -> Self {
        Self { identity: true, ..self }
    }

    /// Keeps white space at its ends, which is refused elsewhere.
    #[must_use]
    pub fn verbatim(self) -> Self {
        Self { verbatim: true, ..self }
    }

    /// Taken where the configuration says nothing.
    #[must_use]
    pub fn default(self, value: impl Into<Value>) -> Self {
        Self { computed: true, default: Some(value.into()), ..self }
    }

    /// Refused at plan unless it parses as a `T`.
    #[must_use]
    pub fn parses<T: FromStr<Err: Display>>(self) -> Self {
        self.check(parse::<T>)
    }

    /// Refused at plan with the sentence that `check` answers.
    #[must_use]
    pub fn check(mut self, check: fn(&str) -> Result<(), String>) -> Self {
        self.checks.push(Check::Text(check));
        self
    }

    /// Refused at plan unless it is a whole number in this range.
    #[must_use]
    pub fn integer(mut self, range: RangeInclusive<i64>) -> Self {
        self.checks.push(Check::Integer(range));
        self
    }

    /// Two texts that parse as equal `T`s mean the same: the form that was
    /// there first stays, and neither plan nor refresh sees a change.
    #[must_use]
    pub fn same<T: FromStr + PartialEq>(mut self) -> Self {
        self.same.push(|a, b| match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => {
                matches!((a.parse::<T>(), b.parse::<T>()), (Ok(a), Ok(b)) if a == b)
            }
            _ => false,
        });
        self
    }

    /// An empty text, list, set or map means the same as none.
    #[must_use]
    pub fn blank_is_none(mut self) -> Self {
        self.same.push(|a, b| is_blank(a) && is_blank(b));
        self
    }

    /// The type of its value.
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

    /// Whether two values are equal or mean the same.
    pub fn means_the_same(&self, a: &Value, b: &Value) -> bool {
        a == b || self.same.iter().any(|same| same(a, b))
    }

    fn new(kind: Kind, name: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            kind,
            doc,
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
            checks: Vec::new(),
            same: Vec::new(),
        }
    }
}

fn object_type(attributes: &[Attribute]) -> Type {
    Type::Object(attributes.iter().map(|attribute| (attribute.name, attribute.ty())).collect())
}

fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<(), String> {
    text.parse::<T>().map(drop).map_err(|error| error.to_string())
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::List(items) | Value::Set(items) => items.is_empty(),
        Value::Map(items) => items.is_empty(),
        Value::Unknown | Value::Bool(_) | Value::Number(_) => false,
    }
}
