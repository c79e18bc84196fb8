//! A simple HTTPS client for the tests of the simulator.

use std::{sync::Arc, time::Duration};

use pbs_sim::{Settings, Simulator};
use reqwest::{
    Client, Method,
    header::{AUTHORIZATION, COOKIE},
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde_json::Value;

/// A client of the simulator that authenticates with an API token, with a ticket, or not at all.
/// Paths do not include `/api2/json`. The methods `get`, `put`, `post` and `delete` return the
/// status and the body of the response.
#[derive(Clone)]
pub(crate) struct Caller {
    client: Client,
    base_url: String,
    token: Option<String>,
    /// Ticket and CSRF token. `None` if this caller has not logged in.
    ticket: Option<(String, String)>,
}

#[allow(dead_code, reason = "each test file compiles this module and uses only a part of it")]
impl Caller {
    /// A caller that authenticates with the admin token of the simulator.
    pub(crate) fn admin(sim: &Simulator) -> Self {
        Self::with_token(sim, sim.admin_token())
    }

    /// A caller that authenticates with a token of the form `user@realm!name:secret`.
    pub(crate) fn with_token(sim: &Simulator, token: &str) -> Self {
        Self { token: Some(token.into()), ..Self::anonymous(sim) }
    }

    /// A caller that sends no credentials.
    pub(crate) fn anonymous(sim: &Simulator) -> Self {
        let base_url = format!("{}/api2/json", sim.endpoint());
        Self { client: client(sim), base_url, token: None, ticket: None }
    }

    /// Logs in, and returns a caller that authenticates with the new ticket. Returns `None` if the
    /// login fails.
    pub(crate) async fn login(sim: &Simulator, userid: &str, password: &str) -> Option<Self> {
        let anonymous = Self::anonymous(sim);
        let form = [("username", userid), ("password", password)];
        let (status, body) = anonymous.send("POST", "/access/ticket", &form).await.ok()?;
        let data = &serde_json::from_str::<Value>(&body).ok()?["data"];
        let text = |name: &str| data[name].as_str().unwrap_or_default().to_string();
        let ticket = Some((text("ticket"), text("CSRFPreventionToken")));
        (status == 200).then_some(Self { ticket, ..anonymous })
    }

    /// The ticket of the login. Empty if this caller has not logged in.
    pub(crate) fn ticket(&self) -> &str {
        self.ticket.as_ref().map_or("", |(ticket, _)| ticket)
    }

    /// Sends a request, and returns the status and the body of the response. The form is ignored if
    /// the method is `GET`.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> reqwest::Result<(u16, String)> {
        let response = self.response(method, path, form).await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    /// Like [`send`](Self::send), but returns the whole response.
    pub(crate) async fn response(
        &self,
        method: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> reqwest::Result<reqwest::Response> {
        let method = Method::from_bytes(method.as_bytes()).expect("the method is valid");
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.base_url));
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("PBSAPIToken={token}"));
        }
        if let Some((ticket, csrf_token)) = &self.ticket {
            request = request.header(COOKIE, format!("PBSAuthCookie={ticket}"));
            request = request.header("CSRFPreventionToken", csrf_token);
        }
        if method != Method::GET && !form.is_empty() {
            request = request.form(form);
        }
        request.send().await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        self.send("GET", path, &[]).await.expect("the server responds")
    }

    pub(crate) async fn put(&self, path: &str, form: &[(&str, &str)]) -> (u16, String) {
        self.send("PUT", path, form).await.expect("the server responds")
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, String) {
        self.send("POST", path, form).await.expect("the server responds")
    }

    pub(crate) async fn delete(&self, path: &str) -> (u16, String) {
        self.send("DELETE", path, &[]).await.expect("the server responds")
    }
}

/// Starts a simulator with the user `u@pbs` and without delays before error responses.
#[allow(dead_code, reason = "each test file compiles this module and uses only a part of it")]
pub(crate) fn simulator() -> Simulator {
    Simulator::start(Settings {
        users: vec![("u@pbs", "password-1").into()],
        delays: 0.0,
        ..Settings::default()
    })
}

/// The data of a response. The status of the response must be 200.
#[allow(dead_code, reason = "each test file compiles this module and uses only a part of it")]
pub(crate) fn data((status, body): (u16, String)) -> Value {
    assert_eq!(status, 200, "{body}");
    serde_json::from_str::<Value>(&body).expect("the body is JSON")["data"].take()
}

/// An HTTP client that trusts only the certificate of this simulator.
fn client(sim: &Simulator) -> Client {
    let mut roots = rustls::RootCertStore::empty();
    let certificate =
        CertificateDer::from_pem_slice(sim.ca_pem().as_bytes()).expect("the PEM text is valid");
    roots.add(certificate).expect("the certificate is valid");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring offers TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(config)
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
        .expect("the client can be built")
}
