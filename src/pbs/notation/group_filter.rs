//! Filters for backup groups.

use crate::pbs::{
    Malformed,
    id::check_plain,
    notation::{notation_type, regex_syntax},
};

const FORM: &str = "a filter for backup groups, `type:TYPE`, `group:TYPE/ID` or `regex:REGEX`, \
                    possibly after `exclude:`";

notation_type! {
    /// A filter for backup groups: `type:vm`, `type:ct`, `type:host`, `group:TYPE/ID` or
    /// `regex:REGEX`. With `exclude:` before it, a filter excludes the groups that it matches.
    ///
    /// PBS also accepts `include:` before a filter, but removes it (PBS 4.2.3, recorded), so this
    /// type rejects such a text. PBS also checks the regular expression. This type reports only its
    /// most frequent faults.
    GroupFilter, String, parse
}

fn parse(text: &str) -> Result<(String, String), Malformed> {
    if text.starts_with("include:") {
        return Err(Malformed::rule(FORM, "PBS removes `include:`, so leave it out"));
    }
    let filter = text.strip_prefix("exclude:").unwrap_or(text);
    let before = text.len() - filter.len();
    match filter.split_once(':') {
        Some(("type", kind)) => check_type(kind)?,
        Some(("group", group)) => {
            let Some((kind, id)) = group.split_once('/') else {
                return Err(Malformed::rule(FORM, "a `/` is missing after the type of the group"));
            };
            check_type(kind)?;
            let before = before + "group:".len() + kind.len() + 1;
            check_plain(FORM, id, before).map_err(|error| error.of_part("id of the group"))?;
        }
        Some(("regex", regex)) => {
            if let Some(place) = text.chars().position(char::is_control) {
                return Err(Malformed::character(FORM, place + 1));
            }
            // PBS removes white space at the end of a property when it reads its configuration file
            // (recorded for other properties).
            if regex.trim_end() != regex {
                return Err(Malformed::rule(FORM, "the text ends with white space"));
            }
            regex_syntax::check(regex).map_err(|rule| Malformed::rule(FORM, rule))?;
        }
        _ if text.is_empty() => return Err(Malformed::empty(FORM)),
        _ => return Err(Malformed::rule(FORM, "`type:`, `group:` or `regex:` is missing")),
    }
    Ok((text.to_owned(), text.to_owned()))
}

fn check_type(kind: &str) -> Result<(), Malformed> {
    match ["vm", "ct", "host"].contains(&kind) {
        true => Ok(()),
        false => Err(Malformed::rule(FORM, "the type is neither `vm`, `ct` nor `host`")),
    }
}
