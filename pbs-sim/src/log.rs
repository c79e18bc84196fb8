//! The record of requests, for tests to count and people to read. Holds no secret.

use std::time::Duration;

/// A request that was made, and what became of it.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Percent-decoded and without `/api2/json`, such as `/access/users/u@pbs/token/t`.
    pub path: String,
    /// Decoded; values of secrets are redacted.
    pub query: String,
    /// The authentication id of the caller, if it proved to be one.
    pub caller: Option<String>,
    /// `None` if the request was dropped without being handled.
    pub status: Option<u16>,
    /// Parameters of the query, form or JSON body; values of secrets are redacted.
    pub params: Vec<(String, String)>,
    /// The fault that was injected, if one was.
    pub fault: Option<&'static str>,
    /// From the last byte of the request to the answer.
    pub took: Duration,
}

impl Request {
    /// The value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
