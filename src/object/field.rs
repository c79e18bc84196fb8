//! The declaration of one attribute of a configuration object: the attribute in the schema, the
//! property of PBS that holds its value, and how the two depend on each other.

use crate::pbs::{Comment, Kind, Version, notation::HumanBytes};
use std::{fmt::Display, ops::RangeInclusive, str::FromStr};
use tf_plugin::{Attribute, Nesting, Type, Value};
use zeroize::Zeroizing;

/// One attribute of a configuration object.
///
/// A field is optional unless a method says otherwise. If the configuration does not set an
/// attribute, PBS does not have its property.
pub(crate) struct Field {
    /// The attribute in the schema of the resource.
    pub(super) attribute: Attribute,
    /// The property, as PBS spells it. Empty for an attribute that PBS does not know.
    pub(super) property: &'static str,
    /// How the property holds the value.
    pub(super) wire: Wire,
    /// How an update removes the value from the server.
    pub(super) clearing: Clearing,
    /// Whether every update contains the property, even if only other attributes change.
    pub(super) always_sent: bool,
    /// Whether an attribute that was never configured keeps the value on the server.
    pub(super) left_alone: bool,
    /// The first version of PBS that has the property.
    pub(super) since: Option<Version>,
    /// The kind of the object whose id the value is.
    pub(super) refers: Option<&'static Kind>,
    /// The text that PBS expects for a text with the same meaning. `None` if the text is invalid.
    pub(super) spelling: Option<fn(&str) -> Option<String>>,
    /// Checks the text of a key.
    pub(super) parses_key: fn(&str) -> Result<(), String>,
}

/// How a property holds the value of an attribute.
pub(super) enum Wire {
    /// As text.
    Text,
    /// As a whole number.
    Integer,
    /// As a Boolean; with `true`, as its opposite.
    Flag { inverted: bool },
    /// As an array of texts, whose order matters only if the attribute is a list.
    Texts,
    /// As an array of property strings, one for each element of a map. Each contains the name and,
    /// in base64, the value of the element.
    Map,
    /// As the base64 form of the text.
    Base64,
    /// As the value of this key in a property string.
    Keyed(&'static str),
    /// As a property string, which contains the values of a nested object.
    Parts(Parts),
    /// Each element of a list as a property string of its own. The names of the properties end
    /// with a number, from 0 up to, but not including, `count`.
    Slots { count: usize, parts: Parts },
    /// As text, or as an array like [`Map`](Self::Map), that PBS never returns. There are two more
    /// attributes for it, see [`Field::secret`].
    Secret {
        /// Whether PBS needs the secret, so that it cannot be removed.
        required: bool,
    },
    /// Not at all: the attribute is only for the provider.
    Local,
}

/// The keys of a property string.
pub(super) struct Parts {
    /// The key whose name PBS may leave out.
    pub(super) default_key: Option<&'static str>,
    /// The keys and values that every such property string contains.
    pub(super) constants: &'static [(&'static str, &'static str)],
    /// The attributes of the nested object.
    pub(super) fields: Vec<Field>,
}

/// How an update removes a value from the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Clearing {
    /// With the name of the property in the parameter `delete`.
    Delete,
    /// With the default in place of the value, because PBS cannot remove the property.
    Default,
    /// PBS cannot remove the value.
    Never,
}

impl Field {
    /// A text.
    pub(crate) fn text(name: &'static str, property: &'static str, doc: &'static str) -> Self {
        Self::new(Attribute::string(name, doc).blank_is_none(), property, Wire::Text)
    }

    /// A whole number in this range.
    pub(crate) fn integer(
        name: &'static str,
        property: &'static str,
        doc: &'static str,
        range: RangeInclusive<i64>,
    ) -> Self {
        Self::new(Attribute::number(name, doc).integer(range), property, Wire::Integer)
    }

    /// A Boolean.
    pub(crate) fn flag(name: &'static str, property: &'static str, doc: &'static str) -> Self {
        Self::new(Attribute::boolean(name, doc), property, Wire::Flag { inverted: false })
    }

    /// Whether the object is enabled. PBS stores only that an object is disabled.
    pub(crate) fn enabled(doc: &'static str) -> Self {
        let attribute = Attribute::boolean("enabled", doc);
        Self::new(attribute, "disable", Wire::Flag { inverted: true }).default(true)
    }

    /// A set of texts.
    pub(crate) fn set(name: &'static str, property: &'static str, doc: &'static str) -> Self {
        let attribute = Attribute::plain(Type::set(Type::String), name, doc).blank_is_none();
        Self::new(attribute, property, Wire::Texts)
    }

    /// A number of bytes with a unit, for example `10 MiB`. Two texts for the same number are
    /// semantically equal.
    pub(crate) fn bytes(name: &'static str, property: &'static str, doc: &'static str) -> Self {
        Self::text(name, property, doc).parses::<HumanBytes>().same::<HumanBytes>()
    }

