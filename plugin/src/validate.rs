//! What is wrong with a configuration, from its schema alone: pure functions.
//! What core checks itself (required arguments, types) is not checked again.

use super::{
    diagnostic::{Diagnostic, sentence},
    path::{Path, Step},
    schema::{Attribute, Check, Kind, Nesting, Schema},
    value::Value,
};

/// Everything that is wrong with `config`. No unknown value is wrong; it may stand where
/// none may, as with a client that knows no write-only attributes.
pub(super) fn complaints(
    schema: &Schema,
    config: &Value,
    write_only_allowed: bool,
) -> Vec<Diagnostic> {
    let mut found = Complaints { write_only_allowed, list: Vec::new() };
    found.object(&schema.attributes, config, &Path::root());
    found.list
}

struct Complaints {
    write_only_allowed: bool,
    list: Vec<Diagnostic>,
}

impl Complaints {
    fn object(&mut self, attributes: &[Attribute], config: &Value, path: &Path) {
        for attribute in attributes {
            match config.get(attribute.name) {
                None | Some(Value::Null) => {}
                Some(value) => {
                    self.attribute(attribute, value, &path.clone().attribute(attribute.name));
                }
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute, value: &Value, path: &Path) {
        if !attribute.required && !attribute.optional {
            return self.add(
                "Read-only attribute",
                "Only the provider sets it: remove it here.",
                path,
            );
        }
        if attribute.write_only && !self.write_only_allowed {
            return self.add(
                "Write-only attribute needs a newer client",
                "Write-only attributes need Terraform 1.11 or OpenTofu 1.11. Upgrade, or leave this \
                 attribute out.",
                path,
            );
        }
        match &attribute.kind {
            Kind::Nested(nesting, inner) => self.nested(*nesting, inner, value, path),
            Kind::Plain(_) => {
                if let Some(text) = value.as_str()
                    && text.trim() != text
                    && !attribute.verbatim
                {
                    self.add(
                        &format!("Invalid {path}"),
                        "White space at its beginning or end is not allowed: remove it.",
                        path,
                    );
                } else if !attribute.means_the_same(&Value::Null, value) {
                    // What says nothing need not be well-formed.
                    for check in &attribute.checks {
                        self.check(check, value, path);
                    }
                }
            }
        }
    }

    fn nested(&mut self, nesting: Nesting, inner: &[Attribute], value: &Value, path: &Path) {
        match (nesting, value) {
            (Nesting::Single, value) => self.object(inner, value, path),
            (_, Value::List(items) | Value::Set(items)) => {
                for (index, item) in items.iter().enumerate() {
                    // A member of a set has no address of its own.
                    let path = match nesting {
                        Nesting::Set => path.clone(),
                        _ => path.clone().step(Step::at(index)),
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
                let (least, most) = (range.start(), range.end());
                let reason = match *most {
                    i64::MAX => format!("It must be a whole number of at least {least}."),
                    _ => format!("It must be a whole number from {least} to {most}."),
                };
                self.add(&invalid, &reason, path);
            }
            _ => {}
        }
    }

    fn add(&mut self, summary: &str, detail: &str, path: &Path) {
        self.list
            .push(Diagnostic::error(summary, sentence(detail.to_owned())).at_path(path.clone()));
    }
}

#[cfg(test)]
mod tests;
