//! Faults that tests inject: which requests fail, how, and how often.

use std::time::Duration;

/// A fault to inject with [`Simulator::fault`](crate::Simulator::fault): the requests that it
/// applies to, what goes wrong, and how often.
///
/// ```
/// use pbs_sim::{Fault, FaultKind};
/// // The first request that creates a token succeeds, but its response is lost.
/// Fault::new("POST", "/access/users/*/token/*", FaultKind::DroppedAfter).times(1);
/// // The server cannot be reached.
/// Fault::new("*", "**", FaultKind::Refused);
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    /// HTTP method of the requests, or `*` for every method.
    pub method: String,
    /// Pattern for the decoded path without `/api2/json`. `*` matches any text without `/`, and
    /// `**` matches any text.
    pub path: String,
    /// What goes wrong.
    pub kind: FaultKind,
    /// Maximum number of times that the fault occurs. `None` means that the fault occurs for every
    /// matching request.
    pub times: Option<u32>,
    /// Number of matching requests that are handled normally before the fault occurs.
    pub skip: u32,
}

/// What goes wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The server refuses connections. New connections are closed before the TLS handshake. A
    /// matching request on an open connection is not handled, and the connection is closed.
    ///
    /// A fault with the method `*` and the path `**` refuses connections as soon as it is injected.
    /// A connection alone does not show which request will follow. Any other fault of this kind
    /// therefore refuses connections only after its first matching request. Every refused
    /// connection counts towards `times`.
    Refused,
    /// The request is not handled, and the connection is closed without a response.
    DroppedBefore,
    /// The request is handled, and then the connection is closed without a response.
    DroppedAfter,
    /// The request is not handled, and no response is sent. The connection stays open.
    Hang,
    /// The request is not handled. The response has this HTTP status and plain text.
    Status(u16, String),
    /// The request is not handled. The response has this HTTP status, and its text repeats the
    /// headers and the body of the request.
    Repeats(u16),
    /// The request is not handled. The response is the 502 HTML page of a reverse proxy that cannot
    /// reach PBS.
    Html502,
    /// The request is not handled. The response is PBS's 401 for wrong credentials.
    Unauthorized,
    /// The request is not handled. The response is PBS's 403 for a missing privilege.
    Forbidden,
    /// The request is handled. Half of the response's body is sent, then the connection is closed.
    Truncated,
    /// The request is handled without delay, and the response is sent after this delay.
    Slow(Duration),
    /// The connection is closed without a response. The request is handled later, when this time
    /// has passed on the clock of the simulator. On PBS, this happens if the client disconnects
    /// while its request waits for a lock (PBS 4.2.3, measured).
    Late(Duration),
}

impl Fault {
    /// A fault that occurs for every request with this method and path. [`Fault::method`] and
    /// [`Fault::path`] describe the patterns.
    pub fn new(method: &str, path: &str, kind: FaultKind) -> Self {
        Self { method: method.into(), path: path.into(), kind, times: None, skip: 0 }
    }

    /// Limits the fault to this number of occurrences.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Lets this number of matching requests be handled normally before the fault occurs.
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Whether the fault applies to a request with this method and decoded path.
    pub(crate) fn matches(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method == method) && matches_pattern(&self.path, path)
    }

    fn matches_every_request(&self) -> bool {
        self.method == "*" && self.path == "**"
    }
}

impl FaultKind {
    /// Name of the fault in the request log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::DroppedBefore => "dropped before",
            Self::DroppedAfter => "dropped after",
            Self::Hang => "hang",
            Self::Status(..) => "status",
            Self::Repeats(_) => "repeats",
            Self::Html502 => "502 HTML",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::Truncated => "truncated",
            Self::Slow(_) => "slow",
            Self::Late(_) => "late",
        }
    }
}

/// Identifies an injected fault, so that a test can count its occurrences or clear it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultId(u64);

/// The injected faults that have not been cleared, in the order in which they were injected.
#[derive(Default)]
pub(crate) struct Faults {
    injected: Vec<InjectedFault>,
    last_id: u64,
}

