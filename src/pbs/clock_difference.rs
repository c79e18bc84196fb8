//! The difference between the local clock and the clock of the server.

use crate::pbs::Client;
use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimeParser};
use reqwest::header::HeaderValue;
use std::sync::atomic::{AtomicI64, Ordering};

/// The largest difference that is not reported. A small difference can be an error of the
/// measurement, because a `Date` header has no fraction of a second, and because a response takes
/// some time to arrive.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// The largest difference that was seen so far, in seconds. It is positive if the local clock is
/// ahead of the clock of the server.
#[derive(Default)]
pub(super) struct ClockDifference(AtomicI64);

impl ClockDifference {
    /// Records the difference between `local_time`, the time at which a response arrived, and
    /// `date`, the header `Date` of the response. Records nothing if the header is missing or
    /// cannot be parsed.
    pub(super) fn record(&self, local_time: Timestamp, date: Option<&HeaderValue>) {
        let date = date.and_then(|date| date.to_str().ok());
        let parse = |date| DateTimeParser::new().parse_timestamp(date).ok();
        let Some(server_time) = date.and_then(parse) else { return };
        let seconds = local_time.duration_since(server_time).as_secs();
        // `fetch_update` fails if an earlier difference was at least as large.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |largest| {
            (seconds.unsigned_abs() > largest.unsigned_abs()).then_some(seconds)
        });
    }
}

impl Client {
    /// How far the local clock is ahead of the clock of the server. The duration is negative if the
    /// local clock is behind. `None` if the clocks differ by at most a minute, or if no response
    /// has arrived yet.
    #[must_use]
    pub fn clock_difference(&self) -> Option<SignedDuration> {
        let seconds = self.shared.clock_difference.0.load(Ordering::Relaxed);
        let difference = SignedDuration::from_secs(seconds);
        (difference.abs() > TOLERANCE).then_some(difference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_difference_is_kept_and_a_missing_or_invalid_header_is_ignored() {
        let difference = ClockDifference::default();
        let local_time: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        for (date, expected) in [
            (None, 0),
            (Some("Fri, 27 Nov 2026 12:00:00 GMT"), 0),
            (Some("Fri, 27 Nov 2026 11:59:00 GMT"), 60),
            (Some("yesterday"), 60),
            (Some("Fri, 32 Nov 2026 11:00:00 GMT"), 60),
            (Some("Fri, 27 Nov 2026 12:00:30 GMT"), 60),
            (Some("Fri, 27 Nov 2026 14:00:00 GMT"), -7200),
            (Some("Fri, 27 Nov 2026 12:00:00 GMT"), -7200),
        ] {
            let header = date.map(|date| HeaderValue::from_str(date).unwrap());
            difference.record(local_time, header.as_ref());
            assert_eq!(difference.0.load(Ordering::Relaxed), expected, "{date:?}");
        }
    }
}
