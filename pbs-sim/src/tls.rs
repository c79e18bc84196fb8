//! The self-signed certificate, made at start and never written to disk.

use std::{sync::Arc, time::Duration};

use rcgen::{CertificateParams, DnType, KeyPair};
use ring::digest;
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio_rustls::TlsAcceptor;

pub(crate) struct Certificate {
    pub(crate) acceptor: TlsAcceptor,
    /// SHA-256 as lower-case pairs with colons, the form PBS shows.
    pub(crate) fingerprint: String,
    pub(crate) pem: String,
    pub(crate) names: Vec<String>,
    /// Seconds since 1970.
    pub(crate) not_before: u64,
    /// Seconds since 1970.
    pub(crate) not_after: u64,
}

impl Certificate {
    pub(crate) fn new(now: Duration) -> Self {
        let names: Vec<String> = ["127.0.0.1", "::1", "localhost"].map(String::from).into();
        let key = KeyPair::generate().expect("a key can be made");
        let mut params = CertificateParams::new(names.clone()).expect("the names are valid");
        params.distinguished_name.push(DnType::OrganizationName, "Simulated Proxmox Backup Server");
        params.distinguished_name.push(DnType::CommonName, "localhost");
        let certificate = params.self_signed(&key).expect("the certificate can be signed");

        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        // HTTP/1.1 only and no ALPN, as PBS (measured).
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("ring offers TLS 1.2 and 1.3")
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], private)
                .expect("the key belongs to the certificate");

        let fingerprint = digest::digest(&digest::SHA256, certificate.der());
        let pairs: Vec<String> =
            fingerprint.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let day = 24 * 60 * 60;
        Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            fingerprint: pairs.join(":"),
            pem: certificate.pem(),
            names,
            not_before: now.as_secs(),
            not_after: now.as_secs() + 365_000 * day,
        }
    }
}
