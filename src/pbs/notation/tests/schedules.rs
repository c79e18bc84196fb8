//! Tests of the meanings of schedules and time frames, and of the errors about rejected texts.

use super::{assert_faults, assert_groups, fault, value};
use crate::pbs::notation::{CalendarEvent, DailyDuration};

/// PBS accepts all these texts (read in the source).
#[test]
fn all_forms_of_a_schedule_are_accepted_and_kept() {
    for text in [
        "minutely",
        "hourly",
        "daily",
        "weekly",
        "monthly",
        "yearly",
        "annually",
        "quarterly",
        "semiannually",
        "semi-annually",
        "daily UTC",
        "dailyUTC",
        "mon..fri 8..17,22:0/15",
        "2026-*-01 3:00",
        "*-*-1..7 02:00",
        "mon",
        "Monday,WED",
        "sat..mon",
        "fri..tue 8:00",
        "15",
        "*",
        "*:*",
        "*:0/15",
        "*/2:00",
        "8..17/3:30",
        "0:0:0",
        "8:00:0/20",
        "12-24",
        "*-02-29",
        "2028-02-29",
        "mon 2029-01-01",
        "mon8:00",
        "2030-01-01 00:00 UTC",
        "1..3,5/2:5",
        "1/0:00",
        "tue..tue 4:00",
        "mon\t8:00",
        "2199-12-31",
        "*-*-31",
        "2000/5-1-1",
    ] {
        assert_eq!(value::<CalendarEvent>(text).as_str(), text);
    }
    assert!(value::<CalendarEvent>("8:00") != value("08:00"));
}

#[test]
fn the_error_about_a_schedule_names_the_first_fault() {
    assert_faults::<CalendarEvent>(&[
        ("", "the text is empty"),
        ("UTC", "the date or time of day is missing"),
        (" UTC", "the date or time of day is missing"),
        ("never", "a word is neither a weekday"),
        ("Daily", "a word is neither a weekday"),
        ("daily ", "a word is neither a weekday"),
        ("tues 8:00", "a word is neither a weekday"),
        ("mon..never", "a word is neither a weekday"),
        (" daily", "character 1 "),
        ("8:00 ", "character 5 "),
        ("mon, tue", "character 5 "),
        ("mon-fri", "character 4 "),
        ("mon..", "the text is incomplete"),
        ("8:", "the text is incomplete"),
        ("10:61", "a minute or second is greater than 59"),
        ("10:00:61", "a minute or second is greater than 59"),
        ("24:00", "too large for an hour"),
        ("25:00", "too large for an hour"),
        ("8..30:15", "too large for an hour"),
        ("*/30:00", "too large for an hour"),
        ("22,24:00", "too large for an hour"),
        ("mon 25:00", "too large for an hour"),
        ("17..8:00", "the end of a range is less"),
        ("*/0:00", "a repetition must not be 0"),
        ("*,5:00", "character 2 "),
        ("8:00:00:00", "character 8 "),
        ("2030-13-01", "a month is greater than 12"),
        ("2030-01-32", "a day is greater than 31"),
        ("2200-01-01", "a year is greater than 2199"),
        ("99:00", "an hour is greater than 23"),
        ("99999999999999999999:00", "an hour is greater than 23"),
        ("mon 75", "an hour is greater than 23"),
        ("2030-01", "the text is incomplete"),
        ("*-*-01 3:00 x", "character 12 "),
        ("８:00", "character 1 "),
    ]);
}

#[test]
fn a_schedule_for_dates_that_do_not_exist_is_rejected() {
    for text in [
        "*-02-30",
        "2-30",
        "*-4,6,9,11-31",
        "2027-02-29",
        "2100-02-29 8:00",
        "*-0-1",
        "*-1-0",
        "mon 2030-01-01",
        "tue,sat 2029-01-01 5:00",
        "1999-12-31",
        "sun *-2-30..31",
    ] {
        let shown = fault::<CalendarEvent>(text).unwrap_or_else(|| panic!("{text} is accepted"));
        assert!(shown.contains("no such date exists"), "{text}: {shown}");
    }
    for text in [
        "tue 2030-01-01",
        "*-*/12-31",
        "*-3..3-31",
        "*-2-28..31",
        "*-2,3-30",
        "fri *-12-13",
        "0/5-1-1",
    ] {
        assert_eq!(fault::<CalendarEvent>(text), None, "{text}");
    }
}

#[test]
fn time_frames_are_equal_if_they_contain_the_same_times() {
    assert_groups::<DailyDuration>(&[
        &["8-17", "8:00-17:00", "08:0 - 17", "mon..sun 8-17", "tue..mon 8-17", "8\t-\t17"],
        &["mon..fri 8-17", "Monday..FRIDAY 8-17", "fri,mon..thu 8-17", "mon..fri8-17"],
        &["sat..mon 8-17", "sun,sat,mon 8-17"],
        &["8-17:30"],
        &["0-23:59"],
    ]);
    assert_eq!(value::<DailyDuration>("MON 8 - 9").to_string(), "MON 8 - 9");
    assert_faults::<DailyDuration>(&[
        ("", "the text is empty"),
        ("daily", "a word is not a weekday"),
        ("mon 8", "the text is incomplete"),
        ("8-24", "an hour is greater than 23"),
        ("8:60-9", "a minute or second is greater than 59"),
        ("17-8", "the end is before the start"),
        ("8-8:00", "the end is equal to the start"),
        (" 8-17", "character 1 "),
        ("8-17 ", "character 5 "),
        ("8..17", "character 2 "),
    ]);
}
