//! The constructors for the fields of a declaration, for example [`Field::text`].

use super::{Clearing, Field, Parts, Wire};
use crate::pbs::{Comment, notation::HumanBytes};
use std::ops::RangeInclusive;
use tf_plugin::{Attribute, Nesting, Type};

impl Field {
    /// A field for a text.
    pub(crate) fn text(name: &'static str, property: &'static str, doc: &'static str) -> Self {
        Self::new(Attribute::string(name, doc).blank_is_none(), property, Wire::Text)
    }

    /// A field for a whole number in this range.
    pub(crate) fn integer(
        name: &'static str,
        property: &'static str,
        doc: &'static str,
        range: RangeInclusive<i64>,
    ) -> Self {
        Self::new(Attribute::number(name, doc).integer(range), property, Wire::Integer)
    }

    /// A field for a Boolean.
    pub(crate) fn flag(name: &'static str, property: &'static str, doc: &'static str) -> Self {
        Self::new(Attribute::boolean(name, doc), property, Wire::Flag { inverted: false })
    }

    /// The field `enabled`, which says whether the object is enabled. PBS has only the opposite
    /// property, `disable`.
    pub(crate) fn enabled(doc: &'static str) -> Self {
        let attribute = Attribute::boolean("enabled", doc);
        Self::new(attribute, "disable", Wire::Flag { inverted: true }).default(true)
    }

    /// A field for a set of texts.
    pub(crate) fn set(name: &'static str, property: &'static str, doc: &'static str) -> Self {
        let attribute = Attribute::plain(Type::set(Type::String), name, doc).blank_is_none();
        Self::new(attribute, property, Wire::Texts)
    }

    /// A field for a number of bytes with a unit, for example `10 MiB`. Two texts for the same
    /// number are semantically equal.
    pub(crate) fn bytes(name: &'static str, property: &'static str, doc: &'static str) -> Self {
        Self::text(name, property, doc).parses::<HumanBytes>().same::<HumanBytes>()
    }

    /// A field for a text that PBS stores in Base64.
    pub(crate) fn base64(name: &'static str, property: &'static str, doc: &'static str) -> Self {
        let attribute = Attribute::string(name, doc).blank_is_none().verbatim();
        Self::new(attribute, property, Wire::Base64)
    }

    /// A field for a map of texts. PBS stores the values of the map in Base64.
    pub(crate) fn map(name: &'static str, property: &'static str, doc: &'static str) -> Self {
        let attribute = Attribute::plain(Type::map(Type::String), name, doc).blank_is_none();
        Self::new(attribute, property, Wire::Map)
    }

    /// A field for a text. The property is a property string in which the text is the value of
    /// `key`, and which has no other keys.
    pub(crate) fn keyed(
        name: &'static str,
        property: &'static str,
        key: &'static str,
        doc: &'static str,
    ) -> Self {
        Self::new(Attribute::string(name, doc).blank_is_none(), property, Wire::Keyed(key))
    }

    /// A field for a nested object, which PBS stores as a property string. `fields` are the fields
    /// of the nested object.
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

    /// A field for a list of at most `count` nested objects, which have these `fields`. PBS stores
    /// each nested object as a property string. The name of its property is `property` with a
    /// number at the end.
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

    /// A field for a secret, which PBS never returns. A secret has three attributes. `NAME` is
    /// stored in the state. `NAME_wo` is write-only, so it is stored neither in the plan nor in the
    /// state. When `NAME_wo_version` changes, the provider sends `NAME_wo` again.
    pub(crate) fn secret(name: &'static str, property: &'static str, doc: &'static str) -> Self {
        let attribute = Attribute::string(name, doc).sensitive().verbatim().blank_is_none();
        Self::new(attribute, property, Wire::Secret { required: false })
    }

    /// A field for a map of secrets. It has three attributes like [`secret`](Self::secret). The
    /// state contains neither the names nor the values in `NAME_wo`.
    pub(crate) fn secret_map(
        name: &'static str,
        property: &'static str,
        doc: &'static str,
    ) -> Self {
        let attribute = Attribute::plain(Type::map(Type::String), name, doc);
        let attribute = attribute.sensitive().blank_is_none();
        Self::new(attribute, property, Wire::Secret { required: false })
    }

    /// The field for the comment of an object.
    pub(crate) fn comment() -> Self {
        let doc = "Comment, a single line of at most 128 characters. Default: none.";
        Self::text("comment", "comment", doc).parses::<Comment>()
    }

    /// A field for an attribute that PBS does not know. A change of its value only changes the
    /// state, without a request.
    pub(crate) fn local(attribute: Attribute) -> Self {
        Self::new(attribute, "", Wire::Local)
    }

    /// A field without any additional rule.
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
            referenced_kind: None,
            pbs_spelling: None,
            check_key: |_| Ok(()),
        }
    }
}
