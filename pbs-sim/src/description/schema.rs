//! Schemas of parameters: their types and limits, and PBS's messages for values that do not fit
//! (recorded).

use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::{checks, property_string::PropertyString};

/// Type and limits of a parameter or of an element of a list.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Schema {
    #[serde(rename = "type")]
    kind: Kind,
    /// 1 if a request does not need the parameter.
    #[serde(default)]
    optional: u8,
    pattern: Option<Pattern>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    minimum: Option<i64>,
    maximum: Option<i64>,
    /// The valid texts. Empty if the schema does not list them.
    #[serde(default, rename = "enum")]
    choices: Vec<String>,
    /// Schema of the elements of a list.
    items: Option<Box<Schema>>,
    /// Schema of the text if the text is a property string or a list.
    format: Option<PropertyString>,
    typetext: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    String,
    Boolean,
    Integer,
    Array,
}

/// A regular expression between two slashes. PBS is written in Rust, so its regular expressions
/// have the syntax of the crate `regex`.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
struct Pattern {
    text: String,
    compiled: OnceLock<Regex>,
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        Self { text, compiled: OnceLock::new() }
    }
}

impl Pattern {
    fn regex(&self) -> &Regex {
        self.compiled.get_or_init(|| {
            let text = self.text.strip_prefix('/').and_then(|text| text.strip_suffix('/'));
            let text = text.unwrap_or(&self.text);
            Regex::new(text).expect("a test compiles every pattern")
        })
    }
}

/// The index of an invalid element of a list, and PBS's message. The index is `None` if the message
/// is about the whole value.
pub(crate) type ValueError = (Option<usize>, String);

impl Schema {
    pub(crate) fn is_optional(&self) -> bool {
        self.optional == 1
    }

    /// The valid texts of the parameter or of the elements of a list.
    pub(crate) fn choices(&self) -> &[String] {
        self.items.as_ref().map_or(&self.choices, |items| &items.choices)
    }

    /// Whether the schema sets limits for an integer.
    pub(crate) fn has_range(&self) -> bool {
        self.minimum.is_some() || self.maximum.is_some()
    }

    /// Adds a valid text for the parameter or for the elements of a list.
    pub(super) fn add_choice(&mut self, choice: &str) {
        let choices = match &mut self.items {
            Some(items) => &mut items.choices,
            None => &mut self.choices,
        };
        if !choices.iter().any(|existing| existing == choice) {
            choices.push(choice.into());
        }
    }

    /// If the text is a property string, adds a key with the schema that the key has in
    /// `newer_schema`.
    pub(super) fn add_key(&mut self, key: &str, newer_schema: &Schema) {
        if let (Some(format), Some(newer_format)) = (&mut self.format, &newer_schema.format) {
            format.add_key(key, newer_format);
        }
    }

    /// Converts a value from a form, a query or the path. `name` is the name of the parameter. The
    /// value of a list parameter becomes a list with one element, because a form repeats the
    /// parameter for each element.
    ///
    /// # Errors
    /// PBS's message about the value.
    pub(crate) fn value_from_text(&self, name: &str, text: &str) -> Result<Value, String> {
        match self.kind {
            Kind::String => self.check_text(name, text).map(|()| text.into()),
            Kind::Integer => {
                let number: i64 = text.parse().map_err(|error| format!("{error}"))?;
                self.check_integer(number).map(|()| number.into())
            }
            Kind::Boolean => match text.to_lowercase().as_str() {
                "1" | "on" | "yes" | "true" => Ok(true.into()),
                "0" | "off" | "no" | "false" => Ok(false.into()),
                _ => Err("Unable to parse boolean option.".into()),
            },
            Kind::Array => match &self.items {
                Some(items) => Ok(Value::Array(vec![items.value_from_text(name, text)?])),
                None => Ok(Value::Array(vec![text.into()])),
            },
        }
    }

    /// Checks a value from a JSON body. The value must have exactly the type of the parameter.
    ///
    /// # Errors
    /// PBS's message about the value.
    pub(crate) fn check_json(&self, name: &str, value: &Value) -> Result<(), ValueError> {
        let about_value = |error: String| (None, error);
        match (self.kind, value) {
            (Kind::String, Value::String(text)) => self.check_text(name, text).map_err(about_value),
            (Kind::String, _) => Err(about_value("Expected string value.".into())),
            (Kind::Boolean, Value::Bool(_)) => Ok(()),
            (Kind::Boolean, _) => Err(about_value("Expected boolean value.".into())),
            (Kind::Integer, _) => match value.as_i64() {
                Some(number) => self.check_integer(number).map_err(about_value),
                None => Err(about_value("Expected integer value.".into())),
            },
            (Kind::Array, Value::Array(elements)) => {
                let Some(items) = &self.items else { return Ok(()) };
                elements.iter().enumerate().try_for_each(|(index, element)| {
                    let result = items.check_json(name, element);
                    result.map_err(|(_, error)| (Some(index), error))
                })
            }
            (Kind::Array, Value::Object(_)) => {
                Err(about_value("Expected array - got object.".into()))
            }
            (Kind::Array, _) => Err(about_value("Expected array - got scalar value.".into())),
        }
    }

    /// Checks the value of a key in a property string, or an element of a list in a text. If the
    /// schema lists the valid texts, PBS does not check the value (recorded).
    pub(super) fn check_part(&self, key: &str, text: &str) -> Result<(), String> {
        match self.choices.is_empty() {
            true => self.value_from_text(key, text).map(drop),
            false => Ok(()),
        }
    }

    fn check_text(&self, name: &str, text: &str) -> Result<(), String> {
        let length = text.chars().count();
        if let Some(min) = self.min_length.filter(|min| length < *min) {
            return Err(format!("value must be at least {min} characters long"));
        }
        if let Some(max) = self.max_length.filter(|max| length > *max) {
            return Err(format!("value may only be {max} characters long"));
        }
        if self.pattern.as_ref().is_some_and(|pattern| !pattern.regex().is_match(text)) {
            return Err("value does not match the regex pattern".into());
        }
        if !self.choices.is_empty() && !self.choices.iter().any(|choice| choice == text) {
            return Err(format!("value '{text}' is not defined in the enumeration."));
        }
        if let Some(format) = &self.format {
            format.check(text)?;
        }
        match self.choices.is_empty() {
            true => checks::check(name, self.typetext.as_deref(), text),
            false => Ok(()),
        }
    }

    fn check_integer(&self, number: i64) -> Result<(), String> {
        if let Some(min) = self.minimum.filter(|min| number < *min) {
            return Err(format!("value must have a minimum value of {min} (got {number})"));
        }
        if let Some(max) = self.maximum.filter(|max| number > *max) {
            return Err(format!("value must have a maximum value of {max} (got {number})"));
        }
        Ok(())
    }

    /// Compiles all patterns of this schema and of the schemas in it, so that a test finds invalid
    /// patterns.
    #[cfg(test)]
    pub(super) fn compile_patterns(&self) {
        if let Some(pattern) = &self.pattern {
            pattern.regex();
        }
        let items = self.items.as_deref();
        items
            .into_iter()
            .chain(self.format.iter().flat_map(PropertyString::schemas))
            .for_each(Self::compile_patterns);
    }
}
