//! The server's certificate, from the TLS handshake: it takes no privilege and no
//! credential, so it can be asked for before anything is trusted.

use super::{Client, Error, Fingerprint, Result, Trust, http, time::Moment};
use reqwest::tls::TlsInfo;
use x509_cert::{
    Certificate as Parsed,
    der::{Decode, EncodePem, pem::LineEnding},
};

const PING: &str = "GET /ping";

/// What a server shows in its TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 of the whole certificate.
    pub fingerprint: Fingerprint,
    /// Whom it names.
    pub subject: String,
    /// Who signed it; for most servers the same as `subject`.
    pub issuer: String,
    /// From when on it is valid.
    pub not_before: Option<Moment>,
    /// Until when it is valid.
    pub not_after: Option<Moment>,
    /// The certificate itself, as PEM.
    pub pem: String,
    /// Whether what the client was told to trust vouches for it.
    pub verified: bool,
}

impl Client {
    /// The certificate of the server. Where a fingerprint or an authority is configured, it has to
    /// vouch for the certificate; otherwise one that nothing vouches for is told all the same.
    ///
    /// # Errors
    /// The server cannot be reached, or shows another certificate than the configured one.
    pub async fn certificate(&self) -> Result<Certificate> {
        let trust = &self.shared.config.trust;
        if let Trust::Insecure = trust {
            return self.shown(self.http()?, false).await;
        }
        match self.shown(self.http()?, true).await {
            Err(Error::Connect { passing: false, .. }) if matches!(trust, Trust::System) => {
                self.shown(&self.connections(&Trust::Insecure)?, false).await
            }
            other => other,
        }
    }

    /// Asks for the one thing that everybody may ask for, and sends no credential.
    async fn shown(&self, http: &reqwest::Client, verified: bool) -> Result<Certificate> {
        let config = &self.shared.config;
        let request = http.get(config.endpoint.api(["ping"])).timeout(config.timeout);
        let response = request.send().await;
        let response = response.map_err(|error| http::failure(PING, &error, config.timeout))?;
        let shown = response.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
        let unreadable = || Error::Answer {
            request: PING.to_owned(),
            cause: "the server's certificate cannot be read".to_owned(),
        };
        parsed(shown.ok_or_else(unreadable)?, verified).ok_or_else(unreadable)
    }
}

fn parsed(der: &[u8], verified: bool) -> Option<Certificate> {
    let certificate = Parsed::from_der(der).ok()?;
    let inner = certificate.tbs_certificate();
    let moment = |time: &x509_cert::time::Time| {
        Moment::from_unix(i64::try_from(time.to_unix_duration().as_secs()).ok()?)
    };
    Some(Certificate {
        fingerprint: Fingerprint::of(der),
        subject: inner.subject().to_string(),
        issuer: inner.issuer().to_string(),
        not_before: moment(&inner.validity().not_before),
        not_after: moment(&inner.validity().not_after),
        pem: certificate.to_pem(LineEnding::LF).ok()?,
        verified,
    })
}
