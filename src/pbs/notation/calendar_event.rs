//! Schedules.

use crate::pbs::{
    Malformed,
    id::name_type,
    notation::{
        reader::{HOUR, MINUTE, Reader, Unit},
        weekdays::Weekdays,
    },
    time::{days_in_month, days_since_1970},
};

const FORM: &str = "a schedule such as `daily`, `02:30`, `mon..fri 8..17:0/15` or `*-*-01 03:00`";

name_type! {
    /// The times at which PBS starts a job, a garbage collection or another task. The form is
    /// similar to the calendar events of systemd: weekdays, a date `[YEAR-]MONTH-DAY` and a time of
    /// day `[HOUR:]MINUTE[:SECOND]`. At least one of these parts is needed. If the text ends with
    /// `UTC`, the time of day is in UTC, and otherwise in local time. In place of each number, the
    /// text can contain `*`, or a list of numbers, ranges (`8..17`) and repetitions (`0/15`). The
    /// whole text can also be a name such as `daily`.
    ///
    /// PBS keeps the text as it was written (recorded), so two values are equal if their texts are
    /// equal.
    CalendarEvent, check
}

/// The names of schedules that PBS knows (read in the source). They are case-sensitive.
const NAMES: [&str; 10] = [
    "minutely",
    "hourly",
    "daily",
    "weekly",
    "monthly",
    "quarterly",
    "semiannually",
    "semi-annually",
    "yearly",
    "annually",
];

const YEAR: Unit = Unit { first: 0, end: 2200, too_large: "a year is greater than 2199" };
const MONTH: Unit = Unit { first: 1, end: 13, too_large: "a month is greater than 12" };
const DAY: Unit = Unit { first: 1, end: 32, too_large: "a day is greater than 31" };

/// Accepts the texts that PBS accepts (read in the source), with two exceptions:
///
/// - times with an hour that is too large, for example `25:00`. PBS accepts `25:00` (recorded),
///   because the hour can be omitted: PBS reads 25 as the minute and 00 as the second, and runs the
///   job each hour.
/// - schedules for dates that do not exist, for example `*-02-30`. PBS never runs such a job. A
///   date before 2000 counts as a date that does not exist, because such a date is over.
fn check(text: &str) -> Result<(), Malformed> {
    let event = text.strip_suffix("UTC").map_or(text, |event| event.trim_end_matches(' '));
    if NAMES.contains(&event) {
        return Ok(());
    }
    if event.is_empty() && !text.is_empty() {
        return Err(Malformed::missing(FORM, "date or time of day"));
    }
    let mut reader = Reader::new(FORM, event);
    let dates = dates_of_event(&mut reader);
    match reader.finish(dates)?.can_occur() {
        true => Ok(()),
        false => {
            Err(Malformed::rule(FORM, "PBS never runs this schedule, because no such date exists"))
        }
    }
}

/// An item of a list in a schedule: a number, a range or a repetition. It contains every number
/// from `start` to `end` whose distance from `start` is a multiple of `step`.
struct Item {
    start: u32,
    end: u32,
    step: u32,
}

impl Item {
    /// Whether the number is one of the numbers of the item.
    fn contains(&self, number: u32) -> bool {
        (self.start..=self.end).contains(&number) && (number - self.start).is_multiple_of(self.step)
    }
}

/// The dates on which an event occurs. An empty list contains every year, month or day.
struct Dates {
    weekdays: Weekdays,
    years: Vec<Item>,
    months: Vec<Item>,
    days: Vec<Item>,
}

impl Dates {
    /// Whether at least one of the dates exists.
    fn can_occur(&self) -> bool {
        let is_every_day = self.years.is_empty() && self.months.is_empty() && self.days.is_empty();
        is_every_day
            || (2000..YEAR.end).any(|year| contains(&self.years, year) && self.can_occur_in(year))
    }

    /// Whether at least one of the dates exists in this year.
    fn can_occur_in(&self, year: u32) -> bool {
        let months = (1..MONTH.end).filter(|month| contains(&self.months, *month));
        let mut dates = months.flat_map(|month| (1..DAY.end).map(move |day| (month, day)));
        dates.any(|(month, day)| contains(&self.days, day) && self.is_date(year, month, day))
    }

