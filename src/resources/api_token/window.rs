//! How long a secret is valid, and when it is time for the next one: arithmetic alone.

use crate::pbs::Moment;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: i64 = 24 * 60 * 60;

/// The second in which something happens, as PBS counts.
pub(super) fn second(now: SystemTime) -> Option<Moment> {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Moment::from_unix(i64::try_from(since.as_secs()).ok()?)
}

/// The end of a secret that was made at `issued` and is valid for so many days.
pub(super) fn end(issued: Moment, validity_days: u32) -> Option<Moment> {
    Moment::from_unix(issued.unix().checked_add(i64::from(validity_days) * DAY)?)
}

/// Whether the time to renew has come for a secret that ends at `end`.
pub(super) fn is_due(end: Moment, early_renewal_days: u32, now: Moment) -> bool {
    now.unix() >= end.unix() - i64::from(early_renewal_days) * DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_has_86400_seconds_whatever_the_calendar() {
        let issued = at("2026-10-24T12:00:00+02:00");
        assert_eq!(end(issued, 1), Some(at("2026-10-25T11:00:00+01:00")));
        assert_eq!(end(issued, 366), Some(at("2027-10-25T10:00:00Z")));
        assert_eq!(end(at("9999-12-30T00:00:00Z"), 30), None);
    }

    #[test]
    fn renewal_is_due_from_the_first_second_of_the_window() {
        let end = at("2026-03-31T00:00:00Z");
        for (now, due) in [
            ("2026-03-23T23:59:59Z", false),
            ("2026-03-24T00:00:00Z", true),
            ("2026-03-31T00:00:00Z", true),
            ("2027-01-01T00:00:00Z", true),
        ] {
            assert_eq!(is_due(end, 7, at(now)), due, "{now}");
        }
    }

    #[test]
    fn the_clock_is_read_in_whole_seconds() {
        let now = UNIX_EPOCH + Duration::from_millis(1_896_091_200_999);
        assert_eq!(second(now), Some(at("2030-01-31T12:00:00Z")));
        assert_eq!(second(UNIX_EPOCH), None);
    }
}
