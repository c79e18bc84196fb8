//! Property strings. A property string is a text that contains several values.

use crate::pbs::Malformed;
use std::{fmt, str::FromStr};
use zeroize::Zeroizing;

const FORM: &str = "a property string (`key=value,key=value`)";

/// A property string: `key=value` pairs, separated by commas. Some properties have a default key.
/// In the pair with the default key, the key and its `=` can be omitted: if the default key is
/// `type`, `offline,message=text` means `type=offline,message=text`. Values can be in quotation
/// marks.
///
/// The type keeps all pairs in the order in which they were written, even if the provider does not
/// know their keys. Two property strings are equal if they contain the same pairs in any order.
/// `Debug` shows only the keys, because the values can be secret.
#[derive(Clone, Default)]
pub struct PropertyString {
    default_key: Option<&'static str>,
    pairs: Vec<(String, Zeroizing<String>)>,
}

impl PropertyString {
    /// A property string without pairs, for a property with this default key.
    #[must_use]
    pub fn new(default_key: Option<&'static str>) -> Self {
        Self { default_key, pairs: Vec::new() }
    }

    /// Parses the text of a property with this default key.
    ///
    /// # Errors
    /// - The property has no default key, and a value has no key.
    /// - A key contains a character that is not allowed, or occurs twice.
    /// - A value in quotation marks has no quotation mark at its end, is not followed by a comma,
    ///   or contains a `\` before a character other than `"`, `\` and `n`.
    pub fn parse(text: &str, default_key: Option<&'static str>) -> Result<Self, Malformed> {
        let mut pairs = Self::new(default_key);
        let mut rest = text;
        while !rest.is_empty() {
            let place = text[..text.len() - rest.len()].chars().count();
            let key = split_key(&mut rest);
            let value = split_value(&mut rest)?;
            let key = match key.or(default_key) {
                Some(key) => key,
                None => return Err(Malformed::rule(FORM, "a value has no key")),
            };
            check_key(key).map_err(|error| error.moved_right(place))?;
            if pairs.get(key).is_some() {
                return Err(Malformed::rule(FORM, "a key occurs twice"));
            }
            pairs.pairs.push((key.to_owned(), value));
        }
        Ok(pairs)
    }

    /// The value of the key. `None` if the property string does not contain the key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// Sets the value of the key. Adds a new key at the end. Every key comes from PBS's API, so it
    /// contains only letters, digits and hyphens.
    pub fn set(&mut self, key: &str, value: &str) {
        debug_assert!(check_key(key).is_ok(), "the key is valid");
        let value = Zeroizing::new(value.to_owned());
        match self.pairs.iter_mut().find(|(known, _)| known == key) {
            Some((_, old_value)) => *old_value = value,
            None => self.pairs.push((key.to_owned(), value)),
        }
    }

    /// Removes the key and its value. Returns whether the property string contained the key.
    pub fn remove(&mut self, key: &str) -> bool {
        let count = self.pairs.len();
        self.pairs.retain(|(known, _)| known != key);
        self.pairs.len() < count
    }

    /// The keys and values in the order in which they were written.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether the property string has no pairs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

/// Removes a key and its `=` from the beginning of `rest`, and returns the key. `None` if the next
/// value has no key.
fn split_key<'a>(rest: &mut &'a str) -> Option<&'a str> {
    if rest.starts_with('"') {
        return None;
    }
    let end = rest.find([',', '=']).filter(|end| rest[*end..].starts_with('='))?;
    let key = &rest[..end];
    *rest = &rest[end + 1..];
    Some(key)
}

/// Removes a value and the comma after the value from the beginning of `rest`, and returns the
/// value without quotation marks.
fn split_value(rest: &mut &str) -> Result<Zeroizing<String>, Malformed> {
    let Some(quoted) = rest.strip_prefix('"') else {
        let (value, after) = rest.split_once(',').unwrap_or((rest, ""));
        *rest = after;
        return Ok(Zeroizing::new(value.to_owned()));
    };
    // The buffer is never moved in memory, because it is long enough from the beginning. So no copy
    // of a secret is left in freed memory.
    let mut value = Zeroizing::new(String::with_capacity(quoted.len()));
    let mut chars = quoted.chars();
    loop {
        match chars.next() {
            Some('"') => break,
            Some('\\') => value.push(match chars.next() {
                Some('n') => '\n',
                Some(c @ ('"' | '\\')) => c,
                _ => {
                    return Err(Malformed::rule(
                        FORM,
                        "after a `\\`, only `\"`, `\\` and `n` are allowed",
                    ));
                }
            }),
            Some(c) => value.push(c),
            None => return Err(Malformed::rule(FORM, "a quotation mark is missing")),
        }
    }
    let after = chars.as_str();
    *rest = match after.strip_prefix(',') {
        Some(after) => after,
        None if after.is_empty() => after,
        None => return Err(Malformed::rule(FORM, "a comma is missing after a quotation mark")),
    };
    Ok(value)
}

/// Rejects a key that is empty or contains a character that no key can contain. White space at the
/// beginning of a key is an error, as in PBS, which refuses a space after a comma (recorded).
fn check_key(key: &str) -> Result<(), Malformed> {
    let is_forbidden =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '=' | '"');
    match key.chars().position(is_forbidden) {
        Some(place) => Err(Malformed::character(FORM, place + 1)),
        None if key.is_empty() => Err(Malformed::rule(FORM, "a key is empty")),
        None => Ok(()),
    }
}

impl FromStr for PropertyString {
    type Err = Malformed;

    /// Parses the text of a property without a default key.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::parse(text, None)
    }
}

impl PartialEq for PropertyString {
    fn eq(&self, other: &Self) -> bool {
        self.pairs.len() == other.pairs.len()
            && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

/// Writes the pair with the default key first, and omits this key. PBS does the same (recorded).
impl fmt::Display for PropertyString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_default = |key: &str| self.default_key == Some(key);
        let default = self.iter().filter(|(key, _)| is_default(key));
        let others = self.iter().filter(|(key, _)| !is_default(key));
        for (index, (key, value)) in default.chain(others).enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            // An empty value needs its key. If the only pair had neither key nor value, the text
            // would be empty.
            let has_key = !is_default(key) || value.is_empty();
            if has_key {
                write!(f, "{key}=")?;
            }
            write_value(f, value, has_key)?;
        }
        Ok(())
    }
}

/// Writes the value, in quotation marks if it contains a character that would otherwise end the
/// value or change its meaning. `has_key` says whether its key precedes the value.
fn write_value(f: &mut fmt::Formatter<'_>, value: &str, has_key: bool) -> fmt::Result {
    if !value.contains([',', '"', '\\', '\n']) && (has_key || !value.contains('=')) {
        return f.write_str(value);
    }
    f.write_str("\"")?;
    for c in value.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

impl fmt::Debug for PropertyString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(key, _)| key)).finish()
    }
}