struct InjectedFault {
    id: FaultId,
    fault: Fault,
    /// Number of matching requests that were handled normally because of [`Fault::skip`].
    skipped: u32,
    /// Number of requests and connections for which the fault occurred.
    occurrences: u32,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) -> FaultId {
        self.last_id += 1;
        let id = FaultId(self.last_id);
        self.injected.push(InjectedFault { id, fault, skipped: 0, occurrences: 0 });
        id
    }

    pub(crate) fn clear(&mut self, id: FaultId) {
        self.injected.retain(|injected| injected.id != id);
    }

    pub(crate) fn clear_all(&mut self) {
        self.injected.clear();
    }

    /// How often the fault occurred. 0 if the fault was cleared.
    pub(crate) fn occurrences(&self, id: FaultId) -> u32 {
        self.injected
            .iter()
            .find(|injected| injected.id == id)
            .map_or(0, |injected| injected.occurrences)
    }

    /// Whether a new connection is refused. Counts the occurrence of the fault that refuses the
    /// connection.
    pub(crate) fn refuse_connection(&mut self) -> bool {
        self.injected
            .iter_mut()
            .filter(|injected| injected.fault.kind == FaultKind::Refused)
            .filter(|injected| injected.occurrences > 0 || injected.fault.matches_every_request())
            .any(InjectedFault::try_occur)
    }

    /// The fault that occurs for a request. A matching fault can occur if it has skipped enough
    /// requests and has not reached its limit. If several faults can occur, the fault that was
    /// injected first occurs. Counts the occurrence.
    pub(crate) fn occur_for(&mut self, method: &str, path: &str) -> Option<FaultKind> {
        self.injected
            .iter_mut()
            .filter(|injected| injected.fault.matches(method, path))
            .find_map(|injected| injected.try_occur().then(|| injected.fault.kind.clone()))
    }
}

impl InjectedFault {
    /// Whether the fault occurs for the next request or connection that it applies to. Updates the
    /// counters.
    fn try_occur(&mut self) -> bool {
        if self.fault.times.is_some_and(|times| self.occurrences >= times) {
            return false;
        }
        if self.skipped < self.fault.skip {
            self.skipped += 1;
            return false;
        }
        self.occurrences += 1;
        true
    }
}

/// Whether the whole path matches the pattern. `*` matches any text without `/`, even the empty
/// text. `**` matches any text.
fn matches_pattern(pattern: &str, path: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("**") {
        return any_suffix_matches(rest, path, path.len());
    }
    if let Some(rest) = pattern.strip_prefix('*') {
        let end_of_segment = path.find('/').unwrap_or(path.len());
        return any_suffix_matches(rest, path, end_of_segment);
    }
    match (pattern.chars().next(), path.chars().next()) {
        (None, None) => true,
        (Some(expected), Some(actual)) if expected == actual => {
            matches_pattern(&pattern[expected.len_utf8()..], &path[actual.len_utf8()..])
        }
        _ => false,
    }
}

/// Whether there is an `n` up to `max_skip` for which the pattern matches the path without its
/// first `n` bytes.
fn any_suffix_matches(pattern: &str, path: &str, max_skip: usize) -> bool {
    (0..=max_skip)
        .filter(|n| path.is_char_boundary(*n))
        .any(|n| matches_pattern(pattern, &path[n..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_matches_within_a_segment_and_two_stars_match_anything() {
        let token = "/access/users/u@pbs/token/ci";
        for pattern in [token, "/access/users/*/token/*", "/access/**", "**", "**/token/c*"] {
            assert!(matches_pattern(pattern, token), "{pattern}");
        }
        for pattern in ["", "/access", "/access/users/*", "/access/users/*/token", "*"] {
            assert!(!matches_pattern(pattern, token), "{pattern}");
        }
    }

    #[test]
    fn a_fault_occurs_after_the_skipped_requests_until_its_limit() {
        let mut faults = Faults::default();
        let id = faults.inject(Fault::new("GET", "/version", FaultKind::Hang).skip(1).times(2));
        let occurred: Vec<bool> =
            (0..4).map(|_| faults.occur_for("GET", "/version").is_some()).collect();
        assert_eq!(occurred, [false, true, true, false]);
        assert_eq!(faults.occurrences(id), 2);
        assert_eq!(faults.occur_for("PUT", "/version"), None);
    }

    #[test]
    fn a_refused_fault_for_one_path_refuses_connections_after_its_first_request() {
        let mut faults = Faults::default();
        faults.inject(Fault::new("POST", "/x", FaultKind::Refused));
        assert!(!faults.refuse_connection());
        assert_eq!(faults.occur_for("POST", "/x"), Some(FaultKind::Refused));
        assert!(faults.refuse_connection());
    }

    #[test]
    fn a_refused_fault_for_all_paths_refuses_new_connections_until_its_limit() {
        let mut faults = Faults::default();
        faults.inject(Fault::new("*", "**", FaultKind::Refused).times(1));
        assert!(faults.refuse_connection());
        assert!(!faults.refuse_connection());
    }
}
