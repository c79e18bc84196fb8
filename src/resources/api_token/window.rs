//! Calculates when a secret expires, and when its rotation is due.

use super::State;
use crate::{
    pbs::{Client, Moment},
    shared::clock,
};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tf_plugin::{Cx, Result};

/// The number of seconds in a day.
const DAY: i64 = 24 * 60 * 60;

impl State {
    /// Calculates the expiration date if the date is unknown in the plan, or if the configuration
    /// sets `validity_days` together with a blank `expiration_date`.
    pub(super) fn with_expiration_date(self, cx: &Cx<Client>) -> Result<Self> {
        let is_blank = self.validity_days.is_some() && self.expiration_date.is_none();
        if !cx.unknown("expiration_date")? && !is_blank {
            return Ok(self);
        }
        let issued_at = self.issued_at.or_else(|| whole_second(cx.now()));
        let expiration_date =
            issued_at.zip(self.validity_days).and_then(|(issued_at, days)| end(issued_at, days));
        Ok(Self { expiration_date, ..self })
    }

    /// Warns if the clocks of this machine and of the server differ, and the expiration date is
    /// calculated from the time at which the secret was issued. Call this method after a request,
    /// because only a response shows the clock of the server.
    pub(super) fn warn_of_clock(&self, cx: &Cx<Client>) {
        if self.validity_days.is_some() {
            clock::warn_of_difference(cx, "validity_days");
        }
    }

    /// Whether the secret is due for rotation, because the last `early_renewal_days` of its
    /// validity have begun. If `issued_at` is unknown, the validity ends at the expiration date on
    /// the server.
    pub(super) fn is_due(&self, now: Option<Moment>) -> bool {
        let Some((days, early_renewal_days)) = self.validity_days.zip(self.early_renewal_days)
        else {
            return false;
        };
        let calculated_end = self.issued_at.and_then(|issued_at| end(issued_at, days));
        let end = calculated_end.or(self.expiration_date);
        end.zip(now).is_some_and(|(end, now)| is_due(end, early_renewal_days, now))
    }
}

/// The time without the fraction of a second, because PBS counts whole seconds. `None` if PBS
/// cannot store the time.
pub(super) fn whole_second(now: SystemTime) -> Option<Moment> {
    let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Moment::from_unix(i64::try_from(since_epoch.as_secs()).ok()?)
}

/// The time at which the validity of a secret ends. `None` if PBS cannot store this time.
pub(super) fn end(issued_at: Moment, validity_days: u32) -> Option<Moment> {
    Moment::from_unix(issued_at.unix().checked_add(i64::from(validity_days) * DAY)?)
}

/// Whether `now` is within the last `early_renewal_days` before `end`, or later.
fn is_due(end: Moment, early_renewal_days: u32, now: Moment) -> bool {
    now.unix() >= end.unix() - i64::from(early_renewal_days) * DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[test]
    fn a_validity_day_has_86400_seconds_even_at_a_change_of_daylight_saving_time() {
        let issued_at = moment("2026-10-24T12:00:00+02:00");
        assert_eq!(end(issued_at, 1), Some(moment("2026-10-25T11:00:00+01:00")));
        assert_eq!(end(issued_at, 366), Some(moment("2027-10-25T10:00:00Z")));
        assert_eq!(end(moment("9999-12-30T00:00:00Z"), 2), Some(moment("+10000-01-01T00:00:00Z")));
        assert_eq!(end(moment("+292277026596-12-04T00:00:00Z"), 1), None);
    }

    #[test]
    fn a_secret_is_due_from_the_first_second_of_its_last_early_renewal_days() {
        let end = moment("2026-03-31T00:00:00Z");
        for (now, due) in [
            ("2026-03-23T23:59:59Z", false),
            ("2026-03-24T00:00:00Z", true),
            ("2026-03-31T00:00:00Z", true),
            ("2027-01-01T00:00:00Z", true),
        ] {
            assert_eq!(is_due(end, 7, moment(now)), due, "{now}");
        }
    }

    #[test]
    fn a_time_is_rounded_down_to_whole_seconds() {
        let now = UNIX_EPOCH + Duration::from_millis(1_896_091_200_999);
        assert_eq!(whole_second(now), Some(moment("2030-01-31T12:00:00Z")));
    }

    #[test]
    fn the_start_of_1970_gives_no_time_because_pbs_cannot_store_it() {
        assert_eq!(whole_second(UNIX_EPOCH), None);
    }
}
