//! The properties of a configuration object, in the responses of PBS and in requests.

use crate::pbs::{Secret, notation::decode_named_value};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::SerializeMap,
};
use std::{borrow::Cow, collections::BTreeMap, fmt};
use zeroize::Zeroizing;

/// The value of a property. `Debug` shows only the name of the variant, because any text can be a
/// secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Property {
    /// A text.
    Text(Zeroizing<String>),
    /// A whole number.
    Integer(i64),
    /// A Boolean.
    Flag(bool),
    /// An array of texts.
    List(Vec<Zeroizing<String>>),
}

/// The properties of an object, by the names that they have in PBS.
pub type Record = BTreeMap<String, Property>;

/// The content of a request that creates or changes an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The properties to set.
    pub set: BTreeMap<Cow<'static, str>, Property>,
    /// The properties to remove.
    pub delete: Vec<Cow<'static, str>>,
}

impl Property {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Zeroizing::new(text.into()))
    }

    /// A list of texts.
    pub fn list<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(|text| Zeroizing::new(text.into())).collect())
    }

    /// The text. `None` if the value is not a text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The texts of a list. `None` if the value is not a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Zeroizing<String>]> {
        if let Self::List(texts) = self { Some(texts) } else { None }
    }
}

impl Body {
    /// Whether the request would change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.delete.is_empty()
    }

    /// The text that the request sets for the property. `None` if the request sets no text.
    #[must_use]
    pub fn text(&self, property: &str) -> Option<&str> {
        self.set.get(property).and_then(Property::as_text)
    }

    /// Upper limit for the length of the JSON text. A buffer of this length is never moved in
    /// memory when the JSON text is written, so no copies of secrets are left in freed memory.
    pub(super) fn longest_json(&self) -> usize {
        // Each byte of a text becomes at most six bytes, for example `\u001f`.
        let text = |text: &str| 6 * text.len() + 3;
        let value = |value: &Property| match value {
            Property::Text(content) => text(content),
            Property::Integer(_) | Property::Flag(_) => 20,
            Property::List(texts) => 2 + texts.iter().map(|content| text(content)).sum::<usize>(),
        };
        let set = self.set.iter().map(|(name, content)| text(name) + 2 + value(content));
        let delete = self.delete.iter().map(|name| text(name));
        32 + set.chain(delete).sum::<usize>()
    }

    /// The values of these properties, which errors must not show.
    pub(super) fn secrets(&self, properties: &[&str]) -> Vec<Secret> {
        let texts = |property: &Property| match property {
            Property::Text(text) => vec![Secret::new(text.as_str())],
            Property::List(texts) => texts.iter().flat_map(|text| secrets_in(text)).collect(),
            Property::Integer(_) | Property::Flag(_) => Vec::new(),
        };
        properties.iter().filter_map(|name| self.set.get(*name)).flat_map(texts).collect()
    }
}

/// The texts of a list's element that errors must not show. One text is the whole element. If the
/// element is a named value (`name=NAME,value=VALUE`), the value in base64 and the decoded value
/// are two more texts, because an error can contain the value alone.
fn secrets_in(element: &str) -> Vec<Secret> {
    let encoded = element.split_once(",value=").map(|(_, value)| Secret::new(value));
    let decoded = decode_named_value(element).map(|(_, value)| Secret::new(value));
    [Some(Secret::new(element)), encoded, decoded].into_iter().flatten().collect()
}

impl fmt::Debug for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "text",
            Self::Integer(_) => "integer",
            Self::Flag(_) => "flag",
            Self::List(_) => "list",
        })
    }
}

impl Serialize for Property {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::List(texts) => serializer.collect_seq(texts.iter().map(|text| text.as_str())),
        }
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in &self.set {
            map.serialize_entry(name, value)?;
        }
        if !self.delete.is_empty() {
            map.serialize_entry("delete", &self.delete)?;
        }
        map.end()
    }
}

/// The record in a response. It contains only properties whose values are texts, whole numbers,
/// Booleans or lists of texts, because no attribute can hold other values.
pub(super) struct ReceivedRecord(pub(super) Record);

impl<'de> Deserialize<'de> for ReceivedRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RecordVisitor;

        impl<'de> Visitor<'de> for RecordVisitor {
            type Value = Record;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
                let mut record = Record::new();
                while let Some(name) = map.next_key::<String>()? {
                    if let Some(value) = map.next_value::<ReceivedProperty>()?.0 {
                        record.insert(name, value);
                    }
                }
                Ok(record)
            }
        }

        deserializer.deserialize_map(RecordVisitor).map(Self)
    }
}

/// The value of a property in a response. `None` for a value that is not a [`Property`], for
/// example null.
struct ReceivedProperty(Option<Property>);

impl<'de> Deserialize<'de> for ReceivedProperty {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PropertyVisitor;

        impl<'de> Visitor<'de> for PropertyVisitor {
            type Value = Option<Property>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a property")
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Some(Property::text(text)))
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(Some(Property::Flag(flag)))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Some(Property::Integer(number)))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(i64::try_from(number).ok().map(Property::Integer))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(None)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut texts = Some(Vec::new());
                while let Some(ReceivedProperty(element)) = seq.next_element()? {
                    match (element, &mut texts) {
                        (Some(Property::Text(text)), Some(texts)) => texts.push(text),
                        _ => texts = None,
                    }
                }
                Ok(texts.map(Property::List))
            }
        }

        deserializer.deserialize_any(PropertyVisitor).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_response_keeps_every_property_that_an_attribute_can_hold() {
        let ReceivedRecord(record) = serde_json::from_str(
            r#"{"a": "x", "b": 7, "c": true, "d": ["y", "z"], "e": [], "f": null, "g": {"h": 1},
                "i": [1], "j": 1.5, "k": 18446744073709551615}"#,
        )
        .unwrap();
        let expected = [
            ("a", Property::text("x")),
            ("b", Property::Integer(7)),
            ("c", Property::Flag(true)),
            ("d", Property::list(["y", "z"])),
            ("e", Property::list::<String>([])),
        ];
        assert!(record == expected.map(|(name, value)| (name.to_owned(), value)).into());
        assert!(serde_json::from_str::<ReceivedRecord>(r#"["MARKER"]"#).is_err());
    }

    #[test]
    fn debug_never_shows_a_text() {
        let set = [
            ("password".into(), Property::text("marker")),
            ("x".into(), Property::list(["marker"])),
        ];
        let body = Body { set: set.into(), delete: vec!["comment".into()] };
        assert!(!format!("{body:?}").contains("marker"));
    }

    proptest! {
        #[test]
        fn the_json_of_a_body_is_never_longer_than_its_limit(
            texts in prop::collection::btree_map(".*", ".*", 0..5),
            list in prop::collection::vec("\\PC*|[\\x00-\\x1f]*", 0..4),
            number in any::<i64>(),
            delete in prop::collection::vec("[a-z-]*", 0..4),
        ) {
            let texts = texts.into_iter().map(|(name, text)| (Cow::from(name), Property::text(text)));
            let mut set: BTreeMap<_, _> = texts.collect();
            set.insert("list".into(), Property::list(list));
            set.insert("number".into(), Property::Integer(number));
            set.insert("flag".into(), Property::Flag(false));
            let body = Body { set, delete: delete.into_iter().map(Cow::from).collect() };
            let json = serde_json::to_string(&body).unwrap();
            prop_assert!(json.len() <= body.longest_json());
        }
    }
}
