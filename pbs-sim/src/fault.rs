//! Faults on demand: which requests go wrong, how, and how often. Knows nothing of what requests do.

use std::time::Duration;

/// A fault to inject, with [`Simulator::fault`](crate::Simulator::fault).
///
/// ```
/// use pbs_sim::{Fault, FaultKind};
/// // The first answer to a token's creation is lost, after the token was made.
/// Fault::new("POST", "/access/users/*/token/*", FaultKind::DroppedAfter).times(1);
/// // Nothing can be reached from now on.
/// Fault::new("*", "**", FaultKind::Refused);
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    /// A method, or `*` for any.
    pub method: String,
    /// A decoded path without `/api2/json`: `*` stands for anything within a segment, `**` for
    /// anything.
    pub path: String,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How often; `None` means every time.
    pub times: Option<u32>,
    /// How many matching requests are handled normally before.
    pub skip: u32,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// New connections are closed before TLS begins, and a matching request that comes on a
    /// connection already there closes it unhandled. If the fault is about particular requests,
    /// connections are refused from the first such request on.
    Refused,
    /// The connection is closed, and nothing was done.
    DroppedBefore,
    /// The request is handled, then the connection is closed without an answer.
    DroppedAfter,
    /// Nothing is done and no answer comes.
    Hang,
    /// Answered with this status and plain text; nothing was done.
    Status(u16, String),
    /// Answered as a reverse proxy does that cannot reach PBS; nothing was done.
    Html502,
    /// Answered as if the credentials were wrong.
    Unauthorized,
    /// Answered as if a privilege were missing.
    Forbidden,
    /// The request is handled, then half of the answer's body is sent and the connection closed.
    Truncated,
    /// The request is handled at once, and answered this much later.
    Slow(Duration),
}

impl Fault {
    /// A fault that happens every time.
    pub fn new(method: &str, path: &str, kind: FaultKind) -> Self {
        Self { method: method.into(), path: path.into(), kind, times: None, skip: 0 }
    }

    /// The fault happens so many times only.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// So many matching requests go well before.
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    pub(crate) fn matches(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method == method) && glob(&self.path, path)
    }

    fn matches_all(&self) -> bool {
        self.method == "*" && self.path == "**"
    }
}

impl FaultKind {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::DroppedBefore => "dropped before",
            Self::DroppedAfter => "dropped after",
            Self::Hang => "hang",
            Self::Status(..) => "status",
            Self::Html502 => "502 HTML",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::Truncated => "truncated",
            Self::Slow(_) => "slow",
        }
    }
}

/// Names an injected fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultId(u64);

/// The faults that are set, and how often each has happened.
#[derive(Default)]
pub(crate) struct Faults {
    set: Vec<State>,
    last_id: u64,
}

struct State {
    id: FaultId,
    fault: Fault,
    seen: u32,
    fired: u32,
}

impl Faults {
    pub(crate) fn set(&mut self, fault: Fault) -> FaultId {
        self.last_id += 1;
        let id = FaultId(self.last_id);
        self.set.push(State { id, fault, seen: 0, fired: 0 });
        id
    }

    pub(crate) fn clear(&mut self, id: FaultId) {
        self.set.retain(|state| state.id != id);
    }

    pub(crate) fn clear_all(&mut self) {
        self.set.clear();
    }

    pub(crate) fn fired(&self, id: FaultId) -> u32 {
        self.set.iter().find(|state| state.id == id).map_or(0, |state| state.fired)
    }

    /// Whether a new connection is refused.
    pub(crate) fn refuses_connection(&mut self) -> bool {
        self.set
            .iter_mut()
            .filter(|state| state.fault.kind == FaultKind::Refused)
            .filter(|state| state.fired > 0 || state.fault.matches_all())
            .any(State::fires)
    }

    /// The fault that befalls a request: the first one set that matches and is not used up.
    pub(crate) fn befalling(&mut self, method: &str, path: &str) -> Option<FaultKind> {
        self.set
            .iter_mut()
            .filter(|state| state.fault.matches(method, path))
            .find_map(|state| state.fires().then(|| state.fault.kind.clone()))
    }
}

impl State {
    fn fires(&mut self) -> bool {
        if self.fault.times.is_some_and(|times| self.fired >= times) {
            return false;
        }
        if self.seen < self.fault.skip {
            self.seen += 1;
            return false;
        }
        self.fired += 1;
        true
    }
}

fn glob(pattern: &str, path: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("**") {
        return (0..=path.len())
            .filter(|at| path.is_char_boundary(*at))
            .any(|at| glob(rest, &path[at..]));
    }
    if let Some(rest) = pattern.strip_prefix('*') {
        let segment = path.find('/').unwrap_or(path.len());
        return (0..=segment)
            .filter(|at| path.is_char_boundary(*at))
            .any(|at| glob(rest, &path[at..]));
    }
    match (pattern.chars().next(), path.chars().next()) {
        (None, None) => true,
        (Some(wanted), Some(found)) if wanted == found => {
            glob(&pattern[wanted.len_utf8()..], &path[found.len_utf8()..])
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        let token = "/access/users/u@pbs/token/ci";
        for pattern in [token, "/access/users/*/token/*", "/access/**", "**", "**/token/c*"] {
            assert!(glob(pattern, token), "{pattern}");
        }
        for pattern in ["", "/access", "/access/users/*", "/access/users/*/token", "*"] {
            assert!(!glob(pattern, token), "{pattern}");
        }
    }

    #[test]
    fn a_fault_skips_then_happens_then_is_used_up() {
        let mut faults = Faults::default();
        let id = faults.set(Fault::new("GET", "/version", FaultKind::Hang).skip(1).times(2));
        let hits: Vec<bool> =
            (0..4).map(|_| faults.befalling("GET", "/version").is_some()).collect();
        assert_eq!(hits, [false, true, true, false]);
        assert_eq!(faults.fired(id), 2);
        assert_eq!(faults.befalling("PUT", "/version"), None);
    }

    #[test]
    fn connections_are_refused_from_the_first_matching_request_on() {
        let mut faults = Faults::default();
        faults.set(Fault::new("POST", "/x", FaultKind::Refused));
        assert!(!faults.refuses_connection());
        assert_eq!(faults.befalling("POST", "/x"), Some(FaultKind::Refused));
        assert!(faults.refuses_connection());

        let mut faults = Faults::default();
        faults.set(Fault::new("*", "**", FaultKind::Refused).times(1));
        assert!(faults.refuses_connection());
        assert!(!faults.refuses_connection());
    }
}
