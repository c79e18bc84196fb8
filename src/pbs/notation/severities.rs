//! Severities of notifications.

use crate::pbs::{Malformed, notation::notation_type};

const FORM: &str =
    "severities separated by commas (`info`, `notice`, `warning`, `error` and `unknown`)";

/// The severities that PBS knows (PBS 4.2.3, recorded).
const SEVERITIES: [&str; 5] = ["info", "notice", "warning", "error", "unknown"];

notation_type! {
    /// One or more severities, separated by commas, for example `warning,error`. A notification
    /// matches if its severity is in this list. The order of the severities has no meaning. Like
    /// PBS (recorded), `Display` removes spaces around each severity.
    Severities, [bool; SEVERITIES.len()], parse
}

impl Severities {
    /// Whether at least one severity is in every list.
    #[must_use]
    pub fn have_one_in_common(lists: &[Self]) -> bool {
        (0..SEVERITIES.len()).any(|index| lists.iter().all(|list| list.meaning[index]))
    }
}

fn parse(text: &str) -> Result<(String, [bool; SEVERITIES.len()]), Malformed> {
    if text.is_empty() {
        return Err(Malformed::empty(FORM));
    }
    let mut is_listed = [false; SEVERITIES.len()];
    let mut severities = Vec::new();
    for severity in text.split(',').map(str::trim) {
        match SEVERITIES.iter().position(|known| *known == severity) {
            Some(index) => is_listed[index] = true,
            None if severity.is_empty() => return Err(Malformed::missing(FORM, "severity")),
            None => return Err(Malformed::rule(FORM, "a severity is unknown")),
        }
        severities.push(severity);
    }
    Ok((severities.join(","), is_listed))
}
