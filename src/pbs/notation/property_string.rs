//! Property strings, with which PBS writes several values in one text.

use crate::pbs::Malformed;
use std::{fmt, str::FromStr};
use zeroize::Zeroizing;

const FORM: &str = "a property string (`key=value,key=value`)";

/// A property string: `key=value` pairs, separated by commas. If the property has a default key,
/// this key and its `=` can be omitted, as in `offline,message=text`. Values can be in quotation
/// marks.
///
/// Keys that the provider does not know are kept, in the order in which they were written. Two
/// property strings are equal if they contain the same pairs in any order. `Debug` does not show
/// the values, because they can be secret.
#[derive(Clone, Default)]
pub struct PropertyString {
    default_key: Option<&'static str>,
    pairs: Vec<(String, Zeroizing<String>)>,
}

impl PropertyString {
    /// A property string without pairs.
    #[must_use]
    pub fn new(default_key: Option<&'static str>) -> Self {
        Self { default_key, pairs: Vec::new() }
    }

    /// Parses the text of a property that has this default key.
    ///
    /// # Errors
    /// A value has no key although there is no default key, a key is not valid or occurs twice, or
    /// a quotation mark is missing.
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
            check_key(key).map_err(|error| error.after(place))?;
            if pairs.get(key).is_some() {
                return Err(Malformed::rule(FORM, "a key occurs twice"));
            }
            pairs.pairs.push((key.to_owned(), value));
        }
        Ok(pairs)
    }

    /// The value of the key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// Sets the value of the key. A new key is added at the end. The key is the name of a property
    /// in PBS's API, so it contains only letters, digits and hyphens.
    pub fn set(&mut self, key: &str, value: &str) {
        debug_assert!(check_key(key).is_ok(), "the key is the name of a property");
        let value = Zeroizing::new(value.to_owned());
        match self.pairs.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => *known = value,
            None => self.pairs.push((key.to_owned(), value)),
        }
    }

    /// Removes the key and its value. Returns whether the key was there.
    pub fn remove(&mut self, key: &str) -> bool {
        let count = self.pairs.len();
        self.pairs.retain(|(known, _)| known != key);
        self.pairs.len() < count
    }

    /// The keys and values in the order in which they were written.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether there are no pairs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

/// Splits the key and its `=` off the text. `None` if the next value has no key.
fn split_key<'a>(rest: &mut &'a str) -> Option<&'a str> {
    if rest.starts_with('"') {
        return None;
    }
    let end = rest.find([',', '=']).filter(|end| rest[*end..].starts_with('='))?;
    let key = &rest[..end];
    *rest = &rest[end + 1..];
    Some(key)
}

/// Splits the value and the comma after it off the text.
fn split_value(rest: &mut &str) -> Result<Zeroizing<String>, Malformed> {
    let Some(quoted) = rest.strip_prefix('"') else {
        let (value, after) = rest.split_once(',').unwrap_or((rest, ""));
        *rest = after;
        return Ok(Zeroizing::new(value.to_owned()));
    };
    // The buffer never grows, so no copy of a secret is left in memory.
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
                        "a `\\` precedes neither `\"`, `\\` nor `n`",
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

/// Rejects characters that no key can contain. PBS has no key with white space in its name, so it
/// also refuses a space after a comma (recorded).
fn check_key(key: &str) -> Result<(), Malformed> {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '=' | '"');
    match key.chars().position(forbidden) {
        Some(place) => Err(Malformed::character(FORM, place + 1)),
        None if key.is_empty() => Err(Malformed::rule(FORM, "a key is empty")),
        None => Ok(()),
    }
}

impl FromStr for PropertyString {
    type Err = Malformed;

    /// Parses the text of a property that has no default key.
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

/// Writes the value of the default key first and without its key, as PBS does (recorded).
impl fmt::Display for PropertyString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_default = |key: &str| self.default_key == Some(key);
        let default = self.iter().filter(|(key, _)| is_default(key));
        let others = self.iter().filter(|(key, _)| !is_default(key));
        for (index, (key, value)) in default.chain(others).enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            // An empty value without a key would be lost if it is the only one.
            let has_key = !is_default(key) || value.is_empty();
            if has_key {
                write!(f, "{key}=")?;
            }
            write_value(f, value, has_key)?;
        }
        Ok(())
    }
}

/// Writes the value in quotation marks if it needs them.
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