    /// A text that PBS stores in base64.
    pub(crate) fn base64(name: &'static str, property: &'static str, doc: &'static str) -> Self {
        let attribute = Attribute::string(name, doc).blank_is_none().verbatim();
        Self::new(attribute, property, Wire::Base64)
    }

    /// A map of texts. PBS stores its values in base64.
    pub(crate) fn map(name: &'static str, property: &'static str, doc: &'static str) -> Self {
        let attribute = Attribute::plain(Type::map(Type::String), name, doc).blank_is_none();
        Self::new(attribute, property, Wire::Map)
    }

    /// A text that is the only value of a property string, with this key.
    pub(crate) fn keyed(
        name: &'static str,
        property: &'static str,
        key: &'static str,
        doc: &'static str,
    ) -> Self {
        Self::new(Attribute::string(name, doc).blank_is_none(), property, Wire::Keyed(key))
    }

    /// A nested object, which PBS stores as a property string.
    pub(crate) fn parts(
        name: &'static str,
        property: &'static str,
        doc: &'static str,
        fields: impl Into<Vec<Field>>,
    ) -> Self {
        let fields = fields.into();
        let inner: Vec<_> = fields.iter().map(|field| field.attribute.clone()).collect();
        let attribute = Attribute::nested(Nesting::Single, name, doc, inner);
        let parts = Parts { default_key: None, constants: &[], fields };
        Self::new(attribute, property, Wire::Parts(parts))
    }

    /// A list of at most `count` nested objects. PBS stores each of them as a property string in a
    /// property whose name is `property` and a number.
    pub(crate) fn slots(
        name: &'static str,
        property: &'static str,
        doc: &'static str,
        count: usize,
        fields: impl Into<Vec<Field>>,
    ) -> Self {
        let fields = fields.into();
        let inner: Vec<_> = fields.iter().map(|field| field.attribute.clone()).collect();
        let attribute = Attribute::nested(Nesting::List, name, doc, inner).blank_is_none();
        let parts = Parts { default_key: None, constants: &[], fields };
        Self::new(attribute, property, Wire::Slots { count, parts })
    }

    /// A secret, which PBS never returns. There are three attributes for it: `NAME` is stored in
    /// the state. `NAME_wo` is write-only, so it is stored neither in the plan nor in the state.
    /// When `NAME_wo_version` changes, `NAME_wo` is sent again.
    pub(crate) fn secret(name: &'static str, property: &'static str, doc: &'static str) -> Self {
        let attribute = Attribute::string(name, doc).sensitive().verbatim().blank_is_none();
        Self::new(attribute, property, Wire::Secret { required: false })
    }

    /// A map of secrets, with the same three attributes as [`secret`](Self::secret). The names of
    /// the secrets are in the state only together with their values.
    pub(crate) fn secret_map(
        name: &'static str,
        property: &'static str,
        doc: &'static str,
    ) -> Self {
        let attribute = Attribute::plain(Type::map(Type::String), name, doc);
        let attribute = attribute.sensitive().blank_is_none();
        Self::new(attribute, property, Wire::Secret { required: false })
    }

    /// The comment of an object.
    pub(crate) fn comment() -> Self {
        let doc = "Comment, a single line of at most 128 characters. Default: none.";
        Self::text("comment", "comment", doc).parses::<Comment>()
    }

    /// An attribute that PBS does not know. A change of its value is only recorded in the state.
    pub(crate) fn local(attribute: Attribute) -> Self {
        Self::new(attribute, "", Wire::Local)
    }

    /// The attribute is the id of the object.
    #[must_use]
    pub(crate) fn key(self) -> Self {
        let field = self.required();
        Self { attribute: field.attribute.replaces().identity(), ..field }
    }

    /// The configuration must set the attribute. A required set must not be empty. A required
    /// secret must be set when the object is created, but an imported object needs none.
    #[must_use]
    pub(crate) fn required(self) -> Self {
        match self.wire {
            Wire::Secret { .. } => Self { wire: Wire::Secret { required: true }, ..self },
            wire => {
                let attribute = self.attribute.blank_is_a_value().required();
                let attribute = match wire {
                    Wire::Texts => attribute.not_empty(),
                    _ => attribute,
                };
                Self { attribute, wire, clearing: Clearing::Never, ..self }
            }
        }
    }

    /// The value that a missing property stands for. The provider never sends this value: it
    /// removes the property instead.
    #[must_use]
    pub(crate) fn default(self, value: impl Into<Value>) -> Self {
        Self { attribute: self.attribute.blank_is_a_value().default(value), ..self }
    }

    /// Like [`default`](Self::default), but for a property that PBS cannot remove. To remove a
    /// value, the provider sends this one.
    #[must_use]
    pub(crate) fn cleared_by(self, value: impl Into<Value>) -> Self {
        Self { clearing: Clearing::Default, ..self.default(value) }
    }

