//! Mutual TLS between host and plugin. Each side makes a certificate for one run and
//! hands it to the other outside the connection, so each accepts exactly that one.

use std::fmt;
use std::sync::Arc;

use p521::ecdsa::signature::Verifier as _;
use p521::ecdsa::{DerSignature, VerifyingKey};
use p521::pkcs8::DecodePublicKey;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime, pem::PemObject};
use rustls::server::ParsedCertificate;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme,
};
use tokio_rustls::TlsAcceptor;

/// Makes a certificate for this process and an acceptor that lets in only the peer
/// that holds the key to `client`, a certificate in PEM.
///
/// # Errors
///
/// With one sentence, if `client` is no certificate.
pub(super) fn mutual(
    client: &[u8],
) -> Result<(TlsAcceptor, CertificateDer<'static>), Box<dyn std::error::Error>> {
    let provider = Arc::new(ring::default_provider());
    let verifier = OneClient::new(client, &provider)?;

    let mut params = CertificateParams::new(["localhost".to_owned()])?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?.der().clone();

    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(
            vec![certificate.clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    // Nobody comes back to resume a session.
    config.send_tls13_tickets = 0;
    Ok((TlsAcceptor::from(Arc::new(config)), certificate))
}

/// Accepts one certificate, byte for byte, and proof of its key. Chains, dates and
/// names are of no account: hosts present a self-signed authority as their leaf,
/// which WebPKI refuses, with a P-521 key, which ring does not know.
struct OneClient {
    certificate: CertificateDer<'static>,
    p521: Option<VerifyingKey>,
    provider: Arc<CryptoProvider>,
}

impl OneClient {
    fn new(pem: &[u8], provider: &Arc<CryptoProvider>) -> Result<Self, String> {
        let wrong = |what: &str| format!("PLUGIN_CLIENT_CERT {what}; it is set by the host");
        let certificate =
            CertificateDer::from_pem_slice(pem).map_err(|_| wrong("holds no PEM certificate"))?;
        let key = ParsedCertificate::try_from(&certificate)
            .map_err(|_| wrong("holds a certificate that cannot be read"))?
            .subject_public_key_info();
        let p521 = VerifyingKey::from_public_key_der(&key).ok();
        Ok(Self { certificate, p521, provider: provider.clone() })
    }

    fn verify_p521(
        &self,
        message: &[u8],
        signature: &[u8],
    ) -> Result<HandshakeSignatureValid, Error> {
        let refused = Error::InvalidCertificate(CertificateError::BadSignature);
        let key = self.p521.as_ref().ok_or_else(|| refused.clone())?;
        DerSignature::try_from(signature)
            .and_then(|signature| key.verify(message, &signature))
            .map(|()| HandshakeSignatureValid::assertion())
            .map_err(|_| refused)
    }
}

impl ClientCertVerifier for OneClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if *end_entity == self.certificate {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match signed.scheme {
            SignatureScheme::ECDSA_NISTP521_SHA512 => self.verify_p521(message, signed.signature()),
            _ => verify_tls12_signature(
                message,
                certificate,
                signed,
                &self.provider.signature_verification_algorithms,
            ),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match signed.scheme {
            SignatureScheme::ECDSA_NISTP521_SHA512 => self.verify_p521(message, signed.signature()),
            _ => verify_tls13_signature(
                message,
                certificate,
                signed,
                &self.provider.signature_verification_algorithms,
            ),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        // First, since peers below TLS 1.3 take the first scheme that fits any curve.
        let mut schemes = vec![SignatureScheme::ECDSA_NISTP521_SHA512];
        schemes.extend(self.provider.signature_verification_algorithms.supported_schemes());
        schemes
    }
}

impl fmt::Debug for OneClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneClient").finish_non_exhaustive()
    }
}
