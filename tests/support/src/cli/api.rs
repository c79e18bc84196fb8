//! The HTTP API of PBS, as an administrator uses it. The tests use this API to prepare a test, to
//! change objects outside of Terraform, and to check the objects on the server. This module
//! deliberately shares no code with the provider. If shared code misspelt a field name, no test
//! would notice it.

use reqwest::{
    Method, StatusCode,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use xtask::pinned_tls;

/// How often a request is repeated after a lock timeout. If several tests use one real server, PBS
/// can deadlock on their deletions. The request then fails after 10 seconds without a change (PBS
/// 4.2.3, measured).
const LOCK_RETRIES: usize = 5;

/// A connection to a server with one credential.
pub struct Api {
    client: reqwest::Client,
    runtime: Runtime,
    base: String,
}

impl Api {
    /// `token` has the form `user@realm!name:secret`. The token is sent only to a server with this
    /// certificate.
    pub fn new(endpoint: &str, fingerprint: &str, token: &str) -> Self {
        let mut authorization =
            HeaderValue::from_str(&format!("PBSAPIToken={token}")).expect("a token is one line");
        authorization.set_sensitive(true);
        let tls = pinned_tls::client_config(fingerprint).expect("a TLS configuration");
        let builder = reqwest::Client::builder()
            .no_proxy()
            .tls_backend_preconfigured(tls)
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, authorization)]));
        Self {
            client: builder.build().expect("an HTTP client"),
            runtime: Builder::new_current_thread().enable_all().build().expect("a runtime"),
            base: format!("{}/api2/json", endpoint.trim_end_matches('/')),
        }
    }

    /// Sends a GET request. Returns `data` of the response.
    #[track_caller]
    pub fn get(&self, path: &str) -> Value {
        self.send(Method::GET, path, &[])
    }

    /// Like [`Self::get`], but returns `None` if the version of the server does not have the path.
    #[track_caller]
    pub fn get_if_known(&self, path: &str) -> Option<Value> {
        let is_unknown = self.response(Method::GET, path, &[]).0 == StatusCode::NOT_FOUND;
        (!is_unknown).then(|| self.get(path))
    }

    /// Sends a POST request with a form. Returns `data` of the response.
    #[track_caller]
    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        self.send(Method::POST, path, form)
    }

    /// Sends a PUT request with a form. Returns `data` of the response.
    #[track_caller]
    pub fn put(&self, path: &str, form: &[(&str, &str)]) -> Value {
        self.send(Method::PUT, path, form)
    }

    /// Sends a DELETE request. Returns `data` of the response.
    #[track_caller]
    pub fn delete(&self, path: &str) -> Value {
        self.send(Method::DELETE, path, &[])
    }

    /// Whether the server accepts the credential. PBS delays the response to a wrong credential.
    #[track_caller]
    pub fn accepts_credential(&self) -> bool {
        match self.response(Method::GET, "/version", &[]) {
            (StatusCode::OK, _) => true,
            (StatusCode::UNAUTHORIZED, _) => false,
            (status, body) => panic!("GET /version: {status} {body}"),
        }
    }

    #[track_caller]
    fn send(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Value {
        let name = format!("{method} {path}");
        let mut response = self.response(method.clone(), path, form);
        for _ in 0..LOCK_RETRIES {
            if !is_lock_timeout(&response) {
                break;
            }
            response = self.response(method.clone(), path, form);
        }
        let (status, body) = response;
        assert!(status.is_success(), "{name}: {status} {body}");
        let mut response: Value =
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{name}: {error}"));
        response["data"].take()
    }

    #[track_caller]
    fn response(&self, method: Method, path: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
        let name = format!("{method} {path}");
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if !form.is_empty() {
            request = request.form(form);
        }
        let response = self.runtime.block_on(async {
            let response = request.send().await?;
            Ok::<_, reqwest::Error>((response.status(), response.text().await?))
        });
        response.unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

fn is_lock_timeout((status, body): &(StatusCode, String)) -> bool {
    *status == StatusCode::BAD_REQUEST && body.starts_with("Unable to acquire lock")
}
