//! The certificate that the server shows, from the TLS handshake: no privilege is needed for it.

use crate::pbs::{
    Client, Config, Credentials, Error, Fingerprint, Moment, Result, Trust, http::Call,
};
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
    /// From when on it is valid.
    pub not_before: Option<Moment>,
    /// Until when it is valid.
    pub not_after: Option<Moment>,
    /// The certificate itself.
    pub pem: String,
    /// Whether something vouched for it: the pinned fingerprint, the given authorities, or the
    /// system's.
    pub verified: bool,
}

impl Client {
    /// The certificate that the server shows. Where a fingerprint or an authority is configured, it
    /// has to vouch for it; otherwise one that nothing vouches for is told all the same, since
    /// this is how to learn the fingerprint.
    ///
    /// # Errors
    /// No connection comes about, the server shows another certificate than the configured one, or
    /// one that we cannot read.
    pub async fn certificate(&self) -> Result<Certificate> {
        match self.shown().await {
            Err(Error::Connect { transient: false, .. })
                if matches!(self.shared.config.trust, Trust::System) =>
            {
                // Nothing secret goes over this connection.
                let credentials = Credentials::Missing("this only looks at the certificate".into());
                let config = self.shared.config.clone();
                let trust = Trust::Insecure;
                Self::new(Config { trust, credentials, ..config })?.shown().await
            }
            other => other,
        }
    }

    async fn shown(&self) -> Result<Certificate> {
        let call = Call::get(["ping"]).anonymous();
        let verified = self.shared.config.trust.verifies();
        self.send_and(call, |name, received| {
            let read = received.certificate.and_then(|der| Certificate::read(&der, verified));
            read.ok_or_else(|| Error::InvalidResponse {
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
