//! Verification of the server's certificate: by its fingerprint, by the configured authorities, by
//! the authorities of the operating system, or not at all. The TLS configuration uses the
//! cryptography of ring and no global state.

use crate::pbs::{Error, Fingerprint, Result, Trust, error::causes};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, OtherError,
    RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::sync::Arc;

/// The TLS configuration that verifies certificates according to `trust`.
///
/// # Errors
/// The configured authorities cannot be used, or the authorities of the operating system cannot be
/// read.
pub(super) fn config(trust: &Trust) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = verifier(trust, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::Config("TLS cannot be set up".to_owned()))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn verifier(trust: &Trust, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>> {
    let provider = Arc::clone(provider);
    let unusable = || {
        Error::Config(
            "one of the CA certificates cannot be used; check `ca_certificate`".to_owned(),
        )
    };
    Ok(match trust {
        Trust::Fingerprint(fingerprint) => {
            Arc::new(FingerprintVerifier { expected: Some(fingerprint.clone()), provider })
        }
        Trust::Insecure => Arc::new(FingerprintVerifier { expected: None, provider }),
        Trust::Ca(authorities) => {
            let mut roots = RootCertStore::empty();
            for certificate in authorities.certificates() {
                roots.add(certificate.clone()).map_err(|_| unusable())?;
            }
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|_| unusable())?
        }
        Trust::System => {
            let verifier = rustls_platform_verifier::Verifier::new(provider).map_err(|_| {
                Error::Config(
                    "the certificate authorities of the operating system cannot be read; set \
                     `fingerprint` or `ca_certificate`"
                        .to_owned(),
                )
            })?;
            Arc::new(verifier)
        }
    })
}

/// Accepts the certificate with the expected fingerprint, or every certificate if `expected` is
/// `None`. Name, issuer and validity period are not checked. The handshake signature is checked, so
/// the server must have the private key of the certificate.
#[derive(Debug)]
struct FingerprintVerifier {
    expected: Option<Fingerprint>,
    provider: Arc<CryptoProvider>,
}

/// The server's certificate does not have the expected fingerprint.
#[derive(Debug, thiserror::Error)]
#[error(
    "the server's certificate has another fingerprint: {actual} instead of {expected}. If the \
     certificate was renewed, compare the new fingerprint with the fingerprint on the server's \
     dashboard, and set `fingerprint` to the new value. If the certificate was not renewed, the \
     connection might be intercepted"
)]
struct Mismatch {
    expected: Fingerprint,
    actual: Fingerprint,
}

impl ServerCertVerifier for FingerprintVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let actual = Fingerprint::of(end_entity);
        match &self.expected {
            Some(expected) if actual != *expected => {
                let mismatch = Mismatch { expected: expected.clone(), actual };
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

/// If the error was caused by a TLS failure, returns a message about this failure.
pub(super) fn explain(error: &reqwest::Error, trust: &Trust) -> Option<String> {
    let error = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>())?;
    Some(message(error, trust))
}

/// The message for an error of rustls. It never quotes a text of rustls, because these texts
/// contain debug output.
fn message(error: &rustls::Error, trust: &Trust) -> String {
    use rustls::Error::{
        AlertReceived, InvalidCertificate, InvalidMessage, NoCertificatesPresented,
        PeerIncompatible, PeerMisbehaved, PeerSentOversizedRecord,
    };
    match error {
        InvalidCertificate(error) => certificate_message(error, trust),
        InvalidMessage(_) | PeerSentOversizedRecord => {
            "the server does not speak TLS on this port; check the port in `endpoint`".to_owned()
        }
        AlertReceived(alert) => alert_message(*alert),
        PeerIncompatible(_) => NO_COMMON_VERSION.to_owned(),
        PeerMisbehaved(_) => {
            "the TLS handshake failed, because the server violates the TLS protocol".to_owned()
        }
        NoCertificatesPresented => {
            "the TLS handshake failed, because the server has no certificate".to_owned()
        }
        _ => "the TLS handshake failed".to_owned(),
    }
}

/// The message if client and server have no TLS version or no cipher in common.
const NO_COMMON_VERSION: &str = "the TLS handshake failed, because the server does not support \
                                 TLS 1.2 or later, or supports none of the necessary ciphers";

/// The message for an alert with which the server has ended the handshake.
fn alert_message(alert: AlertDescription) -> String {
    let reason = match alert {
        AlertDescription::ProtocolVersion
        | AlertDescription::HandshakeFailure
        | AlertDescription::InsufficientSecurity => return NO_COMMON_VERSION.to_owned(),
        AlertDescription::UnrecognisedName => {
            "the server does not know the host name in `endpoint`".to_owned()
        }
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
            "the server requires a client certificate, which the provider does not support"
                .to_owned()
        }
        other => format!("the server ended the handshake with the TLS alert {}", u8::from(other)),
    };
    format!("the TLS handshake failed, because {reason}")
}

