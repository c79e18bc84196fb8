//! A plain HTTP client for the simulator's own tests.

use std::{sync::Arc, time::Duration};

use pbs_sim::{Settings, Simulator};
use reqwest::{
    Client, Method,
    header::{AUTHORIZATION, COOKIE},
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde_json::Value;

/// Somebody who calls the simulator: with a token, a ticket or nothing.
#[derive(Clone)]
pub(crate) struct Caller {
    client: Client,
    base: String,
    token: Option<String>,
    ticket: Option<(String, String)>,
}

#[allow(dead_code, reason = "each test file uses some of these")]
impl Caller {
    pub(crate) fn admin(sim: &Simulator) -> Self {
        Self::token(sim, sim.admin_token())
    }

    pub(crate) fn token(sim: &Simulator, token: &str) -> Self {
        Self { token: Some(token.into()), ..Self::nobody(sim) }
    }

    pub(crate) fn nobody(sim: &Simulator) -> Self {
        let base = format!("{}/api2/json", sim.endpoint());
        Self { client: client(sim), base, token: None, ticket: None }
    }

    pub(crate) async fn login(sim: &Simulator, userid: &str, password: &str) -> Option<Self> {
        let nobody = Self::nobody(sim);
        let form = [("username", userid), ("password", password)];
        let (status, body) = nobody.send("POST", "/access/ticket", &form).await.ok()?;
        let data = &serde_json::from_str::<Value>(&body).ok()?["data"];
        let text = |name: &str| data[name].as_str().unwrap_or_default().to_string();
        let ticket = Some((text("ticket"), text("CSRFPreventionToken")));
        (status == 200).then_some(Self { ticket, ..nobody })
    }

    pub(crate) fn ticket(&self) -> &str {
        self.ticket.as_ref().map_or("", |(ticket, _)| ticket)
    }

    /// Status and body.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> reqwest::Result<(u16, String)> {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("PBSAPIToken={token}"));
        }
        if let Some((ticket, csrf)) = &self.ticket {
            request = request.header(COOKIE, format!("PBSAuthCookie={ticket}"));
            request = request.header("CSRFPreventionToken", csrf);
        }
        if method != Method::GET && !form.is_empty() {
            request = request.form(form);
        }
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        self.send("GET", path, &[]).await.expect("an answer")
    }

    pub(crate) async fn put(&self, path: &str, form: &[(&str, &str)]) -> (u16, String) {
        self.send("PUT", path, form).await.expect("an answer")
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, String) {
        self.send("POST", path, form).await.expect("an answer")
    }

    pub(crate) async fn delete(&self, path: &str) -> (u16, String) {
        self.send("DELETE", path, &[]).await.expect("an answer")
    }
}

/// A simulator with a user, and the penalties off.
#[allow(dead_code, reason = "each test file uses some of these")]
pub(crate) fn simulator() -> Simulator {
    Simulator::start(Settings {
        users: vec![("u@pbs", "password-1").into()],
        delays: 0.0,
        ..Settings::default()
    })
}

fn client(sim: &Simulator) -> Client {
    let mut roots = rustls::RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(sim.ca_pem().as_bytes()).expect("PEM");
    roots.add(certificate).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring offers TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(config)
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
        .expect("a client")
}
