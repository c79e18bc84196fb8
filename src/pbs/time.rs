//! Points in time, written as RFC 3339 timestamps and sent to PBS in Unix seconds.

use crate::pbs::Malformed;
use std::{fmt, str::FromStr};

const FORM: &str = "an RFC 3339 timestamp such as `2030-01-31T12:00:00Z`";

const DAY: i64 = 24 * 60 * 60;

/// A point in time in whole seconds, later than 1970-01-01T00:00:00Z. For PBS, an expiration date
/// of 0 means *never*.
///
/// The parser accepts a timestamp with any offset. `Display` writes the timestamp in UTC. Two
/// timestamps of the same moment are equal, even if their offsets differ. PBS accepts every time up
/// to 2^63-1 seconds (PBS 4.2.3, measured). RFC 3339 has no years after 9999. A later year is
/// therefore written with a plus sign as in ISO 8601, for example `+10000-01-01T00:00:00Z`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(i64);

impl Moment {
    /// The moment at this Unix time, or `None` if the moment is not later than
    /// 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Option<Self> {
        (seconds > 0).then_some(Self(seconds))
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
        let mut parser = Parser { text, index: 0 };
        let year = parser.year()?;
        let [month, day] = [parser.number_after(b"-")?, parser.number_after(b"-")?];
        let [hour, minute] = [parser.number_after(b"Tt")?, parser.number_after(b":")?];
        let second = parser.number_after(b":")?;
        parser.skip_zero_fraction()?;
        let offset = parser.offset()?;
        parser.expect_end()?;
        if !(1..=12).contains(&month)
            || !(1..=days_in_month(year, month)).contains(&day)
            || [(hour, 24), (minute, 60), (second, 60)].iter().any(|(number, end)| number >= end)
        {
            return Err(Malformed::rule(FORM, "the date or time does not exist"));
        }
        let seconds = i128::from(days_since_1970(year, month, day)) * i128::from(DAY)
            + i128::from(hour * 3600 + minute * 60 + second - offset);
        match i64::try_from(seconds) {
            Ok(seconds) => Self::from_unix(seconds)
                .ok_or_else(|| Malformed::rule(FORM, "it must be later than 1970-01-01T00:00:00Z")),
            Err(_) => Err(Malformed::rule(FORM, "PBS cannot store a time that is so late")),
        }
    }
}

