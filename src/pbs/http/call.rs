//! One request, described: what to send, whether it may be sent again, and what to say about it.

use crate::pbs::{Error, Secret};
use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;
use zeroize::Zeroizing;

/// What to send; how, is [`Client::send`](crate::pbs::Client::send)'s business.
pub(in crate::pbs) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: Vec<&'a str>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Bytes>,
    /// May only be sent again where it surely was not carried out.
    not_idempotent: bool,
    pub(super) anonymous: bool,
    pub(super) needs: Option<(&'static str, &'a str)>,
    pub(super) redacts: Option<&'a Secret>,
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
            anonymous: false,
            needs: None,
            redacts: None,
        }
    }

    pub(in crate::pbs) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(in crate::pbs) fn json(mut self, body: &impl Serialize) -> Self {
        // With room for every body there is, so that it is not copied while it grows.
        let mut text = Zeroizing::new(Vec::with_capacity(4096));
        // A struct of texts, numbers and booleans always has a JSON form.
        let _ = serde_json::to_writer(&mut *text, body);
        self.body = Some(Bytes::from_owner(text));
        self
    }

    /// A second one would do harm, so it is only sent again where the first surely did nothing.
    pub(in crate::pbs) fn not_idempotent(self) -> Self {
        Self { not_idempotent: true, ..self }
    }

    /// Goes without credentials.
    pub(in crate::pbs) fn anonymous(self) -> Self {
        Self { anonymous: true, ..self }
    }

    /// What to say when PBS answers 403.
    pub(in crate::pbs) fn needs(self, privilege: &'static str, path: &'a str) -> Self {
        Self { needs: Some((privilege, path)), ..self }
    }

    /// What must not be shown even if the server repeats it.
    pub(in crate::pbs) fn redacts(self, secret: Option<&'a Secret>) -> Self {
        Self { redacts: secret, ..self }
    }

    /// Whether it may be sent again after this error.
    pub(super) fn may_repeat_after(&self, error: &Error) -> bool {
        match error {
            Error::Connect { transient, .. } => *transient,
            error if error.is_lock_timeout() => true,
            _ if self.not_idempotent => false,
            Error::ResponseLost { .. } => true,
            Error::Refused { status, .. } => matches!(status, 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// The method and the path, as errors and logs name it; the query is left out.
    pub(super) fn name(&self) -> String {
        format!("{} /{}", self.method, self.path.join("/"))
    }
}
