//! The declaration of one attribute of a configuration object: the attribute in the schema, the
//! property of PBS with the same value, and the rules for the conversion between attribute and
//! property.

mod constructors;
mod policies;

use crate::pbs::{Kind, Version};
use tf_plugin::Attribute;
use zeroize::Zeroizing;

/// One attribute of a configuration object.
///
/// Unless a method changes this, the attribute is optional. If the configuration does not set the
/// attribute, the provider does not send the property when it creates the object, and removes the
/// property when it updates the object.
pub(crate) struct Field {
    /// The attribute in the schema of the resource, without `note`.
    pub(super) attribute: Attribute,
    /// Sentences that only the resource contains in the description of the attribute, and not the
    /// data source. Can be empty.
    pub(super) note: &'static str,
    /// The name of the property in PBS. Empty for an attribute that PBS does not know.
    pub(super) property: &'static str,
    /// The form in which the property contains the value.
    pub(super) wire: Wire,
    /// The way in which an update removes the value from the server.
    pub(super) clearing: Clearing,
    /// Whether every update contains the property, even if only other attributes change.
    pub(super) always_sent: bool,
    /// Whether the value on the server stays unchanged if the configuration has never set the
    /// attribute.
    pub(super) left_alone: bool,
    /// The first version of PBS that has the property.
    pub(super) since: Option<Version>,
    /// Values that the property has only in later versions of PBS, each with the first version that
    /// has it.
    pub(super) later_choices: Vec<(&'static str, Version)>,
    /// If the value is the id of another configuration object, the kind of this object.
    pub(super) referenced_kind: Option<&'static Kind>,
    /// Converts a valid text to the form that PBS expects. For example, a fingerprint can be
    /// written without colons, but PBS expects colons. Returns `None` if the text is not valid.
    pub(super) pbs_spelling: Option<fn(&str) -> Option<String>>,
    /// If the attribute is the id of the object, checks an id with which an object is imported.
    pub(super) check_key: fn(&str) -> Result<(), String>,
}

/// The form in which a property contains the value of an attribute.
pub(super) enum Wire {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A Boolean. If `inverted` is true, the property is true when the attribute is false.
    Flag { inverted: bool },
    /// An array of texts. The order matters only if the attribute is a list.
    Texts,
    /// An array of property strings, one for each element of a map. Each property string contains
    /// the name of the element, and the value in Base64.
    Map,
    /// The text in Base64.
    Base64,
    /// A property string in which the text is the value of this key.
    Keyed(&'static str),
    /// A property string that contains the values of a nested object.
    Parts(Parts),
    /// Several numbered properties, one for each element of a list. Each is a property string that
    /// contains the values of a nested object. The names of the properties end with the numbers
    /// from 0 to `count - 1`.
    Slots { count: usize, parts: Parts },
    /// A secret, which PBS never returns. It is a text, or an array in the form of
    /// [`Map`](Self::Map). A secret has two further attributes, see [`Field::secret`].
    Secret {
        /// Whether an object must have the secret, so that an update cannot remove the secret.
        required: bool,
    },
    /// There is no property. Only the provider uses the attribute.
    Local,
}

/// The keys of a property string that contains the values of a nested object.
pub(super) struct Parts {
    /// The default key. PBS may write the value of this key without the key.
    pub(super) default_key: Option<&'static str>,
    /// Keys and values that the property string always contains.
    pub(super) constants: &'static [(&'static str, &'static str)],
    /// The attributes of the nested object.
    pub(super) fields: Vec<Field>,
}

/// The way in which an update removes a value from the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Clearing {
    /// The parameter `delete` contains the name of the property.
    Delete,
    /// The property is set to the default, because PBS cannot remove the property.
    Default,
    /// Not at all, because PBS cannot remove the value.
    Never,
}

impl Field {
    /// The text that the provider sends to PBS for this text of the configuration.
    pub(super) fn text_for_pbs(&self, text: &Zeroizing<String>) -> Zeroizing<String> {
        match self.pbs_spelling.and_then(|spelling| spelling(text)) {
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

    /// The keys of the property string, if the attribute is a nested object or a list of nested
    /// objects. `None` for every other attribute.
    pub(super) fn parts_of_value(&self) -> Option<&Parts> {
        if let Wire::Parts(parts) | Wire::Slots { parts, .. } = &self.wire {
            Some(parts)
        } else {
            None
        }
    }
}
