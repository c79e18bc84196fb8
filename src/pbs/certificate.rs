//! The server's certificate. It is taken from the TLS handshake, so no privilege is required.

use crate::pbs::{
    Client, Config, Credentials, Error, Fingerprint, HttpHeaders, Moment, Result, Trust, http::Call,
};
use x509_cert::der::{
    DateTime, Decode,
    pem::{self, LineEnding},
};

/// The server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 fingerprint, as Proxmox VE and PBS write it.
    pub fingerprint: Fingerprint,
    /// Distinguished name of the subject, as `CN=…,O=…`.
    pub subject: String,
    /// Distinguished name of the issuer.
    pub issuer: String,
    /// Start of the validity period. `None` if it is not later than 1970-01-01T00:00:00Z.
    pub not_before: Option<Moment>,
    /// End of the validity period. `None` if it is not later than 1970-01-01T00:00:00Z.
    pub not_after: Option<Moment>,
    /// The certificate as PEM text.
    pub pem: String,
    /// Whether the certificate was verified by a fingerprint, by the configured authorities, or by
    /// the authorities of the operating system.
    pub verified: bool,
}

impl Client {
    /// The certificate that the server presents. If the configuration contains a fingerprint or
    /// authorities, the certificate must match them. If it contains neither, the certificate is
    /// returned even if the operating system does not trust it. `verified` is then false. This lets
    /// a user find out the fingerprint of an untrusted certificate.
    ///
    /// # Errors
    /// The connection fails, the certificate does not match the configured fingerprint or
    /// authority, or the certificate cannot be parsed.
    pub async fn certificate(&self) -> Result<Certificate> {
        match self.presented_certificate().await {
            Err(Error::Connect { transient: false, .. })
                if matches!(self.shared.config.trust, Trust::System) =>
            {
                // The connection is not verified, so neither credentials nor the secret headers are
                // sent over it.
                let credentials =
                    Credentials::Missing("this client only reads the certificate".into());
                let config = self.shared.config.clone();
                let config = Config {
                    trust: Trust::Insecure,
                    credentials,
                    http_headers: HttpHeaders::default(),
                    ..config
                };
                Self::new(config)?.presented_certificate().await
            }
            other => other,
        }
    }

    async fn presented_certificate(&self) -> Result<Certificate> {
        let call = Call::get(["ping"]).anonymous();
        let verified = self.shared.config.trust.verifies();
        self.send_and_read(call, |name, response| {
            let parsed = response.certificate.and_then(|der| Certificate::parse(&der, verified));
            parsed.ok_or_else(|| Error::InvalidResponse {
                request: name.to_owned(),
                cause: "the server's certificate cannot be parsed".to_owned(),
            })
        })
        .await
    }
}

impl Certificate {
    fn parse(der: &[u8], verified: bool) -> Option<Self> {
        let parsed = x509_cert::Certificate::from_der(der).ok()?;
        let parsed = parsed.tbs_certificate();
        let moment =
            |time: DateTime| Moment::from_unix(i64::try_from(time.unix_duration().as_secs()).ok()?);
        Some(Self {
            fingerprint: Fingerprint::of(der),
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            not_before: moment(parsed.validity().not_before.to_date_time()),
            not_after: moment(parsed.validity().not_after.to_date_time()),
            pem: pem::encode_string("CERTIFICATE", LineEnding::LF, der).ok()?,
            verified,
        })
    }
}
