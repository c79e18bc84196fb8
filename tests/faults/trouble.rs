//! The kinds of faults, and the requests of a scenario at which they happen.

use std::time::Duration;

use pbs_sim::{Fault, FaultKind, Request};

/// A delay longer than the one second that the provider waits for a response here.
const TOO_LATE: Duration = Duration::from_millis(1500);
/// A delay after which the provider still gets the response.
const IN_TIME: Duration = Duration::from_millis(100);

/// A fault at one request of a scenario.
pub(crate) struct Trouble {
    pub(crate) fault: Fault,
    pub(crate) description: String,
}

/// The kinds of faults for the table `OPERATIONS`.
pub(crate) fn operation_faults() -> [(&'static str, FaultKind); 11] {
    [
        ("refused", FaultKind::Refused),
        ("dropped before", FaultKind::DroppedBefore),
        ("dropped after commit", FaultKind::DroppedAfter),
        ("hang", FaultKind::Hang),
        ("500", FaultKind::Status(500, "out of order".into())),
        ("502 HTML", FaultKind::Html502),
        ("401", FaultKind::Unauthorized),
        ("403", FaultKind::Forbidden),
        ("truncated body", FaultKind::Truncated),
        ("slow, too late", FaultKind::Slow(TOO_LATE)),
        ("slow, in time", FaultKind::Slow(IN_TIME)),
    ]
}

/// The kinds of faults for the table `SECRETS`.
pub(crate) fn secret_faults() -> [(&'static str, FaultKind); 11] {
    [
        ("refused", FaultKind::Refused),
        ("dropped before", FaultKind::DroppedBefore),
        ("dropped after commit", FaultKind::DroppedAfter),
        ("hang", FaultKind::Hang),
        ("slow, too late", FaultKind::Slow(TOO_LATE)),
        ("truncated body", FaultKind::Truncated),
        ("500", FaultKind::Status(500, "out of order".into())),
        ("503", FaultKind::Status(503, "starting".into())),
        ("502 HTML", FaultKind::Html502),
        ("401", FaultKind::Unauthorized),
        ("403", FaultKind::Forbidden),
    ]
}

/// Combines every request with every kind of fault. Each combination occurs twice. In one case the
/// fault happens only at the first try. In the other case the fault happens at every try. Skips the
/// requests at which the scenario itself has a fault.
pub(crate) fn troubles(requests: &[Request], faults: &[(&'static str, FaultKind)]) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        if request.fault.is_some() {
            continue;
        }
        let (method, pattern) = (&request.method, pattern(&request.path));
        let same = |earlier: &&Request| {
            earlier.fault.is_none()
                && earlier.method == *method
                && self::pattern(&earlier.path) == pattern
        };
        let earlier = requests[..index].iter().filter(same).count() as u32;
        for (name, kind) in faults {
            for times in [Some(1), None] {
                let fault =
                    Fault { times, skip: earlier, ..Fault::new(method, &pattern, kind.clone()) };
                let tries = if times.is_some() { "first try" } else { "every try" };
                let number = earlier + 1;
                let description = format!("{method} {pattern} #{number}: {name}, {tries}");
                troubles.push(Trouble { fault, description });
            }
        }
    }
    troubles
}

/// The path with a wildcard for the name of an ephemeral token, which differs from run to run.
fn pattern(path: &str) -> String {
    match path.split_once("/token/tf-") {
        Some((user, _)) => format!("{user}/token/tf-*"),
        None => path.to_owned(),
    }
}
