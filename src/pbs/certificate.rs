//! The server's certificate. The client takes the certificate from the TLS handshake, so reading it
//! requires no privilege.

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
    /// Start of the validity period. `None` if the start is not later than 1970-01-01T00:00:00Z.
    pub not_before: Option<Moment>,
    /// End of the validity period. `None` if the end is not later than 1970-01-01T00:00:00Z.
    pub not_after: Option<Moment>,
    /// The certificate as PEM text.
    pub pem: String,
    /// Whether the certificate was verified by a fingerprint, by the configured authorities, or by
    /// the authorities of the operating system.
    pub verified: bool,
}

impl Client {
    /// The certificate that the server presents. If the configuration contains a fingerprint, the
    /// certificate must have this fingerprint. If the configuration contains authorities, one of
    /// them must have signed the certificate. If the configuration contains neither a fingerprint
    /// nor authorities, this function also returns a certificate that the operating system does not
    /// trust, so that a user can find out its fingerprint. The field `verified` of such a
    /// certificate is false.
    ///
    /// # Errors
    /// The connection fails, the certificate does not match the configured fingerprint or
    /// authorities, or the certificate cannot be parsed.
    pub async fn certificate(&self) -> Result<Certificate> {
        match self.presented_certificate().await {
            Err(Error::Connect { transient: false, .. })
                if matches!(self.shared.config.trust, Trust::System) =>
            {
                // The server of the second connection is not verified. This connection therefore
                // sends neither credentials nor the configured headers, whose values are secrets.
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
