//! The declaration of one attribute of a configuration object: the attribute in the schema, the
//! property of PBS that holds its value, and the rules for the conversion between them.

mod constructors;
mod policies;

use crate::pbs::{Kind, Version};
use tf_plugin::Attribute;
use zeroize::Zeroizing;

/// One attribute of a configuration object.
///
/// A field is optional unless a method says otherwise. If the configuration does not set the
/// attribute, the provider sends no property, or removes the one that PBS has.
pub(crate) struct Field {
    /// The attribute in the schema of the resource, without `note`.
    pub(super) attribute: Attribute,
    /// Sentences that the description of the argument has in the resource, and not in the data
    /// source. Empty if there are none.
    pub(super) note: &'static str,
    /// The property, as PBS spells it. Empty for an attribute that PBS does not know.
    pub(super) property: &'static str,
    /// How the property holds the value.
    pub(super) wire: Wire,
    /// How an update removes the value from the server.
    pub(super) clearing: Clearing,
    /// Whether every update contains the property, even if only other attributes change.
    pub(super) always_sent: bool,
    /// Whether the provider leaves the value on the server as it is while the configuration does
    /// not set the attribute.
    pub(super) left_alone: bool,
    /// The first version of PBS that has the property.
    pub(super) since: Option<Version>,
    /// The choices that only later versions of PBS have, each with the first such version.
    pub(super) later_choices: Vec<(&'static str, Version)>,
    /// The kind of the object whose id the value is.
    pub(super) refers: Option<&'static Kind>,
    /// Converts a text to the form that PBS expects, for example a fingerprint without colons.
    /// Returns `None` if the text is invalid.
    pub(super) spelling: Option<fn(&str) -> Option<String>>,
    /// Checks the id of an object to import, if the attribute is the id.
    pub(super) parses_key: fn(&str) -> Result<(), String>,
}

/// How a property holds the value of an attribute.
pub(super) enum Wire {
    /// As text.
    Text,
    /// As a whole number.
    Integer,
    /// As a Boolean. If `inverted` is true, as the opposite of the value.
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
    /// As text, or as an array like [`Map`](Self::Map), that PBS never returns. A secret has two
    /// more attributes, see [`Field::secret`].
    Secret {
        /// Whether PBS needs the secret, so that it cannot be removed.
        required: bool,
    },
    /// Not at all: the attribute is only for the provider.
    Local,
}

/// The keys of a property string.
pub(super) struct Parts {
    /// The default key: PBS may write its value without the key.
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
    /// The text as it is sent to PBS.
    pub(super) fn sent(&self, text: &Zeroizing<String>) -> Zeroizing<String> {
        match self.spelling.and_then(|spelling| spelling(text)) {
            Some(spelled) => Zeroizing::new(spelled),
            None => text.clone(),
        }
    }

    /// Whether the value is a secret.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self.wire, Wire::Secret { .. })
    }

    /// Whether the attribute is a map.
    pub(super) fn is_map(&self) -> bool {
        matches!(self.attribute.kind, tf_plugin::Kind::Plain(tf_plugin::Type::Map(_)))
    }

    /// The keys of a nested object, or of each object in a list. `None` for any other value.
    pub(super) fn inner(&self) -> Option<&Parts> {
        if let Wire::Parts(parts) | Wire::Slots { parts, .. } = &self.wire {
            Some(parts)
        } else {
            None
        }
    }
}
