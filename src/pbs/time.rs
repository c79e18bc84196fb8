//! Points in time, written as RFC 3339 timestamps and sent to PBS in Unix seconds.

use crate::pbs::Malformed;
use std::{fmt, str::FromStr};

const FORM: &str = "an RFC 3339 timestamp such as `2030-01-31T12:00:00Z`";

/// A point in time in whole seconds, later than 1970-01-01T00:00:00Z. PBS interprets 0 as *never*.
///
/// The parser accepts a timestamp with any offset. `Display` writes the timestamp in UTC. Two
/// timestamps of the same moment are equal, even if their offsets differ.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(i64);

impl Moment {
    /// The moment at this Unix time, or `None` if it is not later than 1970-01-01T00:00:00Z or is
    /// later than the year 9999.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Option<Self> {
        (seconds > 0 && jiff::Timestamp::from_second(seconds).is_ok()).then_some(Self(seconds))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0
    }
}

impl FromStr for Moment {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        check_form(text)?;
        let time: jiff::Timestamp =
            text.parse().map_err(|_| Malformed::rule(FORM, "the date or time does not exist"))?;
        Self::from_unix(time.as_second())
            .ok_or_else(|| Malformed::rule(FORM, "it must be later than 1970-01-01T00:00:00Z"))
    }
}

/// Checks the form of an RFC 3339 timestamp. The parser of `jiff` alone would accept more: a space
/// instead of the `T`, offsets with seconds, a leap second, and a time zone in brackets.
fn check_form(text: &str) -> Result<(), Malformed> {
    let bytes = text.as_bytes();
    // In a pattern, `0` stands for any digit.
    let matches = |index: usize, pattern: u8, byte: u8| match pattern {
        // Index 17 is the first digit of the seconds.
        b'0' if index == 17 => byte.is_ascii_digit() && byte < b'6',
        b'0' => byte.is_ascii_digit(),
        b'T' => byte.eq_ignore_ascii_case(&b'T'),
        _ => byte == pattern,
    };
    let mismatch = |start: usize, pattern: &[u8]| {
        (start..start + pattern.len())
            .find(|&i| bytes.get(i).is_none_or(|&byte| !matches(i, pattern[i - start], byte)))
            .map(|i| i + 1)
    };
    let date_time = b"0000-00-00T00:00:00";
    if let Some(place) = mismatch(0, date_time) {
        return Err(Malformed::character(FORM, text, place));
    }
    let end = date_time.len();
    let length = match bytes.get(end) {
        Some(b'Z' | b'z') => end + 1,
        Some(b'+' | b'-') => match mismatch(end + 1, b"00:00") {
            Some(place) => return Err(Malformed::character(FORM, text, place)),
            None => end + 6,
        },
        Some(b'.') => {
            return Err(Malformed::rule(FORM, "PBS stores whole seconds; omit the fraction"));
        }
        _ => return Err(Malformed::character(FORM, text, end + 1)),
    };
    match bytes.len() > length {
        true => Err(Malformed::character(FORM, text, length + 1)),
        false => Ok(()),
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The constructors accept only valid timestamps.
        let time = jiff::Timestamp::from_second(self.0).unwrap_or_default();
        write!(f, "{time}")
    }
}

impl TryFrom<String> for Moment {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_of_the_same_moment_are_equal() {
        for text in [
            "2030-01-31T12:00:00Z",
            "2030-01-31t12:00:00z",
            "2030-01-31T14:00:00+02:00",
            "2030-01-31T06:30:00-05:30",
            "2030-01-31T12:00:00-00:00",
        ] {
            let moment: Moment = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(
                (moment.unix(), moment.to_string().as_str()),
                (1_896_091_200, "2030-01-31T12:00:00Z")
            );
        }
    }

    #[test]
    fn an_invalid_timestamp_is_rejected_with_the_position_or_the_fault() {
        for (text, expected) in [
            ("", "ends too early"),
            ("2030-01-31", "ends too early"),
            ("2030-01-31 12:00:00Z", "character 11 "),
            ("2030-01-31T12:00:00", "ends too early"),
            ("2030-01-31T12:00:00.5Z", "whole seconds"),
            ("2030-01-31T12:00:60Z", "character 18 "),
            ("2030-01-31T12:00:00+02:00:00", "character 26 "),
            ("2030-01-31T12:00:00+02", "ends too early"),
            ("2030-01-31T12:00:00Z[Europe/Vienna]", "character 21 "),
            ("2030-02-30T12:00:00Z", "does not exist"),
            ("2030-01-31T25:00:00Z", "does not exist"),
            ("1970-01-01T00:00:00Z", "later than 1970"),
            ("1970-01-01T01:00:00+01:00", "later than 1970"),
            ("1969-12-31T23:59:59Z", "later than 1970"),
            ("+002030-01-31T12:00:00Z", "character 1 "),
            ("２０30-01-31T12:00:00Z", "character 1 "),
        ] {
            let error =
                text.parse::<Moment>().map_or_else(|error| error.to_string(), |m| m.to_string());
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
