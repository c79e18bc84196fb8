//! Entries of the request log. Tests inspect these entries, and the program prints them to stderr.
//! The entries contain no secrets.

use std::time::Duration;

/// A request that the simulator received, with its result.
#[derive(Clone, Debug)]
pub struct Request {
    /// HTTP method, for example `GET`.
    pub method: String,
    /// Percent-decoded path without `/api2/json`, for example `/access/users/u@pbs/token/t`.
    pub path: String,
    /// Decoded query string, with the values of secrets redacted.
    pub query: String,
    /// Authentication id of the caller. `None` if the caller was not authenticated, if the endpoint
    /// needs no authentication, or if a fault prevented the request from being handled.
    pub caller: Option<String>,
    /// HTTP status of the response. It is set even if a fault prevented the response from being
    /// sent. `None` if a fault prevented the request from being handled and no response was sent.
    pub status: Option<u16>,
    /// Parameters from the query and the form or JSON body, with the values of secrets redacted.
    /// Empty if the parameters could not be parsed.
    pub params: Vec<(String, String)>,
    /// Name of the injected fault that applied to this request, if any.
    pub fault: Option<&'static str>,
    /// Time between receiving the complete request and finishing its response. It does not include
    /// the delay of a [`FaultKind::Slow`](crate::FaultKind::Slow) fault.
    pub took: Duration,
}

impl Request {
    /// The value of the first parameter with this name.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(param_name, _)| param_name == name)
            .map(|(_, value)| value.as_str())
    }
}
