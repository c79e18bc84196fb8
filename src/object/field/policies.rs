//! The rules that a declaration can add to an attribute, for example [`Field::required`].

use super::{Clearing, Field, Wire};
use crate::pbs::Kind;
use std::{fmt::Display, str::FromStr};
use tf_plugin::Value;

impl Field {
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
    /// value, the provider sends the default.
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

    /// Adds sentences to the description that are only about an argument in a configuration. The
    /// data source does not have them.
    #[must_use]
    pub(crate) fn note(self, note: &'static str) -> Self {
        Self { note, ..self }
    }

    /// Every update contains the property, even if only other attributes change. PBS handles an
    /// update without the property as if the value had changed.
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
    /// If `version` is not a version. The tests build every declaration and find such a mistake.
    #[must_use]
    pub(crate) fn since(self, version: &'static str) -> Self {
        let parsed = version.parse().expect("a declaration names a version");
        // If the id of the object requires this version, the whole type requires it. The
        // description of the type then says so.
        if self.attribute.identity {
            return Self { since: Some(parsed), ..self };
        }
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

    /// The first version of PBS that has `choice`, if the property itself is older than this
    /// choice.
    ///
    /// # Panics
    /// If `version` is not a version. The tests build every declaration and find such a mistake.
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
    /// `T` displays, because PBS does not accept every spelling that parses as a `T`.
    #[must_use]
    pub(crate) fn same<T: FromStr + PartialEq + Display>(self) -> Self {
        let spelling: fn(&str) -> Option<String> =
            |text| text.parse::<T>().ok().map(|value| value.to_string());
        Self { attribute: self.attribute.compared_as::<T>(), spelling: Some(spelling), ..self }
    }

    /// Sets the default key of the property string. PBS may write its value without the key.
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
}
