//! The server's own HTTP API, as an administrator uses it beside Terraform: to prepare, to disturb, to look.
//! Deliberately shares no code with the provider: a field misspelt in both would cancel out.

use std::sync::Arc;

use reqwest::{
    Method, StatusCode,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{
        CryptoProvider, ring::default_provider, verify_tls12_signature, verify_tls13_signature,
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

pub(crate) struct Api {
    client: reqwest::Client,
    runtime: Runtime,
    base: String,
}

impl Api {
    /// `token` is `user@realm!name:secret`; only the server with this certificate ever gets it.
    pub(crate) fn new(endpoint: &str, fingerprint: &str, token: &str) -> Self {
        let mut authorization =
            HeaderValue::from_str(&format!("PBSAPIToken={token}")).expect("a token is one line");
        authorization.set_sensitive(true);
        let builder = reqwest::Client::builder()
            .no_proxy()
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, authorization)]));
        Self {
            client: builder
                .tls_backend_preconfigured(pinned(fingerprint))
                .build()
                .expect("an HTTP client"),
            runtime: Builder::new_current_thread().enable_all().build().expect("a runtime"),
            base: format!("{}/api2/json", endpoint.trim_end_matches('/')),
        }
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        self.send(Method::GET, path, &[])
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        self.send(Method::POST, path, form)
    }

    #[track_caller]
    pub(crate) fn put(&self, path: &str, form: &[(&str, &str)]) -> Value {
        self.send(Method::PUT, path, form)
    }

    #[track_caller]
    pub(crate) fn delete(&self, path: &str) -> Value {
        self.send(Method::DELETE, path, &[])
    }

    /// Whether the server takes the token for one of its own. No is an answer that takes its time.
    #[track_caller]
    pub(crate) fn lets_in(&self) -> bool {
        match self.answer(Method::GET, "/version", &[]) {
            (StatusCode::OK, _) => true,
            (StatusCode::UNAUTHORIZED, _) => false,
            (status, body) => panic!("GET /version: {status} {body}"),
        }
    }

    #[track_caller]
    fn send(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Value {
        let what = format!("{method} {path}");
        let (status, body) = self.answer(method, path, form);
        assert!(status.is_success(), "{what}: {status} {body}");
        let mut answer: Value =
            serde_json::from_str(&body).unwrap_or_else(|e| panic!("{what}: {e}"));
        answer["data"].take()
    }

    #[track_caller]
    fn answer(&self, method: Method, path: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
        let what = format!("{method} {path}");
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if !form.is_empty() {
            request = request.form(form);
        }
        let answer = self.runtime.block_on(async {
            let answer = request.send().await?;
            Ok::<_, reqwest::Error>((answer.status(), answer.text().await?))
        });
        answer.unwrap_or_else(|e| panic!("{what}: {e}"))
    }
}

fn pinned(fingerprint: &str) -> ClientConfig {
    let provider = Arc::new(default_provider());
    let verifier =
        Pinned { sha256: fingerprint.replace(':', "").to_lowercase(), provider: provider.clone() };
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.expect("ring knows the default versions").dangerous();
    builder.with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
}

/// Trusts one certificate, whatever its name or issuer.
#[derive(Debug)]
struct Pinned {
    sha256: String,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
        let found: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        if found == self.sha256 {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::General(
                "the server shows another certificate than the fingerprint's".into(),
            ))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
