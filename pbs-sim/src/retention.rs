//! Which snapshots a prune keeps. The rules come from PBS's source, and agree with recorded
//! responses of PBS 4.2.3.
//!
//! The options are applied in this order: `keep-last`, `keep-hourly`, `keep-daily`, `keep-weekly`,
//! `keep-monthly`, `keep-yearly`. The value of an option is a number of periods, for example of
//! days. In each of these periods, the option keeps the newest snapshot. If an earlier option has
//! already kept a snapshot in a period, the period does not count. Protected snapshots are always
//! kept, and no option counts them.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use crate::datastore::Snapshot;

/// The values of the options `keep-last` to `keep-yearly`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Retention {
    pub(crate) last: Option<u64>,
    pub(crate) hourly: Option<u64>,
    pub(crate) daily: Option<u64>,
    pub(crate) weekly: Option<u64>,
    pub(crate) monthly: Option<u64>,
    pub(crate) yearly: Option<u64>,
}

/// What a prune does with a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Protected,
    Keep,
    /// The snapshot is unfinished, and it is the newest of all snapshots.
    KeepPartial,
    Remove,
}

impl Mark {
    /// The text for the mark in the log of a task that prunes a datastore.
    pub(crate) fn text_in_datastore_log(self) -> &'static str {
        match self {
            Self::Protected => "keep protected",
            Self::Keep => "keep",
            Self::KeepPartial => "keep partial",
            Self::Remove => "remove",
        }
    }

    /// The text for the mark in the log of a task that prunes one group.
    pub(crate) fn text_in_group_log(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::Keep => "keep",
            Self::KeepPartial => "keep-partial",
            Self::Remove => "remove",
        }
    }
}

/// A function that returns the name of the period in which a time lies. Each period has a different
/// name.
type PeriodName = fn(DateTime) -> String;

impl Retention {
    /// The options with their names, in the order in which they are applied.
    pub(crate) fn options(&self) -> [(&'static str, Option<u64>); 6] {
        [
            ("keep-last", self.last),
            ("keep-hourly", self.hourly),
            ("keep-daily", self.daily),
            ("keep-weekly", self.weekly),
            ("keep-monthly", self.monthly),
            ("keep-yearly", self.yearly),
        ]
    }

    /// Whether at least one option is greater than 0. If no option is greater than 0, PBS removes
    /// no snapshot.
    pub(crate) fn has_positive_option(&self) -> bool {
        self.options().iter().any(|(_, count)| count.is_some_and(|count| count > 0))
    }

    /// The times of the snapshots with their marks, oldest first.
    pub(crate) fn marks(&self, snapshots: &[Snapshot]) -> Vec<(i64, Mark)> {
        let mut newest_first: Vec<&Snapshot> = snapshots.iter().collect();
        newest_first.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.time));
        let mut marks = vec![None; newest_first.len()];
        mark_unfinished(&newest_first, &mut marks);
        let period_names: [PeriodName; 6] = [
            // For `keep-last`, each time is a period.
            |time| time.to_string(),
            |time| format!("{}/{}", time.date(), time.hour()),
            |time| time.date().to_string(),
            |time| {
                let week = time.date().iso_week_date();
                format!("{}/{}", week.year(), week.week())
            },
            |time| format!("{}/{}", time.year(), time.month()),
            |time| time.year().to_string(),
        ];
        for ((_, count), period_name) in self.options().into_iter().zip(period_names) {
            if let Some(count) = count {
                mark_periods(&newest_first, &mut marks, count, period_name);
            }
        }
        let with_mark = |(snapshot, mark): (&Snapshot, Option<Mark>)| match snapshot.is_protected {
            true => (snapshot.time, Mark::Protected),
            false => (snapshot.time, mark.unwrap_or(Mark::Remove)),
        };
        newest_first.into_iter().zip(marks).rev().map(with_mark).collect()
    }
}

/// Marks the unfinished snapshots. An unfinished snapshot is kept if it is the newest of all
/// snapshots. Otherwise, it is removed.
fn mark_unfinished(newest_first: &[&Snapshot], marks: &mut [Option<Mark>]) {
    for (index, (snapshot, mark)) in newest_first.iter().zip(marks).enumerate() {
        if snapshot.files.is_empty() {
            *mark = Some(if index == 0 { Mark::KeepPartial } else { Mark::Remove });
        }
    }
}

