//! The kinds of faults, and the requests of a scenario at which they happen.

use std::time::Duration;

use pbs_sim::{Fault, FaultKind, Request};

/// A delay longer than one second, the time that the provider waits for a response in these tests.
const TOO_LATE: Duration = Duration::from_millis(1500);
/// A delay after which the provider still gets the response.
const IN_TIME: Duration = Duration::from_millis(100);

/// The delay of a late write, on the clock of the simulator. If the response to a write is lost,
/// the provider waits until PBS can no longer carry out the write. The shortest such wait is 15
/// seconds, so the delay must be shorter.
const LATE: Duration = Duration::from_secs(14);

/// A fault at one request of a scenario.
pub(crate) struct Trouble {
    pub(crate) fault: Fault,
    /// Whether Terraform asks the provider to stop at its first wait for a late write.
    pub(crate) stopped: bool,
    pub(crate) description: String,
}

/// The kinds of faults for the table `OPERATIONS`.
pub(crate) fn operation_faults() -> [(&'static str, FaultKind); 12] {
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
        ("late", FaultKind::Late(LATE)),
    ]
}

/// The kinds of faults for the table `SECRETS`.
pub(crate) fn secret_faults() -> [(&'static str, FaultKind); 12] {
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
        ("late", FaultKind::Late(LATE)),
    ]
}

/// Combines every request with every kind of fault. Each combination occurs twice. In one case the
/// fault happens only at the first try. In the other case the fault happens at every try. A late
/// write occurs in two further cases, in which Terraform asks the provider to stop while the
/// provider waits. Skips the requests at which the scenario itself has a fault.
pub(crate) fn troubles(requests: &[Request], faults: &[(&'static str, FaultKind)]) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        if request.fault.is_some() {
            continue;
        }
        let (method, pattern) = (&request.method, pattern(&request.path));
        let is_same_request = |earlier: &&Request| {
            earlier.fault.is_none()
                && earlier.method == *method
                && self::pattern(&earlier.path) == pattern
        };
        let skip = requests[..index].iter().filter(is_same_request).count() as u32;
        for (name, kind) in faults {
            let is_late = matches!(kind, FaultKind::Late(_));
            // A request that changes nothing has the same effect at any time.
            if is_late && method == "GET" {
                continue;
            }
            for (times, tries) in [(Some(1), "first try"), (None, "every try")] {
                for stopped in if is_late { &[false, true][..] } else { &[false] } {
                    let fault = Fault { times, skip, ..Fault::new(method, &pattern, kind.clone()) };
                    let stop = if *stopped { ", stopped" } else { "" };
                    let number = skip + 1;
                    let description =
                        format!("{method} {pattern} #{number}: {name}, {tries}{stop}");
                    troubles.push(Trouble { fault, stopped: *stopped, description });
                }
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