/// Reads the parts of a timestamp. All characters before `index` are ASCII characters, so a byte
/// index is also the index of a character.
struct Parser<'a> {
    text: &'a str,
    index: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.index).copied()
    }

    /// The error if the next character, or the end of the text, is not expected at this index.
    fn unexpected(&self) -> Malformed {
        if self.peek().is_some() {
            return Malformed::character(FORM, self.index + 1);
        }
        // A complete date has two hyphens, and a complete time of day has two colons.
        let date = self.text.split(['T', 't']).next().unwrap_or_default();
        let is_complete = |part: &str, separator, digits: usize| {
            let last = part.rsplit(separator).next().unwrap_or_default();
            part.matches(separator).count() == 2 && last.len() >= digits
        };
        match self.text.get(date.len() + 1..) {
            _ if self.text.is_empty() => Malformed::empty(FORM),
            None if is_complete(date, '-', 2) => Malformed::missing(FORM, "time of day"),
            None => Malformed::rule(FORM, "the date is incomplete"),
            Some("") => Malformed::missing(FORM, "time of day"),
            Some(time) if is_complete(time, ':', 2) => {
                Malformed::missing(FORM, "offset from UTC (`Z`, or for example `+02:00`)")
            }
            Some(_) => Malformed::rule(FORM, "the time of day is incomplete"),
        }
    }

    /// Skips the next character and returns it. Fails if the character is not one of `allowed`, or
    /// if there is no further character.
    fn skip(&mut self, allowed: &[u8]) -> Result<u8, Malformed> {
        let next = self.peek().filter(|byte| allowed.contains(byte));
        let next = next.ok_or_else(|| self.unexpected())?;
        self.index += 1;
        Ok(next)
    }

    /// A number with exactly this number of digits.
    fn number(&mut self, digits: usize) -> Result<i64, Malformed> {
        let mut number = 0;
        for _ in 0..digits {
            number = number * 10 + i64::from(self.skip(b"0123456789")? - b'0');
        }
        Ok(number)
    }

    /// Skips one of the separators, and returns the number of two digits that follows it.
    fn number_after(&mut self, separators: &[u8]) -> Result<i64, Malformed> {
        self.skip(separators)?;
        self.number(2)
    }

    /// Four digits, or a plus sign and a number of 5 to 12 digits that does not begin with 0.
    fn year(&mut self) -> Result<i64, Malformed> {
        if self.peek() != Some(b'+') {
            return self.number(4);
        }
        self.index += 1;
        if self.peek() == Some(b'0') {
            return Err(self.unexpected());
        }
        let rest = &self.text.as_bytes()[self.index..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.number(digits.clamp(5, 12))
    }

    /// Skips the fraction of a second, if there is one. Fails if the fraction is not zero.
    fn skip_zero_fraction(&mut self) -> Result<(), Malformed> {
        if self.peek() != Some(b'.') {
            return Ok(());
        }
        self.index += 1;
        self.number(1)?;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.index += 1;
        }
        let fraction = self.text[..self.index].rsplit('.').next().unwrap_or_default();
        match fraction.bytes().all(|byte| byte == b'0') {
            true => Ok(()),
            false => Err(Malformed::rule(FORM, "PBS stores whole seconds; omit the fraction")),
        }
    }

    /// `Z`, or an offset from UTC in hours and minutes. Returns the offset in seconds.
    fn offset(&mut self) -> Result<i64, Malformed> {
        let sign = match self.skip(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Ok(0),
        };
        let (hours, minutes) = (self.number(2)?, self.number_after(b":")?);
        match hours < 24 && minutes < 60 {
            true => Ok(sign * (hours * 3600 + minutes * 60)),
            false => Err(Malformed::rule(FORM, "the offset from UTC does not exist")),
        }
    }

    /// Fails if there is a further character.
    fn expect_end(&self) -> Result<(), Malformed> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.unexpected()),
        }
    }
}

/// The number of days in this month of this year.
pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    let is_leap_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap_year => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days in 400 years, after which the Gregorian calendar repeats.
const DAYS_IN_400_YEARS: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;

/// The number of days from 1970-01-01 to this date. The calculation uses years that begin in March,
/// so that a leap day is the last day of a year.
pub(super) fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + day_of_year - DAYS_TO_1970
}

