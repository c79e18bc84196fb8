//! The kinds of attributes of a declaration, for example [`Field::text`].

use super::{Clearing, Field, Parts, Wire};
use crate::pbs::{Comment, notation::HumanBytes};
use std::ops::RangeInclusive;
use tf_plugin::{Attribute, Nesting, Type};

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

    /// A map of secrets, with the same three attributes as [`secret`](Self::secret). Like the
    /// values, the names of write-only secrets are not in the state.
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

    fn new(attribute: Attribute, property: &'static str, wire: Wire) -> Self {
        Self {
            attribute,
            note: "",
            property,
            wire,
            clearing: Clearing::Delete,
            always_sent: false,
            left_alone: false,
            since: None,
            later_choices: Vec::new(),
            refers: None,
            spelling: None,
            parses_key: |_| Ok(()),
        }
    }
}
