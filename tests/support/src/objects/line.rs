//! One line of a row: an attribute, the property that holds its value, and examples of values.

use serde_json::Value as Json;

/// An attribute, its property, and examples of its values.
#[derive(Clone)]
pub struct Line {
    /// The name of the attribute.
    pub attribute: &'static str,
    /// The name of the property. For an attribute of a nested object, this is the key in the
    /// property string. For an attribute that the server does not know, this is empty.
    pub property: &'static str,
    /// Two valid values. For a nested attribute they are null, because the inner lines have the
    /// values.
    pub values: [Example; 2],
    /// Other spellings of the first value.
    pub equal: Vec<Json>,
    /// The values that validation rejects.
    pub refused: Vec<Json>,
    /// The value that an omitted attribute has in the state.
    pub default: Json,
    /// The first version of PBS that has the property.
    pub since: Option<&'static str>,
    /// Whether the attribute is the id of the object.
    pub is_key: bool,
    /// Whether every configuration of the row sets the attribute.
    pub is_required: bool,
    /// Whether a change of the attribute replaces the object.
    pub replaces: bool,
    /// Whether the server never returns the value.
    pub is_secret: bool,
    /// Whether an object can do without the secret.
    pub is_optional_secret: bool,
    /// Whether the value can contain a secret, although the server returns it.
    pub is_sensitive: bool,
    /// Whether the server may store the default value instead of no property.
    pub is_cleared_by_default: bool,
    /// Whether each update contains the property.
    pub is_always_sent: bool,
    /// Whether the value on the server stays as it is if the attribute was never configured.
    pub is_left_alone: bool,
    /// Whether the attribute is nested, and how.
    pub nesting: Option<Nesting>,
    /// The attributes of a nested object.
    pub inner: Vec<Line>,
    /// The key that can be left out of the property string, so that only its value remains.
    pub default_key: Option<&'static str>,
    /// A part that the property string always contains, for example `type=s3`.
    pub constant: &'static str,
}

/// How an attribute is nested.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// The attribute is an object. The property is a property string.
    Object,
    /// The attribute is a list of objects. The property with the number 0 is the property string of
    /// the first element. The tests use one element.
    List,
}

/// A value, as it is configured and as the server stores it.
#[derive(Clone, Default)]
pub struct Example {
    /// The value in the configuration.
    pub configured: Json,
    /// The value of the property. Null if the server stores no property.
    pub stored: Json,
}

impl Line {
    /// An attribute that can be omitted, and two values that the server stores as they are.
    pub(super) fn optional(
        attribute: &'static str,
        property: &'static str,
        first: impl Into<Json>,
        second: impl Into<Json>,
    ) -> Self {
        let example = |value: Json| Example { configured: value.clone(), stored: value };
        Self {
            attribute,
            property,
            values: [example(first.into()), example(second.into())],
            equal: Vec::new(),
            refused: Vec::new(),
            default: Json::Null,
            since: None,
            is_key: false,
            is_required: false,
            replaces: false,
            is_secret: false,
            is_optional_secret: false,
            is_sensitive: false,
            is_cleared_by_default: false,
            is_always_sent: false,
            is_left_alone: false,
            nesting: None,
            inner: Vec::new(),
            default_key: None,
            constant: "",
        }
    }

    /// An attribute that every configuration of the row sets.
    pub(super) fn required(
        attribute: &'static str,
        property: &'static str,
        first: impl Into<Json>,
        second: impl Into<Json>,
    ) -> Self {
        Self::optional(attribute, property, first, second).always()
    }

    /// The id of the object.
    pub(super) fn key(property: &'static str, first: &'static str, second: &'static str) -> Self {
        Self { is_key: true, ..Self::required(property, property, first, second).replaces() }
    }

    /// The comment.
    pub(super) fn comment() -> Self {
        let long = "x".repeat(129);
        Self::optional("comment", "comment", "nightly: 100 % of it", "Sicherungen, täglich")
            .refuses(["two\nlines", " a", "a ", &long])
    }

    /// A Boolean. `default` is the value of an omitted attribute. The server stores no property for
    /// this value.
    pub(super) fn flag(attribute: &'static str, property: &'static str, default: bool) -> Self {
        let line = Self::optional(attribute, property, !default, default);
        Self { default: default.into(), ..line }.stores(!default, Json::Null)
    }

    /// Whether the object is enabled. The property has the opposite meaning.
    pub(super) fn enabled() -> Self {
        Self::flag("enabled", "disable", true).stores(true, Json::Null)
    }