    /// A change of the value replaces the object.
    #[must_use]
    pub(crate) fn replaces(self) -> Self {
        Self { attribute: self.attribute.replaces(), ..self }
    }

    /// Every update contains the property, even if only other attributes change. PBS takes an
    /// update without the property for a change of it.
    #[must_use]
    pub(crate) fn always_sent(self) -> Self {
        Self { always_sent: true, ..self }
    }

    /// If the configuration has never set the attribute, the provider leaves the value on the
    /// server as it is.
    #[must_use]
    pub(crate) fn left_alone(self) -> Self {
        Self { attribute: self.attribute.optional_computed().stable(), left_alone: true, ..self }
    }

    /// The first version of PBS that has the property. On an older server, the provider refuses
    /// every value other than the default.
    ///
    /// # Panics
    /// If `version` is not a version, which a test of every declaration would show.
    #[must_use]
    pub(crate) fn since(self, version: &'static str) -> Self {
        let parsed = version.parse().expect("a declaration names a version");
        let doc = format!("{} Requires PBS {version} or later.", self.attribute.doc);
        Self { attribute: self.attribute.with_doc(doc), since: Some(parsed), ..self }
    }

    /// The value is the id of another object. After the creation, the provider warns if there is
    /// no such object, because PBS does not check this.
    #[must_use]
    pub(crate) fn refers(self, kind: &'static Kind) -> Self {
        Self { refers: Some(kind), ..self }
    }

    /// Validation rejects a text that is not one of `choices`.
    #[must_use]
    pub(crate) fn one_of(self, choices: &'static [&'static str]) -> Self {
        Self { attribute: self.attribute.one_of(choices), ..self }
    }

    /// Validation rejects a text that does not parse as a `T`.
    #[must_use]
    pub(crate) fn parses<T: FromStr<Err: Display>>(self) -> Self {
        let parses_key = |text: &str| text.parse::<T>().map(drop).map_err(|e| e.to_string());
        Self { attribute: self.attribute.parses::<T>(), parses_key, ..self }
    }

    /// The text can contain a secret, although PBS returns it. Plans and errors do not show it.
    #[must_use]
    pub(crate) fn sensitive(self) -> Self {
        Self { attribute: self.attribute.sensitive(), ..self }
    }

    /// White space at the beginning and end of the text is allowed.
    #[must_use]
    pub(crate) fn verbatim(self) -> Self {
        Self { attribute: self.attribute.verbatim(), ..self }
    }

    /// Two texts that parse as equal `T`s are semantically equal. The provider sends the text that
    /// `T` displays, because PBS does not accept every spelling that a `T` has.
    #[must_use]
    pub(crate) fn same<T: FromStr + PartialEq + Display>(self) -> Self {
        let spelling: fn(&str) -> Option<String> =
            |text| text.parse::<T>().ok().map(|value| value.to_string());
        Self { attribute: self.attribute.compared_as::<T>(), spelling: Some(spelling), ..self }
    }

    /// The text as it is sent to PBS.
    pub(super) fn sent(&self, text: &Zeroizing<String>) -> Zeroizing<String> {
        match self.spelling.and_then(|spelling| spelling(text)) {
            Some(spelled) => Zeroizing::new(spelled),
            None => text.clone(),
        }
    }

    /// The key of the property string whose name PBS may leave out.
    #[must_use]
    pub(crate) fn default_key(mut self, key: &'static str) -> Self {
        if let Wire::Parts(parts) | Wire::Slots { parts, .. } = &mut self.wire {
            parts.default_key = Some(key);
        }
        self
    }

    /// Keys and values that the property string always contains.
    #[must_use]
    pub(crate) fn constants(mut self, constants: &'static [(&'static str, &'static str)]) -> Self {
        if let Wire::Parts(parts) | Wire::Slots { parts, .. } = &mut self.wire {
            parts.constants = constants;
        }
        self
    }

    /// Whether the value is a secret.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self.wire, Wire::Secret { .. })
    }

    /// Whether the attribute is a map.
    #[cfg(test)]
    pub(super) fn is_map(&self) -> bool {
        matches!(self.attribute.kind, tf_plugin::Kind::Plain(Type::Map(_)))
    }

    /// Whether the value is a text that a nested object or a list contains.
    pub(super) fn inner(&self) -> Option<&Parts> {
        if let Wire::Parts(parts) | Wire::Slots { parts, .. } = &self.wire {
            Some(parts)
        } else {
            None
        }
    }

    fn new(attribute: Attribute, property: &'static str, wire: Wire) -> Self {
        Self {
            attribute,
            property,
            wire,
            clearing: Clearing::Delete,
            always_sent: false,
            left_alone: false,
            since: None,
            refers: None,
            spelling: None,
            parses_key: |_| Ok(()),
        }
    }
}
