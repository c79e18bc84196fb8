//! The description of an API call: what is sent, when it can be retried, and what its errors say.

use crate::pbs::{Error, Secret, Target};
use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a call with [`Call::waits_for_locks`] is repeated while another write holds the lock of
/// a file.
const LOCK_LIMIT: Duration = Duration::from_secs(600);

/// An API call, which [`Client::send`](crate::pbs::Client::send) sends in one or more attempts.
pub(in crate::pbs) struct Call<'a> {
    pub(in crate::pbs) method: Method,
    pub(super) path: Vec<&'a str>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(in crate::pbs) body: Option<Bytes>,
    /// Whether a second execution of the call would do harm. Such a call is retried only if the
    /// server has certainly not carried it out.
    pub(in crate::pbs) not_idempotent: bool,
    /// The object that the call changes. `None` if another write cannot conflict with the call.
    pub(in crate::pbs) target: Option<Target>,
    /// Whether the call is sent without credentials.
    pub(super) anonymous: bool,
    /// The required privilege and its ACL path. An error about a missing privilege names both.
    pub(super) needs: Option<(&'static str, &'a str)>,
    /// The secrets in the body of the request. If the server repeats one of these secrets in an
    /// error, the secret is redacted.
    pub(super) redacts: Vec<Secret>,
    /// Whether the call is repeated while another write holds the lock of a file.
    waits_for_locks: bool,
    /// Whether the call starts a task. Such a call is not repeated if PBS cannot get a lock in
    /// time.
    pub(super) starts_task: bool,
    /// Whether status 500 is a final answer of PBS to this call. If false, status 500 is a sign of
    /// a temporary fault in PBS or in a proxy.
    pub(super) answers_with_500: bool,
}

impl<'a> Call<'a> {
    pub(in crate::pbs) fn get(path: impl Into<Vec<&'a str>>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(in crate::pbs) fn post(path: impl Into<Vec<&'a str>>) -> Self {
        Self::new(Method::POST, path)
    }

    pub(in crate::pbs) fn put(path: impl Into<Vec<&'a str>>) -> Self {
        Self::new(Method::PUT, path)
    }

    pub(in crate::pbs) fn delete(path: impl Into<Vec<&'a str>>) -> Self {
        Self::new(Method::DELETE, path)
    }

    fn new(method: Method, path: impl Into<Vec<&'a str>>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            body: None,
            not_idempotent: false,
            target: None,
            anonymous: false,
            needs: None,
            redacts: Vec::new(),
            waits_for_locks: false,
            starts_task: false,
            answers_with_500: false,
        }
    }

    /// Adds a parameter to the query.
    pub(in crate::pbs) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Sends a JSON body of at most 4096 bytes.
    pub(in crate::pbs) fn json(self, body: &impl Serialize) -> Self {
        self.json_of(body, 4096)
    }

    /// Sends a JSON body of at most `longest` bytes. This limit is the initial size of the buffer.
    /// A longer body would be sent, too, but the buffer would have to grow, and would leave copies
    /// of secrets in freed memory.
    pub(in crate::pbs) fn json_of(mut self, body: &impl Serialize, longest: usize) -> Self {
        let mut text = Zeroizing::new(Vec::with_capacity(longest));
        // This cannot fail, because all bodies consist of strings, numbers and booleans.
        let _ = serde_json::to_writer(&mut *text, body);
        self.body = Some(Bytes::from_owner(text));
        self
    }

    /// Marks the call as not idempotent. Such a call is retried only if the server has certainly
    /// not carried it out.
    pub(in crate::pbs) fn not_idempotent(self) -> Self {
        Self { not_idempotent: true, ..self }
    }

    /// Names the object that the call changes. If the response of the call is lost, other writes to
    /// the object are held back.
    pub(in crate::pbs) fn changes(self, target: impl Into<Target>) -> Self {
        Self { target: Some(target.into()), ..self }
    }

    /// Sends the call without credentials.
    pub(in crate::pbs) fn anonymous(self) -> Self {
        Self { anonymous: true, ..self }
    }

    /// Names the required privilege in errors about a missing privilege.
    pub(in crate::pbs) fn needs(self, privilege: &'static str, path: &'a str) -> Self {
        Self { needs: Some((privilege, path)), ..self }
    }

    /// Declares the secrets in the body. If the server repeats one of these secrets in an error,
    /// the secret is redacted.
    pub(in crate::pbs) fn redacts(self, secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self { redacts: secrets.into_iter().collect(), ..self }
    }

    /// Repeats the call for up to 10 minutes while another write holds the lock of a file. A worker
    /// task can hold the lock that long.
    pub(in crate::pbs) fn waits_for_locks(self) -> Self {
        Self { waits_for_locks: true, ..self }
    }

    /// Marks the call as one that starts a task. If PBS cannot get a lock in time, the call is not
    /// repeated, because the lock may be held by a task that an earlier call has started for the
    /// same purpose.
    pub(in crate::pbs) fn starts_task(self) -> Self {
        Self { starts_task: true, ..self }
    }

    /// Treats status 500 as a final answer of PBS, so that the call is not retried. With this
    /// status, PBS reports that another server, to which PBS connects for this call, has failed
    /// (PBS 4.2.3, recorded). A retry could cause a further refused login on that server.
    pub(in crate::pbs) fn answers_with_500(self) -> Self {
        Self { answers_with_500: true, ..self }
    }

    /// Whether the call is repeated after this error because another write holds the lock of a
    /// file. `elapsed` is the time since the call was sent for the first time.
    pub(super) fn waits_for_lock_after(&self, error: &Error, elapsed: Duration) -> bool {
        self.waits_for_locks && error.is_lock_timeout() && elapsed < LOCK_LIMIT
    }

    /// Whether the call can be retried after this error.
    pub(super) fn can_retry_after(&self, error: &Error) -> bool {
        match error {
            Error::Connect { transient, .. } => *transient,
            error if error.is_lock_timeout() => !self.starts_task,
            _ if self.not_idempotent => false,
            Error::ResponseLost { .. } => true,
            Error::Refused { status: 500, .. } if self.answers_with_500 => false,
            Error::Refused { status, .. } => matches!(status, 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// Whether the call writes the user configuration. After such a write, PBS discards its cached
    /// ACL.
    pub(super) fn writes_user_configuration(&self) -> bool {
        self.method != Method::GET && self.path.starts_with(&["access", "users"])
    }

    /// Method and path without the query, as errors and logs show them.
    pub(super) fn name(&self) -> String {
        format!("{} /{}", self.method, self.path.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbs::error::refused;

    #[test]
    fn a_call_waits_ten_minutes_for_a_lock() {
        let lock = "Unable to acquire lock \"/etc/proxmox-backup/.remote.lck\" - Interrupted system \
                    call (os error 4)";
        let error = |message| refused("PUT /config/remote/x".to_owned(), 400, message, &[]);
        let call = || Call::put(["config", "remote", "x"]);
        for (call, message, seconds, expected) in [
            (call().waits_for_locks(), lock, 0, true),
            (call().waits_for_locks(), lock, 599, true),
            (call().waits_for_locks(), lock, 600, false),
            (call().waits_for_locks(), "no such remote 'x'", 0, false),
            (call(), lock, 0, false),
        ] {
            let elapsed = Duration::from_secs(seconds);
            assert_eq!(call.waits_for_lock_after(&error(message), elapsed), expected, "{seconds}");
        }
    }
}
