//! Lists of weekdays, for example `mon..fri,sun`.

use crate::pbs::notation::reader::Reader;

/// A set of weekdays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weekdays([bool; 7]);

/// The names of the days from Monday to Sunday. The first three letters of a name are its short
/// form.
const NAMES: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Weekdays {
    /// All weekdays.
    pub(super) const ALL: Self = Self([true; 7]);

    /// Whether the set contains the day with this number. The number of Monday is 0.
    pub(super) fn contains(self, day: usize) -> bool {
        self.0[day]
    }

    /// Reads days and ranges of days, separated by commas. A range such as `sat..mon` can extend
    /// over the end of the week. `unknown_word` is the description of the fault if a word is not a
    /// weekday.
    pub(super) fn read(reader: &mut Reader<'_>, unknown_word: &'static str) -> Option<Self> {
        let mut days = Self([false; 7]);
        days.insert(range(reader, unknown_word)?);
        while let Some(range) = reader.attempt(|reader| {
            reader.skip(",")?;
            range(reader, unknown_word)
        }) {
            days.insert(range);
        }
        Some(days)
    }

    /// Adds the days from `first` to `last`. If `last` is less than `first`, the range extends over
    /// the end of the week.
    fn insert(&mut self, (first, last): (usize, usize)) {
        let mut day = first;
        self.0[day] = true;
        while day != last {
            day = (day + 1) % 7;
            self.0[day] = true;
        }
    }
}

/// Reads a day or a range of days. Returns the numbers of the first and the last day.
fn range(reader: &mut Reader<'_>, unknown_word: &'static str) -> Option<(usize, usize)> {
    let first = day(reader, unknown_word)?;
    let last = reader.attempt(|reader| {
        reader.skip("..")?;
        day(reader, unknown_word)
    });
    Some((first, last.unwrap_or(first)))
}

/// Reads the name of a day. Returns the number of the day.
fn day(reader: &mut Reader<'_>, unknown_word: &'static str) -> Option<usize> {
    let word = reader.word()?.to_ascii_lowercase();
    let day = NAMES.iter().position(|name| word == *name || word == name[..3]);
    match day {
        Some(day) => Some(day),
        None => reader.refuse(unknown_word),
    }
}
