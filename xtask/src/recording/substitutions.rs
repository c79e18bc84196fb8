//! Translates values that are different on every server: secrets, digests and tickets. The fixture
//! contains the values of its first recording, and these tables map them to the values of the
//! server in use.

use std::collections::BTreeMap;

/// The actual values that the server has already returned. Each actual value is stored under its
/// recorded value.
#[derive(Default)]
pub struct Substitutions {
    /// Actual secret by recorded secret.
    pub secrets: BTreeMap<String, String>,
    /// Actual digest by recorded digest.
    pub digests: BTreeMap<String, String>,
    /// Actual login by user and recorded time of the ticket.
    pub(super) logins: BTreeMap<(String, String), Login>,
}

/// A ticket and the CSRF prevention token that goes with it.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) ticket: String,
    pub(super) csrf: String,
}

impl Login {
    pub(super) fn signature(&self) -> &str {
        self.ticket.split_once("::").map_or("", |(_, signature)| signature)
    }
}

impl Substitutions {
    /// The recorded digest that stands for this actual one.
    pub(super) fn recorded_digest(&self, actual: &str) -> Option<&str> {
        let known = self.digests.iter().find(|(_, known)| *known == actual);
        known.map(|(recorded, _)| recorded.as_str())
    }

    /// Replaces recorded secrets and digests by the actual ones.
    pub(super) fn to_actual(&self, text: &str) -> String {
        let pairs = self.secrets.iter().chain(&self.digests);
        pairs.fold(text.to_owned(), |text, (recorded, actual)| text.replace(recorded, actual))
    }

    /// Replaces actual secrets and digests by the recorded ones.
    pub(super) fn to_recorded(&self, text: &str) -> String {
        let pairs = self.secrets.iter().chain(&self.digests);
        pairs.fold(text.to_owned(), |text, (recorded, actual)| text.replace(actual, recorded))
    }
}
