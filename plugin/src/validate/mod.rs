//! Validation of a configuration against its schema, as pure functions. Core itself checks that
//! required arguments are set and that values have the right type. This module does not repeat
//! these checks.

use crate::{
    diagnostic::{Diagnostic, sentence},
    path::{Path, Step},
    schema::{Attribute, Check, Kind, Nesting, Schema},
    value::Value,
};
use std::ops::RangeInclusive;

/// All errors in a configuration.
///
/// The content of an unknown value is not checked, but its attribute counts as set. It is an error
/// to set a read-only attribute. If `write_only_allowed` is false, core does not support write-only
/// attributes. It is then an error to set a write-only attribute.
pub(crate) fn errors(schema: &Schema, config: &Value, write_only_allowed: bool) -> Vec<Diagnostic> {
    let mut validation = Validation { write_only_allowed, errors: Vec::new() };
    validation.object(&schema.attributes, config, &Path::root());
    validation.errors
}

impl Attribute {
    /// The strings to which validation restricts the value.
    pub fn choices(&self) -> Option<&'static [&'static str]> {
        self.checks.iter().find_map(|check| match check {
            Check::OneOf(choices) => Some(*choices),
            _ => None,
        })
    }

    /// The range to which validation restricts the number.
    pub fn range(&self) -> Option<&RangeInclusive<i64>> {
        self.checks.iter().find_map(|check| match check {
            Check::Integer(range) => Some(range),
            _ => None,
        })
    }

    /// Whether validation accepts this known value.
    pub fn accepts(&self, value: &Value) -> bool {
        let mut validation = Validation { write_only_allowed: true, errors: Vec::new() };
        validation.attribute(self, value, &Path::root());
        validation.errors.is_empty()
    }
}

/// The errors that were found so far in a configuration.
struct Validation {
    write_only_allowed: bool,
    errors: Vec<Diagnostic>,
}

impl Validation {
    fn object(&mut self, attributes: &[Attribute], config: &Value, path: &Path) {
        for attribute in attributes {
            match config.get(&attribute.name) {
                None | Some(Value::Null) => {}
                Some(value) => {
                    self.attribute(attribute, value, &path.clone().attribute(&*attribute.name));
                }
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute, value: &Value, path: &Path) {
        if !attribute.required && !attribute.optional {
            return self.add(
                "Read-only attribute",
                "Only the provider can set this attribute. Remove the attribute from the configuration.",
                path,
            );
        }
        if attribute.write_only && !self.write_only_allowed {
            return self.add(
                "Write-only attribute needs a newer client",
                "Write-only attributes need Terraform 1.11 or OpenTofu 1.11. Upgrade, or remove this \
                 attribute from the configuration.",
                path,
            );
        }
        match &attribute.kind {
            Kind::Nested(nesting, inner) => self.nested(*nesting, inner, value, path),
            Kind::Plain(_) => {
                self.plain(attribute, value, path);
            }
        }
    }

    fn plain(&mut self, attribute: &Attribute, value: &Value, path: &Path) {
        if let Some(text) = value.as_str()
            && text.trim() != text
            && !attribute.verbatim
        {
            self.add(
                &format!("Invalid {path}"),
                "The value begins or ends with white space, which is not allowed. Remove the white space.",
                path,
            );
            return;
        }
        // A value that is semantically equal to null is not checked. For an attribute with
        // `blank_is_none`, for example, an empty string is semantically equal to null.
        if !attribute.semantically_equal(&Value::Null, value) {
            for check in &attribute.checks {
                self.check(check, value, path);
            }
        }
        match value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.element(attribute, item, &path.clone().step(Step::index(index)));
                }
            }
            // The path of a set's element cannot be expressed, because the element has no index.
            Value::Set(items) => {
                for item in items {
                    self.element(attribute, item, path);
                }
            }
            _ => {}
        }
    }

    /// Checks an element of a list or set.
    fn element(&mut self, attribute: &Attribute, value: &Value, path: &Path) {
        match value {
            Value::Null => self.add(
                &format!("Invalid {path}"),
                "An element is null. Remove the element, or give it a value.",
                path,
            ),
            value => self.plain(attribute, value, path),
        }
    }

    fn nested(&mut self, nesting: Nesting, inner: &[Attribute], value: &Value, path: &Path) {
        match (nesting, value) {
            (Nesting::Single, value) => self.object(inner, value, path),
            (_, Value::List(items) | Value::Set(items)) => {
                for (index, item) in items.iter().enumerate() {
                    // The path of a set's element cannot be expressed, because the element has no
                    // index.
                    let path = match nesting {
                        Nesting::Set => path.clone(),
                        _ => path.clone().step(Step::index(index)),
                    };
                    self.object(inner, item, &path);
                }
            }
            (_, Value::Map(items)) => {
                for (key, item) in items {
                    self.object(inner, item, &path.clone().key(key));
                }
            }
            _ => {}
        }
    }

    fn check(&mut self, check: &Check, value: &Value, path: &Path) {
        let invalid = format!("Invalid {path}");
        match (check, value) {
            (Check::Text(check), Value::String(text)) => {
                if let Err(reason) = check(text) {
                    self.add(&invalid, &reason, path);
                }
            }
            (Check::Integer(range), Value::Number(number))
                if number.to_i64().is_none_or(|number| !range.contains(&number)) =>
            {
                let (minimum, maximum) = (range.start(), range.end());
                let reason = match *maximum {
                    i64::MAX => format!("The value must be a whole number of at least {minimum}."),
                    _ => format!("The value must be a whole number from {minimum} to {maximum}."),
                };
                self.add(&invalid, &reason, path);
            }
            (Check::OneOf(choices), Value::String(text)) if !choices.contains(&text.as_str()) => {
                let choices: Vec<_> = choices.iter().map(|choice| format!("`{choice}`")).collect();
                let reason = format!("The value must be one of {}.", choices.join(", "));
                self.add(&invalid, &reason, path);
            }
            (Check::NotEmpty, Value::List(_) | Value::Set(_) | Value::Map(_))
                if value.is_empty() =>
            {
                self.add(&invalid, "At least one element is required.", path);
            }
            _ => {}
        }
    }

    fn add(&mut self, summary: &str, detail: &str, path: &Path) {
        self.errors
            .push(Diagnostic::error(summary, sentence(detail.to_owned())).at_path(path.clone()));
    }
}

#[cfg(test)]
mod tests;
