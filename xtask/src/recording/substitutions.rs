//! Translates values that are different on every server: secrets, digests, tickets and the ids of
//! tasks. The fixture contains the values of the first recording. The tables in this module map
//! these recorded values to the actual values, which are the values of the server in use.

use std::collections::BTreeMap;

use super::sender::percent_encoded;

/// The actual values that the server has returned so far, each with its recorded value as the key.
#[derive(Default)]
pub struct Substitutions {
    /// Actual secret by recorded secret.
    pub secrets: BTreeMap<String, String>,
    /// Actual digest by recorded digest.
    pub digests: BTreeMap<String, String>,
    /// Whether different recorded digests can stand for the same actual digest. There are two
    /// reasons for such digests: other clients may have changed the configuration during the
    /// recording, and PBS sometimes writes the same content in another form.
    pub digests_can_coincide: bool,
    /// Actual task id by recorded task id.
    upids: BTreeMap<String, String>,
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
    /// The recorded digest that stands for this actual digest.
    pub(super) fn recorded_digest(&self, actual: &str) -> Option<&str> {
        let known = self.digests.iter().find(|(_, known)| *known == actual);
        known.map(|(recorded, _)| recorded.as_str())
    }

    /// Remembers the actual task id that belongs to a recorded task id.
    pub(super) fn learn_upid(&mut self, recorded: &str, actual: &str) {
        self.upids.insert(recorded.into(), actual.into());
    }

    /// Replaces recorded secrets, digests and task ids by the actual values. The task ids can be
    /// percent-encoded, as in a path.
    pub(super) fn to_actual(&self, text: &str) -> String {
        let secrets = self.secrets.iter();
        let text = secrets
            .fold(text.to_owned(), |text, (recorded, actual)| text.replace(recorded, actual));
        let text = match text.contains("UPID") {
            true => self.upids.iter().fold(text, |text, (recorded, actual)| {
                text.replace(recorded, actual)
                    .replace(&percent_encoded(recorded), &percent_encoded(actual))
            }),
            false => text,
        };
        self.with_actual_digests(&text)
    }

    /// Replaces recorded digests by the actual digests. A recording can contain thousands of
    /// digests, so this function looks up each word of hexadecimal digits. This is faster than a
    /// search of the text for each digest.
    fn with_actual_digests(&self, text: &str) -> String {
        let mut result = String::new();
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit()) {
            let word = &rest[start..];
            let end = word.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(word.len());
            let word = &word[..end];
            result += &rest[..start];
            result += self.digests.get(word).map_or(word, String::as_str);
            rest = &rest[start + end..];
        }
        result + rest
    }

    /// Replaces actual secrets and digests by the recorded values.
    pub(super) fn to_recorded(&self, text: &str) -> String {
        let pairs = self.secrets.iter().chain(&self.digests);
        pairs.fold(text.to_owned(), |text, (recorded, actual)| text.replace(actual, recorded))
    }
}