/// The message for a certificate that is rejected, or whose private key the server does not have.
fn certificate_message(error: &CertificateError, trust: &Trust) -> String {
    use CertificateError::{
        BadEncoding, BadSignature, Expired, ExpiredContext, InvalidPurpose, InvalidPurposeContext,
        NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext, Other, Revoked,
        UnknownIssuer,
    };
    let advice = "to trust exactly this certificate, set `fingerprint`";
    match (error, trust) {
        (Other(OtherError(error)), _) if error.is::<Mismatch>() => error.to_string(),
        // With `Trust::Fingerprint` and `Trust::Insecure`, the signature of the handshake is the
        // only signature that is verified.
        (BadSignature, Trust::Fingerprint(_)) => {
            "the server presents the certificate with the configured fingerprint, but does not have \
             the private key of this certificate. The connection might be intercepted. Do not \
             change `fingerprint`. Check the address in `endpoint`, and the network between \
             Terraform and the server"
                .to_owned()
        }
        (BadSignature, Trust::Insecure) => {
            "the server does not have the private key of its certificate. The connection might be \
             intercepted. Check the address in `endpoint`, and the network between Terraform and \
             the server"
                .to_owned()
        }
        (UnknownIssuer | BadSignature, _) => {
            "the server's certificate is not signed by a trusted authority. By default, Proxmox \
             Backup Server has a self-signed certificate: set `fingerprint` or `PBS_FINGERPRINT` \
             to the fingerprint on its dashboard, or set `ca_certificate`"
                .to_owned()
        }
        (Expired | ExpiredContext { .. }, _) => {
            "the server's certificate has expired; renew it, or trust exactly this certificate \
             with `fingerprint`"
                .to_owned()
        }
        (NotValidYet | NotValidYetContext { .. }, _) => {
            "the server's certificate is not valid yet; check the clocks of server and client"
                .to_owned()
        }
        (NotValidForName | NotValidForNameContext { .. }, _) => {
            "the server's certificate is not valid for the host name in `endpoint`; use a name \
             from the certificate, or trust exactly this certificate with `fingerprint`"
                .to_owned()
        }
        (Revoked, _) => "the server's certificate was revoked; renew it".to_owned(),
        (BadEncoding, _) => "the server's certificate is malformed; renew it".to_owned(),
        (InvalidPurpose | InvalidPurposeContext { .. }, _) => {
            format!("the server's certificate is not meant for servers; {advice}")
        }
        _ => format!(
            "the server's certificate was rejected, for example because it is the certificate of an \
             authority and not of a server; {advice}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{InvalidMessage, PeerIncompatible, PeerMisbehaved};

    /// Whether the text contains an upper-case letter directly after a lower-case letter, as in the
    /// names of Rust types.
    fn contains_type_name(text: &str) -> bool {
        let letters: Vec<_> = text.chars().collect();
        letters.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
    }

    #[test]
    fn no_message_contains_debug_output_of_the_tls_library() {
        let alerts = (0..=255).map(|code| rustls::Error::AlertReceived(code.into()));
        let certificates = [
            CertificateError::BadEncoding,
            CertificateError::BadSignature,
            CertificateError::Expired,
            CertificateError::InvalidPurpose,
            CertificateError::NotValidForName,
            CertificateError::NotValidYet,
            CertificateError::Revoked,
            CertificateError::UnhandledCriticalExtension,
            CertificateError::UnknownIssuer,
            CertificateError::UnknownRevocationStatus,
            CertificateError::ApplicationVerificationFailure,
            CertificateError::Other(OtherError(Arc::new(std::io::Error::other("MarkerText")))),
        ];
        let others = [
            rustls::Error::InvalidMessage(InvalidMessage::InvalidServerName),
            rustls::Error::PeerIncompatible(PeerIncompatible::NoSignatureSchemesInCommon),
            rustls::Error::PeerMisbehaved(PeerMisbehaved::IncorrectBinder),
            rustls::Error::NoCertificatesPresented,
            rustls::Error::PeerSentOversizedRecord,
            rustls::Error::DecryptError,
            rustls::Error::General("MarkerText".to_owned()),
        ];
        let certificates = certificates.into_iter().map(rustls::Error::InvalidCertificate);
        for error in alerts.chain(certificates).chain(others) {
            for trust in [Trust::Insecure, Trust::System, Trust::Fingerprint(Fingerprint::of(b""))]
            {
                let shown = message(&error, &trust);
                assert!(!contains_type_name(&shown), "{error:?}: {shown}");
                assert!(!shown.contains(['{', '(']), "{error:?}: {shown}");
            }
        }
    }
}
