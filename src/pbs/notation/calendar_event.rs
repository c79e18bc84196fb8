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
    /// day `[HOUR:]MINUTE[:SECOND]`. At least one of these parts is needed. `UTC` at the end means
    /// that the times are not local times. Each number can be a list of numbers, of ranges
    /// (`8..17`) and of repetitions (`0/15`), or `*`. The whole text can also be a name such as
    /// `daily`.
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

/// Accepts the texts that PBS accepts (read in the source), except for these:
///
/// - `25:00` and similar texts. PBS accepts them (recorded), since the hour can be omitted. PBS
///   reads the numbers as minute and second, and runs the job each hour.
/// - schedules for dates that do not exist, such as `*-02-30`. PBS never runs them. Dates before
///   2000 are over, and also count as dates that do not exist.
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
    match reader.finish(dates)?.exist() {
        true => Ok(()),
        false => Err(Malformed::rule(FORM, "PBS never runs it, since no such date exists")),
    }
}

/// A number, a range or a repetition.
struct Item {
    start: u32,
    end: u32,
    step: u32,
}

impl Item {
    fn contains(&self, number: u32) -> bool {
        (self.start..=self.end).contains(&number) && (number - self.start).is_multiple_of(self.step)
    }
}

/// The dates on which an event occurs. An empty list means every year, month or day.
struct Dates {
    weekdays: Weekdays,
    years: Vec<Item>,
    months: Vec<Item>,
    days: Vec<Item>,
}

impl Dates {
    fn exist(&self) -> bool {
        let is_any = self.years.is_empty() && self.months.is_empty() && self.days.is_empty();
        is_any || (2000..YEAR.end).any(|year| contains(&self.years, year) && self.exist_in(year))
    }

    fn exist_in(&self, year: u32) -> bool {
        let months = (1..MONTH.end).filter(|month| contains(&self.months, *month));
        let mut dates = months.flat_map(|month| (1..DAY.end).map(move |day| (month, day)));
        dates.any(|(month, day)| contains(&self.days, day) && self.is_date(year, month, day))
    }

    /// Whether the date exists and is one of the weekdays.
    fn is_date(&self, year: u32, month: u32, day: u32) -> bool {
        let [year, month, day] = [year, month, day].map(i64::from);
        // 1970-01-01 was a Thursday.
        let weekday = (days_since_1970(year, month, day) + 3).rem_euclid(7) as usize;
        day <= days_in_month(year, month) && self.weekdays.contains(weekday)
    }
}

fn contains(list: &[Item], number: u32) -> bool {
    list.is_empty() || list.iter().any(|item| item.contains(number))
}

fn dates_of_event(reader: &mut Reader<'_>) -> Option<Dates> {
    const UNKNOWN: &str =
        "a word is neither a weekday such as `mon`, nor the name of a schedule such as `daily`";
    let weekdays = match reader.begins_with_a_letter() {
        true => Some(Weekdays::read(reader, UNKNOWN)?),
        false => None,
    };
    if weekdays.is_some() {
        reader.skip_spaces();
    }
    // Without this condition, the error about `99:00` would say that a date is incomplete.
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

fn time_of_day(reader: &mut Reader<'_>) -> Option<()> {
    let hours = reader.attempt(|reader| {
        list(reader, HOUR)?;
        reader.skip(":")
    });
    list(reader, MINUTE)?;
    if hours.is_none() && reader.rest().starts_with(':') {
        return reader.refuse(
            "a number before the first `:` is too large for an hour. PBS would read the text as \
             minutes and seconds of every hour. If that is intended, write `*:` before it",
        );
    }
    reader.attempt(|reader| {
        reader.skip(":")?;
        list(reader, MINUTE)
    });
    Some(())
}

/// A list of items, or `*`, for which the list is empty.
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
            0 => Item { start, end: start, step: 1 },
            step => Item { start, end: end.unwrap_or(u32::MAX), step },
        });
    }
    Some(Item { start, end: end.unwrap_or(start), step: 1 })
}
