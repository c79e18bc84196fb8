//! The rules that a declaration can add to an attribute, for example [`Field::required`].

use super::{Clearing, Field, Wire};
use crate::pbs::Kind;
use std::{fmt::Display, str::FromStr};
use tf_plugin::Value;

impl Field {
    /// The attribute is the id of the object. A change of the id replaces the object.
    #[must_use]
    pub(crate) fn key(self) -> Self {
        let field = self.required();
        Self { attribute: field.attribute.replaces().identity(), ..field }
    }

    /// The configuration must set the attribute. If the attribute is a set, it must not be empty.
    /// If the attribute is a secret, the configuration must set it only when the object is created.
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

    /// Sets the default of the attribute. An object of PBS has this value if it lacks the property.
    /// The provider therefore never sends the default, but removes the property.
    #[must_use]
    pub(crate) fn default(self, value: impl Into<Value>) -> Self {
        Self { attribute: self.attribute.blank_is_a_value().default(value), ..self }
    }

    /// Sets the default of an attribute whose property PBS cannot remove. To remove a value, the
    /// provider sends this default.
    #[must_use]
    pub(crate) fn cleared_by(self, value: impl Into<Value>) -> Self {
        Self { clearing: Clearing::Default, ..self.default(value) }
    }

    /// PBS cannot change or remove the value, so a change replaces the object.
    #[must_use]
    pub(crate) fn never_changed(self) -> Self {
        Self { clearing: Clearing::Never, ..self.replaces() }
    }

    /// A change of the value replaces the object.
    #[must_use]
    pub(crate) fn replaces(self) -> Self {
        Self { attribute: self.attribute.replaces(), ..self }
    }

    /// Adds sentences to the description of the attribute in the resource. The description in the
    /// data source does not contain these sentences, because they are about the configuration.
    #[must_use]
    pub(crate) fn note(self, note: &'static str) -> Self {
        Self { note, ..self }
    }

    /// Every update contains the property, even if only other attributes change. If an update lacks
    /// the property, PBS acts as if the value had changed.
    #[must_use]
    pub(crate) fn always_sent(self) -> Self {
        Self { always_sent: true, ..self }
    }

    /// If the configuration has never set the attribute, the provider does not change the value on
    /// the server.
    #[must_use]
    pub(crate) fn left_alone(self) -> Self {
        Self { attribute: self.attribute.optional_computed().stable(), left_alone: true, ..self }
    }

    /// Sets the first version of PBS that has the property. If the server is older, the provider
    /// refuses every value except the default.
    ///
    /// # Panics
    /// If `version` is not a valid version. Every declaration is built in the tests, which would
    /// fail because of such a mistake.
    #[must_use]
    pub(crate) fn since(self, version: &'static str) -> Self {
        let parsed = version.parse().expect("a declaration names a version");
        // If the id of the object requires this version, all objects of the type require it. Then
        // the description of the type contains the version, and not the description of the id.
        if self.attribute.identity {
            return Self { since: Some(parsed), ..self };
        }
        let doc = format!("{} Requires PBS {version} or later.", self.attribute.doc);
        Self { attribute: self.attribute.with_doc(doc), since: Some(parsed), ..self }
    }

    /// The value is the id of another object, which has this kind. PBS does not check whether the
    /// other object exists. After a creation, the provider therefore warns if it does not exist.
    #[must_use]
    pub(crate) fn refers(self, kind: &'static Kind) -> Self {
        Self { referenced_kind: Some(kind), ..self }
    }

    /// Validation rejects a text that is not one of `choices`.
    #[must_use]
    pub(crate) fn one_of(self, choices: &'static [&'static str]) -> Self {
        Self { attribute: self.attribute.one_of(choices), ..self }
    }

    /// Sets the first version of PBS that accepts the value `choice`. This is only needed if older
    /// versions have the property, but do not accept this value.
    ///
    /// # Panics
    /// If `version` is not a valid version. Every declaration is built in the tests, which would
    /// fail because of such a mistake.
    #[must_use]
    pub(crate) fn choice_since(mut self, choice: &'static str, version: &'static str) -> Self {
        let parsed = version.parse().expect("a declaration names a version");
        let doc = format!("{} `{choice}` requires PBS {version} or later.", self.attribute.doc);
        self.later_choices.push((choice, parsed));
        Self { attribute: self.attribute.with_doc(doc), ..self }
    }

    /// Validation rejects a text that does not parse as a `T`.
    #[must_use]
    pub(crate) fn parses<T: FromStr<Err: Display>>(self) -> Self {
        let check_key = |text: &str| text.parse::<T>().map(drop).map_err(|e| e.to_string());
        Self { attribute: self.attribute.parses::<T>(), check_key, ..self }
    }

    /// The text can contain a secret, although PBS returns the text. Plans and errors do not show
    /// the text.
    #[must_use]
    pub(crate) fn sensitive(self) -> Self {
        Self { attribute: self.attribute.sensitive(), ..self }
    }

    /// White space at the beginning and end of the text is allowed.
    #[must_use]
    pub(crate) fn verbatim(self) -> Self {
        Self { attribute: self.attribute.verbatim(), ..self }
    }

    /// Two texts are semantically equal if they are equal when they are parsed as `T`. The provider
    /// sends the text in the form of `T`'s `Display`, because PBS does not accept every text that
    /// can be parsed as `T`.
    #[must_use]
    pub(crate) fn same<T: FromStr + PartialEq + Display>(self) -> Self {
        let pbs_spelling: fn(&str) -> Option<String> =
            |text| text.parse::<T>().ok().map(|value| value.to_string());
        let attribute = self.attribute.compared_as::<T>();
        Self { attribute, pbs_spelling: Some(pbs_spelling), ..self }
    }

    /// Sets the default key of the property string. PBS may write the value of this key without the
    /// key.
    #[must_use]
    pub(crate) fn default_key(mut self, key: &'static str) -> Self {
        if let Wire::Parts(parts) | Wire::Slots { parts, .. } = &mut self.wire {
            parts.default_key = Some(key);
        }
        self
    }

    /// Sets keys and values that the property string always contains.
    #[must_use]
    pub(crate) fn constants(mut self, constants: &'static [(&'static str, &'static str)]) -> Self {
        if let Wire::Parts(parts) | Wire::Slots { parts, .. } = &mut self.wire {
            parts.constants = constants;
        }
        self
    }
}
