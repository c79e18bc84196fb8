//! Checks of calendar events, times of day, byte sizes and other texts. PBS makes these checks in
//! its code, so PBS's description of its API does not contain them. The messages are recorded. The
//! grammars come from PBS's source.

use hyper::Uri;
use regex::Regex;

use super::property_string::unquoted_parts;
use crate::id::is_identifier;

/// Checks the text of a parameter, or of a key in a property string. `name` is the name of the
/// parameter or key. `typetext` is the type of the text in PBS's description.
///
/// # Errors
/// PBS's message.
pub(super) fn check(name: &str, typetext: Option<&str>, text: &str) -> Result<(), String> {
    match (typetext, name) {
        (Some("<calendar-event>"), _) => check_calendar_event(text),
        (Some("<backend-config>"), _) => check_backend(text),
        (_, "allocation") if ["continue", "always"].contains(&text) => Ok(()),
        (_, "allocation") => check_calendar_event(text),
        (_, "timeframe") => check_daily_duration(text),
        (_, "rate-in" | "rate-out" | "burst-in" | "burst-out" | "s3-upload" | "s3-download") => {
            normalized_byte_size(text).map(drop)
        }
        (_, "http-proxy") => check_http_proxy(text),
        (_, "group-filter") => check_group_filter(text),
        _ => Ok(()),
    }
}

const BACKUP_TYPES: [&str; 3] = ["vm", "ct", "host"];

/// The part of a text that cannot be parsed, and the error as PBS prints it.
type ParseError<'a> = (&'a str, &'static str);

const WEEKDAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// Checks a calendar event, for example `mon..fri 2:30`. PBS accepts even `25:00` (recorded), and
/// reads it as minute 25 and second 0 of every hour.
fn check_calendar_event(text: &str) -> Result<(), String> {
    const NAMED_EVENTS: [&str; 10] = [
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
    let parse = || -> Result<(), ParseError> {
        if NAMED_EVENTS.contains(&text) {
            return Ok(());
        }
        let after_weekdays = skip_weekdays(text)?;
        let after_date =
            skip_date(after_weekdays).map_or(after_weekdays, |rest| rest.trim_start_matches(' '));
        let after_time = skip_time(after_date).unwrap_or(after_date);
        match after_time {
            _ if after_time == text => Err((text, "Context(\"date or time specification\")")),
            "" => Ok(()),
            rest => Err((rest, "Nom(Eof)")),
        }
    };
    parse().map_err(|(rest, error)| format!("unable to parse calendar event at '{rest}' - {error}"))
}

/// Checks a part of the day with optional weekdays, for example `mon..fri 8-17`.
pub(crate) fn check_daily_duration(text: &str) -> Result<(), String> {
    let parse = || -> Result<(), ParseError> {
        let (start, rest) = split_time_of_day(skip_weekdays(text)?)?;
        let rest = rest.trim_start_matches(' ').strip_prefix('-').ok_or((rest, "Nom(Tag)"))?;
        let rest = rest.trim_start_matches(' ');
        let (end, after) = split_time_of_day(rest)?;
        match after {
            _ if start > end => Err((rest, "Context(\"end time before start time\")")),
            "" => Ok(()),
            after => Err((after, "Nom(Eof)")),
        }
    };
    parse().map_err(|(rest, error)| format!("unable to parse daily duration at '{rest}' - {error}"))
}

/// The rest of a text after the weekdays at its beginning. Returns the whole text if the text does
/// not begin with a letter.
fn skip_weekdays(text: &str) -> Result<&str, ParseError<'_>> {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Ok(text);
    }
    let mut rest = text;
    loop {
        let length = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(length);
        let is_day = |day: &&str| {
            *day == name.to_ascii_lowercase() || day[..3] == *name.to_ascii_lowercase()
        };
        if !WEEKDAYS.iter().any(is_day) {
            return Err((name, "Context(\"weekday\")"));
        }
        match after.strip_prefix("..").or_else(|| after.strip_prefix(',')) {
            Some(next) => rest = next,
            None => return Ok(after.trim_start_matches(' ')),
        }
    }
}

