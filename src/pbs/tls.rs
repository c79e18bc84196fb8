//! Verification of the server's certificate: by its fingerprint, by the configured authorities, by
//! the authorities of the operating system, or not at all. The TLS configuration uses the
//! cryptography of ring and no global state.

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
            Arc::new(FingerprintVerifier { expected: Some(fingerprint.clone()), provider })
        }
        Trust::Insecure => Arc::new(FingerprintVerifier { expected: None, provider }),
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
                    "the certificate authorities of the operating system cannot be read: {error}; \
                     set `fingerprint` or `ca_certificate`"
                ))
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
pub(super) fn explain(error: &reqwest::Error) -> Option<String> {
    causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()).map(message)
}

fn message(error: &rustls::Error) -> String {
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext,
        NotValidYet, NotValidYetContext, Other, UnknownIssuer,
    };
    let rustls::Error::InvalidCertificate(error) = error else {
        return match error {
            rustls::Error::InvalidMessage(_) => {
                "the server does not speak TLS on this port; check the port in `endpoint`"
                    .to_owned()
            }
            other => format!("the TLS handshake failed: {other}"),
        };
    };
    match error {
        Other(OtherError(error)) if error.is::<Mismatch>() => error.to_string(),
        UnknownIssuer | BadSignature => {
            "the server's certificate is not signed by a trusted authority. By default, Proxmox \
             Backup Server has a self-signed certificate: set `fingerprint` to the fingerprint on \
             its dashboard, or set `ca_certificate`"
                .to_owned()
        }
        Expired | ExpiredContext { .. } => {
            "the server's certificate has expired; renew it, or trust exactly this certificate \
             with `fingerprint`"
                .to_owned()
        }
        NotValidYet | NotValidYetContext { .. } => {
            "the server's certificate is not valid yet; check the clocks of server and client"
                .to_owned()
        }
        NotValidForName | NotValidForNameContext { .. } => {
            "the server's certificate is not valid for the host name in `endpoint`; use a name \
             from the certificate, or trust exactly this certificate with `fingerprint`"
                .to_owned()
        }
        other => format!(
            "the server's certificate is rejected: {other}; to trust exactly this certificate, set \
             `fingerprint`"
        ),
    }
}
