//! The certificate that the server shows, from the TLS handshake: no privilege is needed for it.

use super::{Client, Error, Fingerprint, Result, http::Call};
use x509_cert::der::{
    DateTime, Decode,
    pem::{self, LineEnding},
};

/// The server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its SHA-256, as Proxmox VE and PBS write it.
    pub fingerprint: Fingerprint,
    /// Whom it is for, as `CN=…,O=…`.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// From when on it is valid, in Unix seconds.
    pub not_before: i64,
    /// Until when it is valid, in Unix seconds.
    pub not_after: i64,
    /// The certificate itself.
    pub pem: String,
    /// Whether something vouched for it: the pinned fingerprint, the given authorities, or the
    /// system's.
    pub verified: bool,
}

impl Client {
    /// The certificate that the server shows. One that the configured trust does not vouch for is
    /// an error, as for every request; only without any verification it is given unverified.
    ///
    /// # Errors
    /// No connection comes about, or the certificate is none that we can read.
    pub async fn certificate(&self) -> Result<Certificate> {
        let call = Call::get(["ping"]).anonymous();
        let verified = self.shared.config.trust.verifies();
        self.send_and(call, |name, received| {
            let read = received.certificate.and_then(|der| Certificate::read(&der, verified));
            read.ok_or_else(|| Error::Answer {
                request: name.to_owned(),
                cause: "the server's certificate cannot be read".to_owned(),
            })
        })
        .await
    }
}

impl Certificate {
    fn read(der: &[u8], verified: bool) -> Option<Self> {
        let parsed = x509_cert::Certificate::from_der(der).ok()?;
        let parsed = parsed.tbs_certificate();
        let seconds = |time: DateTime| i64::try_from(time.unix_duration().as_secs()).ok();
        Some(Self {
            fingerprint: Fingerprint::of(der),
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            not_before: seconds(parsed.validity().not_before.to_date_time())?,
            not_after: seconds(parsed.validity().not_after.to_date_time())?,
            pem: pem::encode_string("CERTIFICATE", LineEnding::LF, der).ok()?,
            verified,
        })
    }
}
