//! Mutual TLS between core and plugin. Each side creates a certificate for one run and passes it to
//! the other side in the handshake of the plugin protocol. Each side accepts only the certificate
//! that it has received.

use p521::{
    ecdsa::{DerSignature, VerifyingKey, signature::Verifier as _},
    pkcs8::DecodePublicKey,
};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime, pem::PemObject},
    server::{
        ParsedCertificate,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use std::{fmt, sync::Arc};
use tokio_rustls::TlsAcceptor;

/// Creates a TLS acceptor, and the certificate of this process. `client_certificate` is core's
/// certificate in PEM. The acceptor rejects a peer that does not prove possession of the private
/// key of this certificate.
///
/// # Errors
///
/// `client_certificate` is not a valid certificate.
pub(super) fn acceptor(
    client_certificate: &[u8],
) -> Result<(TlsAcceptor, CertificateDer<'static>), Box<dyn std::error::Error>> {
    let provider = Arc::new(ring::default_provider());
    let verifier = SingleClientVerifier::new(client_certificate, &provider)?;

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
    // Tickets would be useless, since core never resumes a TLS session.
    config.send_tls13_tickets = 0;
    Ok((TlsAcceptor::from(Arc::new(config)), certificate))
}

/// A verifier that accepts a single client certificate. The verifier compares the peer's
/// certificate byte by byte, and checks the signature that proves possession of the private key.
///
/// This verifier replaces the standard verifier of rustls for two reasons. Core's leaf certificate
/// is a self-signed CA certificate, which WebPKI rejects. The key of the certificate is on the
/// curve P-521, which ring does not support.
struct SingleClientVerifier {
    certificate: CertificateDer<'static>,
    /// The key of the certificate, if it is a P-521 key.
    p521_key: Option<VerifyingKey>,
    provider: Arc<CryptoProvider>,
}

impl SingleClientVerifier {
    fn new(pem: &[u8], provider: &Arc<CryptoProvider>) -> Result<Self, String> {
        let message = |problem: &str| {
            format!("PLUGIN_CLIENT_CERT {problem}; Terraform or OpenTofu sets this variable")
        };
        let certificate =
            CertificateDer::from_pem_slice(pem).map_err(|_| message("holds no PEM certificate"))?;
        let key = ParsedCertificate::try_from(&certificate)
            .map_err(|_| message("holds a certificate that cannot be read"))?
            .subject_public_key_info();
        let p521_key = VerifyingKey::from_public_key_der(&key).ok();
        Ok(Self { certificate, p521_key, provider: provider.clone() })
    }

    fn verify_p521(
        &self,
        message: &[u8],
        signature: &[u8],
    ) -> Result<HandshakeSignatureValid, Error> {
        let bad_signature = Error::InvalidCertificate(CertificateError::BadSignature);
        let key = self.p521_key.as_ref().ok_or_else(|| bad_signature.clone())?;
        DerSignature::try_from(signature)
            .and_then(|signature| key.verify(message, &signature))
            .map(|()| HandshakeSignatureValid::assertion())
            .map_err(|_| bad_signature)
    }
}

impl ClientCertVerifier for SingleClientVerifier {
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
        // This scheme must be first, because before TLS 1.3 a peer chooses the first ECDSA scheme
        // without regard to the curve.
        let mut schemes = vec![SignatureScheme::ECDSA_NISTP521_SHA512];
        schemes.extend(self.provider.signature_verification_algorithms.supported_schemes());
        schemes
    }
}

impl fmt::Debug for SingleClientVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleClientVerifier").finish_non_exhaustive()
    }
}
