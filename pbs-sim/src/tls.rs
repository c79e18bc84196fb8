//! Self-signed TLS certificate. It is generated when the simulator starts, and never written to
//! disk.

use std::{sync::Arc, time::Duration};

use rcgen::{CertificateParams, DnType, KeyPair};
use ring::digest;
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio_rustls::TlsAcceptor;

/// The certificate of the simulated server, and its properties that the API shows.
pub(crate) struct Certificate {
    /// Accepts TLS connections with this certificate.
    pub(crate) acceptor: TlsAcceptor,
    /// SHA-256 fingerprint in the form that PBS shows: lower-case hexadecimal bytes, separated by
    /// colons.
    pub(crate) fingerprint: String,
    /// The certificate in PEM format.
    pub(crate) pem: String,
    /// Subject alternative names: IP addresses and host names for which the certificate is valid.
    pub(crate) names: Vec<String>,
    /// Start of validity as the API shows it, in seconds since the Unix epoch.
    pub(crate) not_before: u64,
    /// End of validity as the API shows it, in seconds since the Unix epoch.
    pub(crate) not_after: u64,
}

impl Certificate {
    /// Generates a key and a certificate. `now` is the Unix time that becomes `not_before`.
    pub(crate) fn new(now: Duration) -> Self {
        let names: Vec<String> = ["127.0.0.1", "::1", "localhost"].map(String::from).into();
        let key = KeyPair::generate().expect("a key can be generated");
        let mut params = CertificateParams::new(names.clone()).expect("the names are valid");
        params.distinguished_name.push(DnType::OrganizationName, "Simulated Proxmox Backup Server");
        params.distinguished_name.push(DnType::CommonName, "localhost");
        let certificate = params.self_signed(&key).expect("the certificate can be signed");

        let private_key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        // No ALPN, because PBS offers only HTTP/1.1 (measured).
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("ring offers TLS 1.2 and 1.3")
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], private_key)
                .expect("the key belongs to the certificate");

        let fingerprint = digest::digest(&digest::SHA256, certificate.der());
        let hex_bytes: Vec<String> =
            fingerprint.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let day = 24 * 60 * 60;
        Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            fingerprint: hex_bytes.join(":"),
            pem: certificate.pem(),
            names,
            not_before: now.as_secs(),
            not_after: now.as_secs() + 365_000 * day,
        }
    }
}