/// Year, month and day of a date. `days_since_1970`, which is at least 0, is the number of days
/// from 1970-01-01 to the date. The calculation uses years that begin in March, so that a leap day
/// is the last day of a year.
fn date(days_since_1970: i64) -> (i64, i64, i64) {
    let days = days_since_1970 + DAYS_TO_1970;
    // `cycle` counts periods of 400 years, and `day` counts the days of the last period.
    let (cycle, day) = (days / DAYS_IN_400_YEARS, days % DAYS_IN_400_YEARS);
    // Without its leap days, the period has 365 days in each year.
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = match month < 10 {
        true => (year, month + 3),
        false => (year + 1, month - 9),
    };
    (cycle * 400 + year, month, day_of_month)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0 / DAY);
        let second = self.0 % DAY;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let sign = if year > 9999 { "+" } else { "" };
        write!(f, "{sign}{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
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
    use proptest::prelude::*;

    #[test]
    fn timestamps_of_the_same_moment_are_equal() {
        for text in [
            "2030-01-31T12:00:00Z",
            "2030-01-31t12:00:00z",
            "2030-01-31T14:00:00+02:00",
            "2030-01-31T06:30:00-05:30",
            "2030-01-31T12:00:00-00:00",
            "2030-01-31T12:00:00.0Z",
            "2030-01-31T13:30:00.000000000000+01:30",
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
            ("", "the text is empty"),
            ("2030-0", "the date is incomplete"),
            ("2030-01-3", "the date is incomplete"),
            ("2030-01-31T", "the time of day is missing"),
            ("2030-01-31T12:00", "the time of day is incomplete"),
            ("2030-01-31", "the time of day is missing"),
            ("2030-01-31 12:00:00Z", "character 11 "),
            (
                "2030-01-31T12:00:00",
                "the offset from UTC (`Z`, or for example `+02:00`) is missing",
            ),
            ("2030-01-31T12:00:00.5Z", "whole seconds"),
            ("2030-01-31T12:00:00.0005Z", "whole seconds"),
            ("2030-01-31T12:00:00.Z", "character 21 "),
            (
                "2030-01-31T12:00:00.0",
                "the offset from UTC (`Z`, or for example `+02:00`) is missing",
            ),
            ("2030-01-31T12:00:60Z", "does not exist"),
            ("2030-01-31T12:00:00+24:00", "offset from UTC does not exist"),
            ("2030-01-31T12:00:00+02:60", "offset from UTC does not exist"),
            ("2030-01-31T12:00:00+02:00:00", "character 26 "),
            (
                "2030-01-31T12:00:00+02",
                "the offset from UTC (`Z`, or for example `+02:00`) is missing",
            ),
            ("2030-01-31T12:00:00Z[Europe/Vienna]", "character 21 "),
            ("2030-02-30T12:00:00Z", "does not exist"),
            ("2030-00-10T12:00:00Z", "does not exist"),
            ("2030-13-10T12:00:00Z", "does not exist"),
            ("2030-01-00T12:00:00Z", "does not exist"),
            ("2100-02-29T12:00:00Z", "does not exist"),
            ("2030-01-31T24:00:00Z", "does not exist"),
            ("2030-01-31T12:60:00Z", "does not exist"),
            ("1970-01-01T00:00:00Z", "later than 1970"),
            ("1970-01-01T01:00:00+01:00", "later than 1970"),
            ("1969-12-31T23:59:59Z", "later than 1970"),
            ("+002030-01-31T12:00:00Z", "character 2 "),
            ("+2030-01-31T12:00:00Z", "character 6 "),
            ("10000-01-01T00:00:00Z", "character 5 "),
            ("+292277026596-12-04T15:30:08Z", "so late"),
            ("+999999999999-12-31T23:59:59Z", "so late"),
            ("+1000000000000-01-01T00:00:00Z", "character 14 "),
            ("0000-01-01T00:00:00Z", "later than 1970"),
            ("２０30-01-31T12:00:00Z", "character 1 "),
        ] {
            let error =
                text.parse::<Moment>().map_or_else(|error| error.to_string(), |m| m.to_string());
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }

    #[test]
    fn every_expiration_time_that_pbs_accepts_can_be_written_and_parsed() {
        for (text, seconds) in [
            ("1970-01-01T00:00:01Z", 1),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("2400-02-29T23:59:59Z", 13_574_649_599),
            ("9999-12-30T22:00:01Z", 253_402_207_201),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("+10000-01-01T00:00:00Z", 253_402_300_800),
            ("+292277026596-12-04T15:30:07Z", i64::MAX),
        ] {
            let moment: Moment = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(moment.unix(), seconds, "{text}");
            assert_eq!(moment.to_string(), text);
        }
        assert_eq!(Moment::from_unix(0), None);
        assert_eq!(Moment::from_unix(i64::MIN), None);
    }

    proptest! {
        #[test]
        fn a_moment_is_written_as_jiff_writes_it_and_parsed_again(
            seconds in prop_oneof![1..253_402_207_200_i64, 1..=i64::MAX],
        ) {
            let moment = Moment::from_unix(seconds).unwrap();
            prop_assert_eq!(moment.to_string().parse(), Ok(moment));
            if let Ok(time) = jiff::Timestamp::from_second(seconds) {
                prop_assert_eq!(moment.to_string(), time.to_string());
            }
        }
    }
}