/// The rest of a text after a date at its beginning, for example after `2030-01-01` or `*-1..15`. A
/// date without a year begins with the month. `None` if the text does not begin with a date.
fn skip_date(text: &str) -> Option<&str> {
    let skip_part = |text, max| skip_numbers(text, max)?.strip_prefix('-');
    let after_year = skip_part(text, 2200).filter(|rest| skip_part(rest, 13).is_some());
    let after_month = skip_part(after_year.unwrap_or(text), 13)?;
    skip_numbers(after_month, 32)
}

/// The rest of a text after a time at its beginning, for example after `2:30`, `*:0/15` or
/// `10:00:30`. The hour and the second are optional. `None` if the text does not begin with a time.
fn skip_time(text: &str) -> Option<&str> {
    let after_hour = skip_numbers(text, 24).and_then(|rest| rest.strip_prefix(':'));
    let after_minute = skip_numbers(after_hour.unwrap_or(text), 60)?;
    let after_second = after_minute.strip_prefix(':').and_then(|rest| skip_numbers(rest, 60));
    Some(after_second.unwrap_or(after_minute))
}

/// The rest of a text after a list of numbers, ranges and repetitions at its beginning. `None` if
/// the text does not begin with such a list, or if a number is not below `max`.
fn skip_numbers(text: &str, max: u32) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('*') {
        return match rest.strip_prefix('/') {
            Some(step) => split_number(step, max).map(|(_, rest)| rest),
            None => Some(rest),
        };
    }
    let (start, mut rest) = split_number(text, max)?;
    if let Some((end, after)) = rest.strip_prefix("..").and_then(|rest| split_number(rest, max)) {
        if start > end {
            return None;
        }
        rest = after;
    }
    if let Some(step) = rest.strip_prefix('/') {
        rest = split_number(step, max)?.1;
    }
    match rest.strip_prefix(',') {
        Some(next) => skip_numbers(next, max),
        None => Some(rest),
    }
}

/// The number at the beginning of a text, and the rest of the text. `None` if the text does not
/// begin with a number, or if the number is not below `max`.
fn split_number(text: &str, max: u32) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let value = text[..end].parse().ok().filter(|value| *value < max)?;
    Some((value, &text[end..]))
}

/// The hour and the minute of a time at the beginning of a text, and the rest of the text.
fn split_time_of_day(text: &str) -> Result<((u32, u32), &str), ParseError<'_>> {
    let (hour, rest) = split_number(text, 24).ok_or((text, "Nom(Digit)"))?;
    match rest.strip_prefix(':') {
        Some(minute) => {
            let (minute, rest) = split_number(minute, 60).ok_or((minute, "Nom(Digit)"))?;
            Ok(((hour, minute), rest))
        }
        None => Ok(((hour, 0), rest)),
    }
}

/// Checks a byte size, and returns the form in which PBS stores it: `10MiB` becomes `10 MiB`.
pub(crate) fn normalized_byte_size(text: &str) -> Result<String, String> {
    let fail = |error: &str| Err(format!("byte-size parse error for '{text}': {error}"));
    let number = text.strip_suffix(['b', 'B']).unwrap_or(text);
    let (number, binary_mark) = match number.strip_suffix('i') {
        Some(number) => (number, "i"),
        None => (number, ""),
    };
    let unit_prefix = number.chars().last().map(|c| c.to_ascii_uppercase());
    let (number, unit) = match unit_prefix.filter(|c| "KMGTPE".contains(*c)) {
        Some(prefix) => (&number[..number.len() - 1], format!("{prefix}{binary_mark}B")),
        None => (number, "B".to_string()),
    };
    match number.trim_end().parse::<f64>() {
        Ok(size) if size < 0.0 => fail("byte size may not be negative"),
        Ok(size) => Ok(format!("{} {unit}", (size * 1000.0).round() / 1000.0)),
        Err(error) => fail(&error.to_string()),
    }
}

/// Checks the URL of a proxy server.
fn check_http_proxy(text: &str) -> Result<(), String> {
    let fail = |error: String| Err(format!("parse_proxy_url failed: {error}"));
    match text.parse::<Uri>() {
        Err(error) => fail(error.to_string()),
        Ok(uri) => match uri.scheme_str() {
            None | Some("http") => Ok(()),
            Some(scheme) => fail(format!("unsupported proxy scheme '{scheme}'")),
        },
    }
}