    /// Whether the date exists, and its weekday is one of the weekdays of the event.
    fn is_date(&self, year: u32, month: u32, day: u32) -> bool {
        let [year, month, day] = [year, month, day].map(i64::from);
        // 1970-01-01 was a Thursday.
        let weekday = (days_since_1970(year, month, day) + 3).rem_euclid(7) as usize;
        day <= days_in_month(year, month) && self.weekdays.contains(weekday)
    }
}

/// Whether an item of the list contains the number. An empty list contains every number.
fn contains(list: &[Item], number: u32) -> bool {
    list.is_empty() || list.iter().any(|item| item.contains(number))
}

/// Reads a schedule that is not a name, and returns the dates on which it occurs.
fn dates_of_event(reader: &mut Reader<'_>) -> Option<Dates> {
    const UNKNOWN_WORD: &str =
        "a word is neither a weekday such as `mon`, nor the name of a schedule such as `daily`";
    let weekdays = match reader.begins_with_a_letter() {
        true => Some(Weekdays::read(reader, UNKNOWN_WORD)?),
        false => None,
    };
    if weekdays.is_some() {
        reader.skip_spaces();
    }
    // Without the search for `-`, the error about `99:00` would say that a date is incomplete.
    let date = match reader.rest().contains('-') {
        true => reader.attempt(date),
        false => None,
    };
    if date.is_some() {
        reader.skip_spaces();
    }
    let time = reader.attempt(time_of_day);
    if weekdays.is_none() && date.is_none() {
        time?;
    }
    let (years, months, days) = date.unwrap_or_default();
    Some(Dates { weekdays: weekdays.unwrap_or(Weekdays::ALL), years, months, days })
}

/// Years, months and days. The years can be omitted.
type Date = (Vec<Item>, Vec<Item>, Vec<Item>);

/// Reads a date, `[YEAR-]MONTH-DAY`.
fn date(reader: &mut Reader<'_>) -> Option<Date> {
    let with_year = reader.attempt(|reader| {
        let years = list(reader, YEAR)?;
        reader.skip("-")?;
        let months = list(reader, MONTH)?;
        reader.skip("-")?;
        Some((years, months, list(reader, DAY)?))
    });
    with_year.or_else(|| {
        let months = list(reader, MONTH)?;
        reader.skip("-")?;
        Some((Vec::new(), months, list(reader, DAY)?))
    })
}

/// Reads a time of day, `[HOUR:]MINUTE[:SECOND]`.
fn time_of_day(reader: &mut Reader<'_>) -> Option<()> {
    let hours = reader.attempt(|reader| {
        list(reader, HOUR)?;
        reader.skip(":")
    });
    list(reader, MINUTE)?;
    if hours.is_none() && reader.rest().starts_with(':') {
        return reader.refuse(
            "a number before the first `:` is too large for an hour. PBS would read the text as \
             minutes and seconds of every hour. If you intend this, write `*:` before the number",
        );
    }
    reader.attempt(|reader| {
        reader.skip(":")?;
        list(reader, MINUTE)
    });
    Some(())
}

/// Reads a list of items, or `*`. For `*`, the returned list is empty.
fn list(reader: &mut Reader<'_>, unit: Unit) -> Option<Vec<Item>> {
    if reader.attempt(|reader| reader.skip("*")).is_some() {
        if reader.attempt(|reader| reader.skip("/")).is_none() {
            return Some(Vec::new());
        }
        return match reader.number(unit)? {
            0 => reader.refuse("a repetition must not be 0"),
            step => Some(vec![Item { start: unit.first, end: u32::MAX, step }]),
        };
    }
    let mut items = vec![item(reader, unit)?];
    while let Some(item) = reader.attempt(|reader| {
        reader.skip(",")?;
        item(reader, unit)
    }) {
        items.push(item);
    }
    Some(items)
}

/// Reads a number, a range or a repetition.
fn item(reader: &mut Reader<'_>, unit: Unit) -> Option<Item> {
    let start = reader.number(unit)?;
    let end = reader.attempt(|reader| {
        reader.skip("..")?;
        reader.number(unit)
    });
    if end.is_some_and(|end| end < start) {
        return reader.refuse("the end of a range is less than its start");
    }
    if reader.attempt(|reader| reader.skip("/")).is_some() {
        return Some(match reader.number(unit)? {
            // A repetition of 0 contains only its first number.
            0 => Item { start, end: start, step: 1 },
            step => Item { start, end: end.unwrap_or(u32::MAX), step },
        });
    }
    Some(Item { start, end: end.unwrap_or(start), step: 1 })
}
