//! Terraform's side of mutual TLS. Both sides may have keys of the curve P-521, because go-plugin
//! generates such keys. ring does not support P-521, so the crate p521 signs and verifies.

use std::{fmt, sync::Arc};

use p521::{
    ecdsa::{DerSignature, VerifyingKey, signature::Signer as _, signature::Verifier as _},
    pkcs8::{DecodePrivateKey, DecodePublicKey},
};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureAlgorithm,
    SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
    sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey},
};

/// The client certificate, in the form that Terraform generates.
pub(crate) const CERTIFICATE: &str =
    include_str!("../../tests/fixtures/plugin-client/certificate.pem");
const KEY: &str = include_str!("../../tests/fixtures/plugin-client/key.pem");

/// A TLS configuration that presents [`CERTIFICATE`] and accepts only the certificate `server`.
pub(crate) fn client(server: CertificateDer<'static>) -> xtask::cli::Result<ClientConfig> {
    let key = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes())?;
    let key = p521::ecdsa::SigningKey::from_pkcs8_der(key.secret_pkcs8_der())?;
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes())?;
    let certified_key = CertifiedKey::new(vec![certificate], Arc::new(P521(key)));
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(PinnedVerifier(server)))
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified_key)));
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// The private key of [`CERTIFICATE`].
#[derive(Clone)]
struct P521(p521::ecdsa::SigningKey);

impl SigningKey for P521 {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&self.scheme()).then(|| Box::new(self.clone()) as _)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for P521 {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature: DerSignature = self.0.sign(message);
        Ok(signature.as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}

impl fmt::Debug for P521 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P521")
    }
}

/// Accepts only this certificate.
#[derive(Debug)]
struct PinnedVerifier(CertificateDer<'static>);

impl PinnedVerifier {
    fn verify_p521(
        &self,
        message: &[u8],
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let bad_signature = Error::InvalidCertificate(CertificateError::BadSignature);
        let key = ParsedCertificate::try_from(&self.0)?.subject_public_key_info();
        let key = VerifyingKey::from_public_key_der(&key).map_err(|_| bad_signature.clone())?;
        DerSignature::try_from(signed.signature())
            .and_then(|signature| key.verify(message, &signature))
            .map(|()| HandshakeSignatureValid::assertion())
            .map_err(|_| bad_signature)
    }
}

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match *certificate == self.0 {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        match signed.scheme {
            SignatureScheme::ECDSA_NISTP521_SHA512 => self.verify_p521(message, signed),
            _ => verify_tls12_signature(message, certificate, signed, &algorithms),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        match signed.scheme {
            SignatureScheme::ECDSA_NISTP521_SHA512 => self.verify_p521(message, signed),
            _ => verify_tls13_signature(message, certificate, signed, &algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = vec![SignatureScheme::ECDSA_NISTP521_SHA512];
        schemes
            .extend(ring::default_provider().signature_verification_algorithms.supported_schemes());
        schemes
    }
}