/// Marks the snapshots in the newest `count` periods: keeps the newest snapshot of each period, and
/// removes all others. Periods for which an earlier option has kept a snapshot do not count.
fn mark_periods(
    newest_first: &[&Snapshot],
    marks: &mut [Option<Mark>],
    count: u64,
    period_name: PeriodName,
) {
    let period_of = |snapshot: &Snapshot| {
        let time = Timestamp::from_second(snapshot.time).unwrap_or_default();
        period_name(TimeZone::UTC.to_datetime(time))
    };
    let with_marks = newest_first.iter().zip(marks.iter());
    let covered_periods: BTreeSet<String> = with_marks
        .filter(|(_, mark)| **mark == Some(Mark::Keep))
        .map(|(snapshot, _)| period_of(snapshot))
        .collect();
    let mut kept_periods = BTreeSet::new();
    for (snapshot, mark) in newest_first.iter().zip(marks) {
        let period = period_of(snapshot);
        if mark.is_some() || snapshot.is_protected || covered_periods.contains(&period) {
            continue;
        }
        if kept_periods.contains(&period) {
            *mark = Some(Mark::Remove);
            continue;
        }
        if kept_periods.len() as u64 >= count {
            break;
        }
        kept_periods.insert(period);
        *mark = Some(Mark::Keep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times of the snapshots that are kept because of the options.
    fn kept_times(retention: Retention, times: &[&str], protected_times: &[&str]) -> Vec<String> {
        let snapshots: Vec<Snapshot> = times
            .iter()
            .map(|text| {
                let time: Timestamp = text.parse().unwrap();
                let is_protected = protected_times.contains(text);
                Snapshot { is_protected, ..Snapshot::new("host", time.as_second()) }
            })
            .collect();
        let marks = retention.marks(&snapshots).into_iter();
        let kept_marks = marks.filter(|(_, mark)| *mark == Mark::Keep);
        kept_marks.map(|(time, _)| crate::datastore::time_text(time)).collect()
    }

    const TIMES: [&str; 6] = [
        "2025-12-31T03:00:00Z",
        "2026-11-16T03:00:00Z",
        "2026-11-22T03:00:00Z",
        "2026-11-23T03:00:00Z",
        "2026-11-24T03:00:00Z",
        "2026-11-24T03:30:00Z",
    ];

    #[test]
    fn each_option_keeps_the_newest_snapshots_of_its_periods() {
        let none = Retention::default();
        for (retention, indices) in [
            (Retention { last: Some(2), ..none }, vec![4, 5]),
            (Retention { hourly: Some(2), ..none }, vec![3, 5]),
            (Retention { daily: Some(3), ..none }, vec![2, 3, 5]),
            // 2026-11-22 is a Sunday, so its ISO week begins on 2026-11-16.
            (Retention { weekly: Some(3), ..none }, vec![0, 2, 5]),
            (Retention { monthly: Some(1), ..none }, vec![5]),
            (Retention { yearly: Some(9), ..none }, vec![0, 5]),
        ] {
            let expected: Vec<&str> = indices.into_iter().map(|index| TIMES[index]).collect();
            assert_eq!(kept_times(retention, &TIMES, &[]), expected, "{retention:?}");
        }
    }

    #[test]
    fn a_period_that_an_earlier_option_covers_does_not_count() {
        let retention = Retention { last: Some(1), daily: Some(1), ..Retention::default() };
        assert_eq!(kept_times(retention, &TIMES, &[]), [TIMES[3], TIMES[5]]);
    }

    #[test]
    fn protected_snapshots_do_not_count() {
        let retention = Retention { last: Some(2), ..Retention::default() };
        assert_eq!(kept_times(retention, &TIMES, &[TIMES[5]]), [TIMES[3], TIMES[4]]);
    }

    #[test]
    fn only_the_newest_snapshot_is_kept_if_it_is_unfinished() {
        let retention = Retention { last: Some(1), ..Retention::default() };
        let snapshots = [
            Snapshot::unfinished(1),
            Snapshot::new("vm", 2),
            Snapshot::new("vm", 3),
            Snapshot::unfinished(4),
        ];
        let expected =
            [(1, Mark::Remove), (2, Mark::Remove), (3, Mark::Keep), (4, Mark::KeepPartial)];
        assert_eq!(retention.marks(&snapshots), expected);
    }
}
