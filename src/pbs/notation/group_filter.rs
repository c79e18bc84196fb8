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
    /// `regex:REGEX`. If `exclude:` precedes the filter, the filter excludes the groups that it
    /// matches.
    ///
    /// PBS also accepts `include:` before a filter, but stores the filter without `include:` (PBS
    /// 4.2.3, recorded), so this type rejects `include:`. Of the faults that PBS finds in a regular
    /// expression, this type reports only the most frequent ones.
    GroupFilter, String, parse
}

fn parse(text: &str) -> Result<(String, String), Malformed> {
    if text.starts_with("include:") {
        return Err(Malformed::rule(
            FORM,
            "write the filter without `include:`, because PBS removes this word",
        ));
    }
    let filter = text.strip_prefix("exclude:").unwrap_or(text);
    let offset = text.len() - filter.len();
    match filter.split_once(':') {
        Some(("type", group_type)) => check_type(group_type)?,
        Some(("group", group)) => {
            let Some((group_type, id)) = group.split_once('/') else {
                return Err(Malformed::rule(FORM, "a `/` is missing after the type of the group"));
            };
            check_type(group_type)?;
            let offset = offset + "group:".len() + group_type.len() + 1;
            check_plain(FORM, id, offset).map_err(|error| error.of_part("id of the group"))?;
        }
        Some(("regex", regex)) => {
            if let Some(place) = text.chars().position(char::is_control) {
                return Err(Malformed::character(FORM, place + 1));
            }
            // When PBS reads its configuration file, it removes white space at the end of a
            // property (recorded with other properties).
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

/// Checks the type of a backup group.
fn check_type(group_type: &str) -> Result<(), Malformed> {
    match ["vm", "ct", "host"].contains(&group_type) {
        true => Ok(()),
        false => Err(Malformed::rule(FORM, "the type must be `vm`, `ct` or `host`")),
    }
}
