//! Which snapshots a prune keeps. The rules are those of PBS (from its source), and agree with
//! recorded answers of 4.2.3.
//!
//! The options are applied one after the other: last, hourly, daily, weekly, monthly, yearly. Each
//! of them keeps the newest snapshot of a number of periods. A period for which an earlier option
//! has kept a snapshot does not count. Protected snapshots are always kept, and do not count
//! either.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use crate::datastore::Snapshot;

/// The numbers of snapshots to keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Retention {
    pub(crate) last: Option<u64>,
    pub(crate) hourly: Option<u64>,
    pub(crate) daily: Option<u64>,
    pub(crate) weekly: Option<u64>,
    pub(crate) monthly: Option<u64>,
    pub(crate) yearly: Option<u64>,
}

/// What becomes of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Protected,
    Keep,
    /// The snapshot is unfinished, and it is the newest of all snapshots.
    KeepPartial,
    Remove,
}

impl Mark {
    /// The words in the log of the prune of a datastore.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Protected => "keep protected",
            Self::Keep => "keep",
            Self::KeepPartial => "keep partial",
            Self::Remove => "remove",
        }
    }

    /// The word in the log of the prune of one group.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::Keep => "keep",
            Self::KeepPartial => "keep-partial",
            Self::Remove => "remove",
        }
    }
}

/// Returns the period of a time, as a text that is different for each period.
type Period = fn(DateTime) -> String;

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

    /// Whether at least one option is greater than 0. If there is no such option, PBS removes no
    /// snapshot.
    pub(crate) fn keeps_something(&self) -> bool {
        self.options().iter().any(|(_, count)| count.is_some_and(|count| count > 0))
    }

    /// The times of the snapshots with their marks, oldest first.
    pub(crate) fn marks(&self, snapshots: &[Snapshot]) -> Vec<(i64, Mark)> {
        let mut newest_first: Vec<&Snapshot> = snapshots.iter().collect();
        newest_first.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.time));
        let mut marks = vec![None; newest_first.len()];
        mark_unfinished(&newest_first, &mut marks);
        let periods: [Period; 6] = [
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
        for ((_, count), period) in self.options().into_iter().zip(periods) {
            if let Some(count) = count {
                mark_periods(&newest_first, &mut marks, count, period);
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
/// snapshots, and otherwise removed.
fn mark_unfinished(newest_first: &[&Snapshot], marks: &mut [Option<Mark>]) {
    for (index, (snapshot, mark)) in newest_first.iter().zip(marks).enumerate() {
        if snapshot.files.is_empty() {
            *mark = Some(if index == 0 { Mark::KeepPartial } else { Mark::Remove });
        }
    }
}

/// Keeps the newest snapshot of each of the newest `count` periods. Periods for which an earlier
/// option has kept a snapshot do not count.
fn mark_periods(
    newest_first: &[&Snapshot],
    marks: &mut [Option<Mark>],
    count: u64,
    period: Period,
) {
    let period_of = |snapshot: &Snapshot| {
        let time = Timestamp::from_second(snapshot.time).unwrap_or_default();
        period(TimeZone::UTC.to_datetime(time))
    };
    let kept_before = newest_first.iter().zip(marks.iter());
    let covered: BTreeSet<String> = kept_before
        .filter(|(_, mark)| **mark == Some(Mark::Keep))
        .map(|(snapshot, _)| period_of(snapshot))
        .collect();
    let mut kept = BTreeSet::new();
    for (snapshot, mark) in newest_first.iter().zip(marks) {
        let period = period_of(snapshot);
        if mark.is_some() || snapshot.is_protected || covered.contains(&period) {
            continue;
        }
        if kept.contains(&period) {
            *mark = Some(Mark::Remove);
            continue;
        }
        if kept.len() as u64 >= count {
            break;
        }
        kept.insert(period);
        *mark = Some(Mark::Keep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(retention: Retention, times: &[&str], protected: &[&str]) -> Vec<String> {
        let snapshots: Vec<Snapshot> = times
            .iter()
            .map(|text| {
                let time: Timestamp = text.parse().unwrap();
                let is_protected = protected.contains(text);
                Snapshot { is_protected, ..Snapshot::new("host", time.as_second()) }
            })
            .collect();
        let marks = retention.marks(&snapshots).into_iter();
        let kept = marks.filter(|(_, mark)| *mark == Mark::Keep);
        kept.map(|(time, _)| crate::datastore::time_text(time)).collect()
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
            assert_eq!(kept(retention, &TIMES, &[]), expected, "{retention:?}");
        }
    }

    #[test]
    fn a_period_that_an_earlier_option_covers_does_not_count() {
        let retention = Retention { last: Some(1), daily: Some(1), ..Retention::default() };
        assert_eq!(kept(retention, &TIMES, &[]), [TIMES[3], TIMES[5]]);
    }

    #[test]
    fn protected_snapshots_do_not_count() {
        let retention = Retention { last: Some(2), ..Retention::default() };
        assert_eq!(kept(retention, &TIMES, &[TIMES[5]]), [TIMES[3], TIMES[4]]);
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
