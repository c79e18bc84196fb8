//! Property strings: parameters whose text has the form `key=value,key=value`, and texts that are
//! lists.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::schema::Schema;

/// Schema of a text that is a property string or a list.
#[derive(Clone, Deserialize)]
pub(crate) struct PropertyString {
    #[serde(default)]
    properties: BTreeMap<String, Schema>,
    /// Key to which a value without a key belongs.
    default_key: Option<String>,
    /// Schema of the elements if the text is a list.
    items: Option<Box<Schema>>,
}

impl PropertyString {
    /// Checks the keys and their values. If PBS's description lists the valid values of a key, PBS
    /// does not check the value of this key when it stores the property string (recorded).
    ///
    /// # Errors
    /// PBS's message.
    pub(super) fn check(&self, text: &str) -> Result<(), String> {
        let fail = |key: &str, error: &str| {
            Err(format!("parameter verification failed - '{key}': {error}"))
        };
        if let Some(items) = &self.items {
            let is_separator = |c: char| c.is_whitespace() || ",;".contains(c);
            for element in text.split(is_separator).filter(|element| !element.is_empty()) {
                if let Err(error) = items.check_part("", element) {
                    return fail("", &format!("schema validation failed: {error}"));
                }
            }
            return Ok(());
        }
        let mut present_keys = BTreeSet::new();
        for (key, value) in unquoted_parts(text) {
            let Some(key) = key.as_deref().or(self.default_key.as_deref()) else {
                return Err("value without key, but schema does not define a default key".into());
            };
            let Some(schema) = self.properties.get(key) else {
                return fail(key, "schema does not allow additional properties");
            };
            if !present_keys.insert(key.to_string()) {
                return fail(key, "duplicate key");
            }
            if let Err(error) = schema.check_part(key, &value) {
                return fail(key, &format!("schema validation failed: {error}"));
            }
        }
        let is_missing = |(key, schema): &(&String, &Schema)| {
            !schema.is_optional() && !present_keys.contains(key.as_str())
        };
        match self.properties.iter().find(is_missing) {
            Some((key, _)) => fail(key, "property is missing and it is not optional"),
            None => Ok(()),
        }
    }

    /// Adds a key with the schema that the key has in `newer_schema`.
    pub(super) fn add_key(&mut self, key: &str, newer_schema: &PropertyString) {
        if let Some(schema) = newer_schema.properties.get(key) {
            self.properties.entry(key.into()).or_insert_with(|| schema.clone());
        }
    }

    /// The schemas of the keys, or the schema of the elements of a list.
    #[cfg(test)]
    pub(super) fn schemas(&self) -> impl Iterator<Item = &Schema> {
        self.properties.values().chain(self.items.as_deref())
    }
}

/// The keys and values of a property string, without the quotation marks around a value. The key is
/// `None` for a value without a key. A value in quotation marks can contain commas and escaped
/// quotation marks.
pub(crate) fn unquoted_parts(text: &str) -> Vec<(Option<String>, String)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let key_end = rest.find(['=', ',', '"']).filter(|end| rest[*end..].starts_with('='));
        let key = key_end.map(|end| rest[..end].to_string());
        let mut value = String::new();
        let mut characters = rest[key_end.map_or(0, |end| end + 1)..].chars();
        let mut is_quoted = false;
        while let Some(character) = characters.next() {
            match character {
                '"' if is_quoted || value.is_empty() => is_quoted = !is_quoted,
                '\\' if is_quoted => value.extend(characters.next()),
                ',' if !is_quoted => break,
                _ => value.push(character),
            }
        }
        parts.push((key, value));
        rest = characters.as_str();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_value_keeps_its_commas() {
        let part = |key: Option<&str>, value: &str| (key.map(String::from), value.to_string());
        for (text, expected) in [
            ("", vec![]),
            ("offline", vec![part(None, "offline")]),
            ("a=1,b=2", vec![part(Some("a"), "1"), part(Some("b"), "2")]),
            (
                r#"x,m="a, \"b\"",n=c=d"#,
                vec![part(None, "x"), part(Some("m"), "a, \"b\""), part(Some("n"), "c=d")],
            ),
        ] {
            assert_eq!(unquoted_parts(text), expected, "{text}");
        }
    }
}