/// Checks a filter for backup groups, for example `exclude:type:vm`.
fn check_group_filter(text: &str) -> Result<(), String> {
    let filter = ["include:", "exclude:"].into_iter().find_map(|start| text.strip_prefix(start));
    let is_group = |text: &str| {
        text.split_once('/').is_some_and(|(backup_type, id)| {
            BACKUP_TYPES.contains(&backup_type) && is_identifier(id)
        })
    };
    match filter.unwrap_or(text).split_once(':') {
        Some(("type", backup_type)) if BACKUP_TYPES.contains(&backup_type) => Ok(()),
        Some(("type", backup_type)) => Err(format!("invalid backup type {backup_type:?}")),
        Some(("group", group)) if is_group(group) => Ok(()),
        Some(("group", _)) => Err("value does not match the regex pattern".into()),
        Some(("regex", regex)) => Regex::new(regex).map(drop).map_err(|error| error.to_string()),
        _ => Err(
            "input doesn't match expected format '<group:GROUP||type:<vm|ct|host>|regex:REGEX>'"
                .into(),
        ),
    }
}

/// Checks the storage of a datastore, for example `type=s3,client=backup,bucket=data`.
fn check_backend(text: &str) -> Result<(), String> {
    let parts = unquoted_parts(text);
    let has = |name: &str| parts.iter().any(|(key, _)| key.as_deref() == Some(name));
    let backend_type = parts.iter().find(|(key, _)| key.as_deref().is_none_or(|key| key == "type"));
    match backend_type.map_or("filesystem", |(_, value)| value) {
        "filesystem" => {
            match ["bucket", "client", "max-cache-size"].into_iter().find(|key| has(key)) {
                Some(key) => {
                    Err(format!("additional option {key}, not allowed for backend type filesystem"))
                }
                None => Ok(()),
            }
        }
        "s3" => match ["client", "bucket"].into_iter().find(|key| !has(key)) {
            Some(key) => Err(format!("missing option {key}, required for backend type s3")),
            None => Ok(()),
        },
        other => Err(format!("unknown variant `{other}`, expected `filesystem` or `s3`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_events_are_accepted_or_refused_as_recorded() {
        for text in [
            "daily",
            "25:00",
            "*:0/15",
            "mon..fri 2:30",
            "MON..FRI 5:0",
            "2030-01-01 00:00",
            "sat 03:00",
            "mon,wed",
            "*-*-1 10:00:30",
            "*-1..15",
        ] {
            assert_eq!(check_calendar_event(text), Ok(()), "{text}");
        }
        for (text, at, error) in [
            ("", "", "date or time specification"),
            ("10:61", "10:61", "date or time specification"),
            ("  daily ", "  daily ", "date or time specification"),
            ("never", "never", "weekday"),
            ("every now", "every", "weekday"),
        ] {
            let expected = format!("unable to parse calendar event at '{at}' - Context({error:?})");
            assert_eq!(check_calendar_event(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn daily_durations_are_accepted_or_refused_as_recorded() {
        for text in ["8-17", "mon..fri 8-17", "sat 8:00-12:00", "9 - 10"] {
            assert_eq!(check_daily_duration(text), Ok(()), "{text}");
        }
        for (text, at, error) in [
            ("", "", "Nom(Digit)"),
            ("mon 8", "", "Nom(Tag)"),
            ("17-8", "8", "Context(\"end time before start time\")"),
            ("daily", "daily", "Context(\"weekday\")"),
        ] {
            let expected = format!("unable to parse daily duration at '{at}' - {error}");
            assert_eq!(check_daily_duration(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn byte_sizes_are_stored_as_recorded() {
        for (text, stored) in [
            ("10MiB", "10 MiB"),
            ("1000", "1000 B"),
            ("1000 B", "1000 B"),
            ("1mb", "1 MB"),
            ("10k", "10 KB"),
            ("1.50MB", "1.5 MB"),
            ("1.23456 MB", "1.235 MB"),
            ("1024KiB", "1024 KiB"),
            ("0", "0 B"),
        ] {
            assert_eq!(normalized_byte_size(text).as_deref(), Ok(stored), "{text}");
        }
        for (text, error) in [
            ("fast", "invalid float literal"),
            (" 10 MB ", "invalid float literal"),
            ("-1", "byte size may not be negative"),
        ] {
            let expected = format!("byte-size parse error for '{text}': {error}");
            assert_eq!(normalized_byte_size(text), Err(expected));
        }
    }
}
