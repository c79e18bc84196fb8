//! Time frames that repeat every day or on some weekdays.

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
    /// A time frame, `[WEEKDAYS] HOUR[:MINUTE]-HOUR[:MINUTE]`. It contains the start, but not the
    /// end. Without weekdays, the time frame applies to every day.
    ///
    /// PBS keeps the text as it was written (recorded). Two values are equal if they contain the
    /// same times.
    DailyDuration, Frame, parse
}

#[derive(Clone, PartialEq, Eq)]
struct Frame {
    days: Weekdays,
    /// The hour and minute at which the time frame begins.
    start: (u32, u32),
    /// The hour and minute at which the time frame ends.
    end: (u32, u32),
}

fn parse(text: &str) -> Result<(String, Frame), Malformed> {
    let mut reader = Reader::new(FORM, text);
    let frame = read_frame(&mut reader);
    let frame = reader.finish(frame)?;
    if frame.start > frame.end {
        return Err(Malformed::rule(FORM, "the end is before the start"));
    }
    // PBS accepts a time frame that ends when it starts, but no time is in such a time frame (read
    // in the source).
    if frame.start == frame.end {
        return Err(Malformed::rule(FORM, "the end is equal to the start"));
    }
    Ok((text.to_owned(), frame))
}

/// Reads a time frame, without the check that the end is after the start.
fn read_frame(reader: &mut Reader<'_>) -> Option<Frame> {
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

/// Reads a time of day, `HOUR[:MINUTE]`. Returns the hour and the minute.
fn time_of_day(reader: &mut Reader<'_>) -> Option<(u32, u32)> {
    let hour = reader.number(HOUR)?;
    let minute = reader.attempt(|reader| {
        reader.skip(":")?;
        reader.number(MINUTE)
    });
    Some((hour, minute.unwrap_or(0)))
}
