//! Conditions on the fields of notifications.

use crate::pbs::{
    Malformed,
    id::check_plain,
    notation::{notation_type, regex_syntax},
};
use std::collections::BTreeSet;

const FORM: &str =
    "a condition on a field, `exact:FIELD=VALUE`, `exact:FIELD=VALUE,VALUE` or `regex:FIELD=REGEX`";

notation_type! {
    /// A condition on a field of a notification: `exact:FIELD=VALUE`, `exact:FIELD=VALUE,VALUE` or
    /// `regex:FIELD=REGEX`. The order of the values has no meaning. Like PBS (read in the source),
    /// `Display` removes white space around each value.
    ///
    /// Of the faults that PBS finds in a regular expression, this type reports only the most
    /// frequent ones.
    MatchField, Condition, parse
}

#[derive(Clone, PartialEq, Eq)]
enum Condition {
    /// The field has one of the values.
    Exact { field: String, values: BTreeSet<String> },
    /// The value of the field matches the regular expression.
    Regex { field: String, regex: String },
}

fn parse(text: &str) -> Result<(String, Condition), Malformed> {
    const PREFIXES: [&str; 2] = ["exact:", "regex:"];
    let prefix = PREFIXES.into_iter().find(|prefix| text.starts_with(prefix));
    let Some(prefix) = prefix else {
        return Err(match text {
            "" => Malformed::empty(FORM),
            _ => Malformed::rule(FORM, "the text must begin with `exact:` or `regex:`"),
        });
    };
    let (field, value) = match text[prefix.len()..].split_once('=') {
        Some(parts) => parts,
        None => return Err(Malformed::rule(FORM, "a `=` is missing after the field")),
    };
    check_plain(FORM, field, prefix.len()).map_err(|error| error.of_part("field"))?;
    let offset = prefix.len() + field.len() + 1;
    if let Some(place) = value.chars().position(char::is_control) {
        return Err(Malformed::character(FORM, offset + place + 1));
    }
    if prefix == "exact:" {
        let values: Vec<_> = value.split(',').map(str::trim).collect();
        let text = format!("exact:{field}={}", values.join(","));
        let values = values.into_iter().map(String::from).collect();
        return Ok((text, Condition::Exact { field: field.to_owned(), values }));
    }
    // When PBS reads its configuration file, it removes white space at the end of a property
    // (recorded with other properties).
    if value.trim_end() != value {
        return Err(Malformed::rule(FORM, "the text ends with white space"));
    }
    regex_syntax::check(value).map_err(|rule| Malformed::rule(FORM, rule))?;
    let condition = Condition::Regex { field: field.to_owned(), regex: value.to_owned() };
    Ok((text.to_owned(), condition))
}
