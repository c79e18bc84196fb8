//! Lists of weekdays, for example `mon..fri,sun`.

use crate::pbs::notation::reader::Reader;

/// A set of weekdays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weekdays([bool; 7]);

/// The names of the days from Monday to Sunday. The first three letters are the short form.
const NAMES: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Weekdays {
    pub(super) const ALL: Self = Self([true; 7]);

    /// Whether the set contains the day. Monday is 0.
    pub(super) fn contains(self, day: usize) -> bool {
        self.0[day]
    }

    /// Reads days and ranges of days, separated by commas. A range such as `sat..mon` can extend
    /// over the end of the week. `unknown` describes the fault that a word is no weekday.
    pub(super) fn read(reader: &mut Reader<'_>, unknown: &'static str) -> Option<Self> {
        let mut days = Self([false; 7]);
        days.insert(range(reader, unknown)?);
        while let Some(range) = reader.attempt(|reader| {
            reader.skip(",")?;
            range(reader, unknown)
        }) {
            days.insert(range);
        }
        Some(days)
    }

    fn insert(&mut self, (first, last): (usize, usize)) {
        let mut day = first;
        self.0[day] = true;
        while day != last {
            day = (day + 1) % 7;
            self.0[day] = true;
        }
    }
}

fn range(reader: &mut Reader<'_>, unknown: &'static str) -> Option<(usize, usize)> {
    let first = day(reader, unknown)?;
    let last = reader.attempt(|reader| {
        reader.skip("..")?;
        day(reader, unknown)
    });
    Some((first, last.unwrap_or(first)))
}

fn day(reader: &mut Reader<'_>, unknown: &'static str) -> Option<usize> {
    let word = reader.word()?.to_ascii_lowercase();
    let day = NAMES.iter().position(|name| word == *name || word == name[..3]);
    match day {
        Some(day) => Some(day),
        None => reader.refuse(unknown),
    }
}
