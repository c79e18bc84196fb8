//! Computes when a schedule runs next. A schedule is a calendar event of PBS: a name such as
//! `daily`, or days of the week, a date and a time, for example `mon..fri *-*-1 02:30`. This module
//! supports all forms that PBS accepts, except forms with seconds.

use std::ops::RangeInclusive;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// Number of days that the search for the next event looks ahead. Leap years can be eight years
/// apart, so the next 29 February can be eight years away.
const HORIZON: usize = 366 * 8;

/// The values that one component of an event allows, for example the hours.
struct Component {
    values: Vec<i16>,
}

/// The components of an event.
struct Event {
    weekdays: Component,
    years: Component,
    months: Component,
    days: Component,
    hours: Component,
    minutes: Component,
}

/// The Unix time at which the schedule runs next after `now`. `None` if the schedule never runs, or
/// if it has a form that this module does not know.
pub(crate) fn next_run(schedule: &str, now: u64) -> Option<i64> {
    let event = Event::parse(schedule)?;
    let now = Timestamp::from_second(now.cast_signed()).ok()?;
    let start = TimeZone::UTC.to_datetime(now);
    let mut date = start.date();
    for _ in 0..HORIZON {
        if event.is_on(date) {
            for hour in &event.hours.values {
                for minute in &event.minutes.values {
                    let time = date.at((*hour).try_into().ok()?, (*minute).try_into().ok()?, 0, 0);
                    if time > start {
                        return Some(TimeZone::UTC.to_timestamp(time).ok()?.as_second());
                    }
                }
            }
        }
        date = date.checked_add(1.day()).ok()?;
    }
    None
}

impl Event {
    fn parse(text: &str) -> Option<Self> {
        let text = match text {
            "minutely" => "*:*",
            "hourly" => "*:00",
            "daily" => "00:00",
            "weekly" => "mon 00:00",
            "monthly" => "*-*-1 00:00",
            "quarterly" => "*-1,4,7,10-1 00:00",
            "semiannually" | "semi-annually" => "*-1,7-1 00:00",
            "yearly" | "annually" => "*-1-1 00:00",
            text => text,
        };
        let (mut weekdays, mut date, mut time) = ("*", "*-*-*", "00:00");
        for part in text.split_whitespace() {
            match part {
                part if part.starts_with(|c: char| c.is_ascii_alphabetic()) => weekdays = part,
                part if part.contains('-') => date = part,
                part => time = part,
            }
        }
        let mut date: Vec<&str> = date.split('-').collect();
        if date.len() == 2 {
            date.insert(0, "*");
        }
        let [years, months, days] = date.try_into().ok()?;
        let (hours, minutes) = time.split_once(':').unwrap_or(("*", time));
        Some(Self {
            weekdays: Component::parse(weekdays, 1..=7)?,
            years: Component::parse(years, 1970..=2100)?,
            months: Component::parse(months, 1..=12)?,
            days: Component::parse(days, 1..=31)?,
            hours: Component::parse(hours, 0..=23)?,
            minutes: Component::parse(minutes, 0..=59)?,
        })
    }

    /// Whether the event occurs on this date.
    fn is_on(&self, date: Date) -> bool {
        self.weekdays.contains(date.weekday().to_monday_one_offset())
            && self.years.contains(date.year())
            && self.months.contains(date.month())
            && self.days.contains(date.day())
    }
}

impl Component {
    /// Parses `*`, or a list of numbers, ranges and repetitions: `1`, `1..5`, `0/15`. A range such
    /// as `sat..mon` extends over the end of `range`. `None` if the text has another form, or if a
    /// value is not in `range`.
    fn parse(text: &str, range: RangeInclusive<i16>) -> Option<Self> {
        let mut values = Vec::new();
        for part in text.split(',') {
            let (range_text, step) = match part.split_once('/') {
                Some((range_text, step)) => (range_text, Some(step.parse::<usize>().ok()?)),
                None => (part, None),
            };
            let part_range: RangeInclusive<i16> = match range_text.split_once("..") {
                _ if range_text == "*" => range.clone(),
                Some((first, last)) if number(first)? > number(last)? => {
                    values.extend(*range.start()..=number(last)?);
                    number(first)?..=*range.end()
                }
                Some((first, last)) => number(first)?..=number(last)?,
                None if step.is_some() => number(range_text)?..=*range.end(),
                None => number(range_text)?..=number(range_text)?,
            };
            values.extend(part_range.step_by(step.unwrap_or(1).max(1)));
        }
        values.sort_unstable();
        let is_valid = values.iter().all(|value| range.contains(value));
        is_valid.then_some(Self { values })
    }

    fn contains(&self, value: impl Into<i16>) -> bool {
        self.values.contains(&value.into())
    }
}

/// Parses a number, or the name of a day of the week. The number of Monday is 1.
fn number(text: &str) -> Option<i16> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let day = DAYS.iter().position(|day| text.to_ascii_lowercase().starts_with(day));
    day.map(|day| day as i16 + 1).or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_run_next_as_recorded() {
        // 2026-11-26T21:34:00Z, a Thursday.
        let now = 1_795_728_840;
        for (schedule, next) in [
            ("daily", 1_795_737_600),     // 2026-11-27T00:00:00Z
            ("sat 03:00", 1_795_834_800), // 2026-11-28T03:00:00Z
            ("yearly", 1_798_761_600),    // 2027-01-01T00:00:00Z
        ] {
            assert_eq!(next_run(schedule, now), Some(next), "{schedule}");
        }
    }

    #[test]
    fn lists_ranges_and_repetitions_are_understood() {
        let now = 1_795_728_840;
        for (schedule, next) in [
            ("hourly", "2026-11-26T22:00:00Z"),
            ("*:0/15", "2026-11-26T21:45:00Z"),
            ("mon..wed 2:30", "2026-11-30T02:30:00Z"),
            ("mon,fri 21:00", "2026-11-27T21:00:00Z"),
            ("sat..mon 2:30", "2026-11-28T02:30:00Z"),
            ("fri..mon 2:30", "2026-11-27T02:30:00Z"),
            ("*-2-29 12:00", "2028-02-29T12:00:00Z"),
            ("monthly", "2026-12-01T00:00:00Z"),
        ] {
            let next: Timestamp = next.parse().unwrap();
            assert_eq!(next_run(schedule, now), Some(next.as_second()), "{schedule}");
        }
        for schedule in ["nonsense", "25:00", "2020-1-1 00:00"] {
            assert_eq!(next_run(schedule, now), None, "{schedule}");
        }
    }
}
