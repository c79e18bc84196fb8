//! A server that is not PBS. It gives every request the same response, and records every byte that
//! it receives.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use ring::digest::{SHA256, digest};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
    sign::{CertifiedKey, SingleCertAndKey},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// The certificate of a server, and the key that belongs to it.
pub struct Identity {
    acceptor: TlsAcceptor,
    /// The certificate.
    pub pem: String,
    /// The SHA-256 fingerprint of the certificate, as PBS writes it.
    pub fingerprint: String,
}

impl Identity {
    /// A self-signed certificate for this name, valid from the beginning of the first year to the
    /// beginning of the second.
    pub fn new(name: &str, years: (i32, i32)) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let certificate = params.self_signed(&key).expect("a certificate");
        let hash = digest(&SHA256, certificate.der());
        let fingerprint: Vec<_> = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            acceptor: acceptor(certificate.der().clone(), &key),
            pem: certificate.pem(),
            fingerprint: fingerprint.join(":"),
        }
    }

    /// The same certificate with another key. The server of this identity is an impostor: it has a
    /// copy of the certificate, but not the key that belongs to it.
    pub fn without_its_key(&self) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateDer::from_pem_slice(self.pem.as_bytes());
        Self {
            acceptor: acceptor(certificate.expect("a certificate"), &key),
            pem: self.pem.clone(),
            fingerprint: self.fingerprint.clone(),
        }
    }

    /// A certificate that is valid for the server's address today.
    pub fn valid() -> Self {
        Self::new("127.0.0.1", (2000, 3000))
    }
}

/// Accepts TLS connections with this certificate and this key, which need not belong together.
fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = provider.key_provider.load_private_key(key).expect("ring knows the kind of key");
    let identity = CertifiedKey::new(vec![certificate], key);
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows the default versions")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
    TlsAcceptor::from(Arc::new(config))
}

/// A running server. It ends with the runtime of the test.
pub struct Listener {
    /// The port of the server on 127.0.0.1.
    pub port: u16,
    received: Arc<Mutex<Vec<u8>>>,
}

/// The response to every request.
#[derive(Clone)]
pub enum Response {
    /// Sends these bytes, and then closes the connection.
    Once(Vec<u8>),
    /// Sends the first bytes once, and then the second bytes again and again.
    Endless(Vec<u8>, Vec<u8>),
}

impl Listener {
    /// Starts a server with this certificate, or without TLS.
    pub async fn start(identity: Option<&Identity>, response: Response) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let acceptor = identity.map(|identity| identity.acceptor.clone());
        let received = Arc::new(Mutex::new(Vec::new()));
        let record = received.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, acceptor.clone(), response.clone(), record.clone()));
            }
        });
        Self { port, received }
    }

    /// The bytes that the server has received so far, after decryption if it uses TLS.
    pub fn received(&self) -> MutexGuard<'_, Vec<u8>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the received bytes contain the text.
    pub fn has_received(&self, text: &str) -> bool {
        self.received().windows(text.len()).any(|window| window == text.as_bytes())
    }
}

async fn serve(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    response: Response,
    received: Arc<Mutex<Vec<u8>>>,
) {
    match acceptor {
        None => converse(stream, response, received).await,
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                converse(stream, response, received).await;
            }
        }
    }
}

async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    response: Response,
    received: Arc<Mutex<Vec<u8>>>,
) {
    let mut read = vec![0; 16 << 10];
    let Ok(length) = stream.read(&mut read).await else { return };
    received.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&read[..length]);
    let (first, repeated) = match response {
        Response::Once(bytes) => (bytes, None),
        Response::Endless(bytes, repeated) => (bytes, Some(repeated)),
    };
    let _ = stream.write_all(&first).await;
    while let Some(repeated) = &repeated {
        if stream.write_all(repeated).await.is_err() {
            return;
        }
    }
    let _ = stream.shutdown().await;
}

/// An HTTP response with this status, these header lines and this body.
pub fn http(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}
