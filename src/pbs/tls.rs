//! How the server's certificate is judged: by its fingerprint, by given authorities, by the
//! system's, or not at all. One rustls configuration, with ring's cryptography and no global state.

use crate::pbs::{Error, Fingerprint, Result, Trust, error::causes};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore,
    SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::sync::Arc;

/// The configuration for this kind of trust.
///
/// # Errors
/// The authorities cannot be used, or the system's cannot be read.
pub(super) fn config(trust: &Trust) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = verifier(trust, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Config(format!("TLS cannot be set up: {error}")))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn verifier(trust: &Trust, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>> {
    let provider = Arc::clone(provider);
    let unusable = |error: &dyn std::fmt::Display| {
        Error::Config(format!("the CA certificates cannot be used: {error}"))
    };
    Ok(match trust {
        Trust::Fingerprint(fingerprint) => {
            Arc::new(Unnamed { pinned: Some(fingerprint.clone()), provider })
        }
        Trust::Insecure => Arc::new(Unnamed { pinned: None, provider }),
        Trust::Ca(authorities) => {
            let mut roots = RootCertStore::empty();
            for certificate in authorities.certificates() {
                roots.add(certificate.clone()).map_err(|error| unusable(&error))?;
            }
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| unusable(&error))?
        }
        Trust::System => {
            let verifier = rustls_platform_verifier::Verifier::new(provider).map_err(|error| {
                Error::Config(format!(
                    "this system's own certificate authorities cannot be read: {error}; use \
                     `fingerprint` or `ca_certificate`"
                ))
            })?;
            Arc::new(verifier)
        }
    })
}

/// Looks at no name, issuer or date: only at the certificate as a whole, or at nothing. That the
/// server holds the certificate's key is checked all the same.
#[derive(Debug)]
struct Unnamed {
    pinned: Option<Fingerprint>,
    provider: Arc<CryptoProvider>,
}

/// The server showed another certificate than the pinned one.
#[derive(Debug, thiserror::Error)]
#[error(
    "the server shows a certificate with another fingerprint: {found} instead of {pinned}. If its \
     certificate was renewed, set `fingerprint` to the new one, after a look at the server's \
     dashboard; otherwise somebody may be in between"
)]
struct Mismatch {
    pinned: Fingerprint,
    found: Fingerprint,
}

impl ServerCertVerifier for Unnamed {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match &self.pinned {
            Some(pinned) if Fingerprint::of(end_entity) != *pinned => {
                let mismatch =
                    Mismatch { pinned: pinned.clone(), found: Fingerprint::of(end_entity) };
                Err(CertificateError::Other(OtherError(Arc::new(mismatch))).into())
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The sentence for a TLS failure in this error's chain, if there is one.
pub(super) fn explain(error: &reqwest::Error) -> Option<String> {
    causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()).map(sentence)
}

fn sentence(error: &rustls::Error) -> String {
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext,
        NotValidYet, NotValidYetContext, Other, UnknownIssuer,
    };
    let rustls::Error::InvalidCertificate(error) = error else {
        return match error {
            rustls::Error::InvalidMessage(_) => {
                "the server does not speak TLS on this port; is `endpoint` right?".to_owned()
            }
            other => format!("the TLS handshake failed: {other}"),
        };
    };
    match error {
        Other(OtherError(error)) if error.is::<Mismatch>() => error.to_string(),
        UnknownIssuer | BadSignature => {
            "the server's certificate is signed by nobody who is trusted here. Proxmox \
                          Backup Server signs its own by default: set `fingerprint` to the one on \
                          its dashboard, or `ca_certificate`"
                .to_owned()
        }
        Expired | ExpiredContext { .. } => {
            "the server's certificate has expired; renew it, or pin \
                                            exactly this one with `fingerprint`"
                .to_owned()
        }
        NotValidYet | NotValidYetContext { .. } => {
            "the server's certificate is not valid yet; are both clocks right?".to_owned()
        }
        NotValidForName | NotValidForNameContext { .. } => {
            "the server's certificate is not for the host name in `endpoint`; use the name that it \
             is for, or pin exactly this one with `fingerprint`"
                .to_owned()
        }
        other => format!(
            "the server's certificate is refused: {other}; `fingerprint` pins exactly one \
             certificate, whatever its name or issuer"
        ),
    }
}
