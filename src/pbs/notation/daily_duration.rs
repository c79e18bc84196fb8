//! Time frames of a day.

use crate::pbs::{
    Malformed,
    notation::{
        notation_type,
        reader::{HOUR, MINUTE, Reader},
        weekdays::Weekdays,
    },
};

const FORM: &str = "a time frame such as `8-17`, `8:00-17:30` or `mon..fri 8-17`";

notation_type! {
    /// A time frame of a day, `[WEEKDAYS] HOUR[:MINUTE]-HOUR[:MINUTE]`. The end does not belong to
    /// the time frame. Without weekdays, the time frame applies to every day.
    ///
    /// PBS keeps the text as it was written (recorded). Two values are equal if they contain the
    /// same times.
    DailyDuration, Frame, parse
}

#[derive(Clone, PartialEq, Eq)]
struct Frame {
    days: Weekdays,
    start: (u32, u32),
    end: (u32, u32),
}

fn parse(text: &str) -> Result<(String, Frame), Malformed> {
    let mut reader = Reader::new(FORM, text);
    let frame = read(&mut reader);
    let frame = reader.finish(frame)?;
    if frame.start > frame.end {
        return Err(Malformed::rule(FORM, "the end is before the start"));
    }
    // PBS accepts such a text, but no time is in the time frame (read in the source).
    if frame.start == frame.end {
        return Err(Malformed::rule(FORM, "the end is equal to the start"));
    }
    Ok((text.to_owned(), frame))
}

fn read(reader: &mut Reader<'_>) -> Option<Frame> {
    let mut days = Weekdays::ALL;
    if reader.begins_with_a_letter() {
        days = Weekdays::read(reader, "a word is not a weekday such as `mon`")?;
        reader.skip_spaces();
    }
    let start = time_of_day(reader)?;
    reader.skip_spaces();
    reader.skip("-")?;
    reader.skip_spaces();
    Some(Frame { days, start, end: time_of_day(reader)? })
}

fn time_of_day(reader: &mut Reader<'_>) -> Option<(u32, u32)> {
    let hour = reader.number(HOUR)?;
    let minute = reader.attempt(|reader| {
        reader.skip(":")?;
        reader.number(MINUTE)
    });
    Some((hour, minute.unwrap_or(0)))
}