    /// A Boolean that the server does not know, and the value that an omitted attribute has.
    pub(super) fn local(attribute: &'static str, first: bool, default: bool) -> Self {
        let line = Self::optional(attribute, "", first, !first);
        Self { default: default.into(), ..line }.stores(Json::Null, Json::Null)
    }

    /// A secret, which the server never returns.
    pub(super) fn secret(name: &'static str, first: &'static str, second: &'static str) -> Self {
        Self { is_secret: true, ..Self::required(name, name, first, second) }
    }

    /// A secret that an object can do without.
    pub(super) fn optional_secret(
        name: &'static str,
        first: &'static str,
        second: &'static str,
    ) -> Self {
        let line = Self::secret(name, first, second);
        Self { is_required: false, is_optional_secret: true, ..line }
    }

    /// Replaces the two values. The server stores the new values as they are.
    pub(super) fn values(self, first: Json, second: Json) -> Self {
        let example = |value: Json| Example { configured: value.clone(), stored: value };
        Self { values: [example(first), example(second)], ..self }
    }

    pub(super) fn property(self, property: &'static str) -> Self {
        Self { property, ..self }
    }

    /// The value can contain a secret, although the server returns it.
    pub(super) fn sensitive(self) -> Self {
        Self { is_sensitive: true, ..self }
    }

    /// A nested object with these attributes.
    pub(super) fn nested(
        attribute: &'static str,
        property: &'static str,
        inner: impl Into<Vec<Self>>,
    ) -> Self {
        let line = Self::optional(attribute, property, Json::Null, Json::Null);
        Self { nesting: Some(Nesting::Object), inner: inner.into(), ..line }
    }

    /// A list of nested objects with these attributes.
    pub(super) fn list(
        attribute: &'static str,
        property: &'static str,
        inner: impl Into<Vec<Self>>,
    ) -> Self {
        Self { nesting: Some(Nesting::List), ..Self::nested(attribute, property, inner) }
    }

    /// The values that the server stores for the two examples.
    pub(super) fn stores(mut self, first: impl Into<Json>, second: impl Into<Json>) -> Self {
        self.values[0].stored = first.into();
        self.values[1].stored = second.into();
        self
    }

    pub(super) fn equals<T: Into<Json>>(self, values: impl IntoIterator<Item = T>) -> Self {
        Self { equal: values.into_iter().map(Into::into).collect(), ..self }
    }

    pub(super) fn refuses<T: Into<Json>>(self, values: impl IntoIterator<Item = T>) -> Self {
        Self { refused: values.into_iter().map(Into::into).collect(), ..self }
    }

    /// An omitted attribute has the value of the second example, for which the server stores no
    /// property.
    pub(super) fn second_is_default(mut self) -> Self {
        self.default = self.values[1].configured.clone();
        self.values[1].stored = Json::Null;
        self
    }

    /// Like [`Self::second_is_default`], but PBS cannot remove the property. To remove a value, the
    /// provider sends the default, and the server then stores this default.
    pub(super) fn cleared_by_default(self) -> Self {
        Self { is_cleared_by_default: true, ..self.second_is_default() }
    }

    pub(super) fn since(self, version: &'static str) -> Self {
        Self { since: Some(version), ..self }
    }

    pub(super) fn always(self) -> Self {
        Self { is_required: true, ..self }
    }

    pub(super) fn replaces(self) -> Self {
        Self { replaces: true, ..self }
    }

    pub(super) fn always_sent(self) -> Self {
        Self { is_always_sent: true, ..self }
    }

    pub(super) fn left_alone(self) -> Self {
        Self { is_left_alone: true, ..self }
    }

    pub(super) fn default_key(self, key: &'static str) -> Self {
        Self { default_key: Some(key), ..self }
    }

    pub(super) fn constant(self, constant: &'static str) -> Self {
        Self { constant, ..self }
    }

    /// Whether the server does not know the attribute.
    pub fn is_local(&self) -> bool {
        self.property.is_empty()
    }

    pub(super) fn rename(&mut self, name: &str) {
        for Example { configured, stored } in &mut self.values {
            rename(configured, name);
            rename(stored, name);
        }
        self.equal.iter_mut().for_each(|value| rename(value, name));
        self.inner.iter_mut().for_each(|line| line.rename(name));
    }
}

/// Replaces `<name>` in every text of the value.
pub(super) fn rename(value: &mut Json, name: &str) {
    match value {
        Json::String(text) => *text = text.replace("<name>", name),
        Json::Array(items) => items.iter_mut().for_each(|item| rename(item, name)),
        Json::Object(entries) => entries.values_mut().for_each(|item| rename(item, name)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}
