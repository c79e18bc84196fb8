//! A server that is not PBS: it gives what it is told to, and keeps every byte that it gets.

#![allow(dead_code, reason = "each test program uses its part")]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use ring::digest::{SHA256, digest};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// What the server shows of itself.
pub(crate) struct Identity {
    acceptor: TlsAcceptor,
    pub(crate) pem: String,
    pub(crate) fingerprint: String,
}

impl Identity {
    /// A certificate for this name that is valid from the first year to the second.
    pub(crate) fn new(name: &str, years: (i32, i32)) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let certificate = params.self_signed(&key).expect("a certificate");
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring knows the default versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .expect("a certificate and its key");
        let hash = digest(&SHA256, certificate.der());
        let fingerprint: Vec<_> = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            pem: certificate.pem(),
            fingerprint: fingerprint.join(":"),
        }
    }

    pub(crate) fn good() -> Self {
        Self::new("127.0.0.1", (2000, 3000))
    }
}

/// A running server; it ends with the test's runtime.
pub(crate) struct Listener {
    pub(crate) port: u16,
    got: Arc<Mutex<Vec<u8>>>,
}

/// How a request is answered: with these bytes, over and over if there is no end.
#[derive(Clone)]
pub(crate) enum Answer {
    Once(Vec<u8>),
    /// The first bytes, then the second ones for ever.
    Endless(Vec<u8>, Vec<u8>),
}

impl Listener {
    /// Without an identity it speaks plain HTTP.
    pub(crate) async fn start(identity: Option<&Identity>, answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let acceptor = identity.map(|identity| identity.acceptor.clone());
        let got = Arc::new(Mutex::new(Vec::new()));
        let keep = got.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, acceptor.clone(), answer.clone(), keep.clone()));
            }
        });
        Self { port, got }
    }

    /// What it has got so far, decrypted where it speaks TLS.
    pub(crate) fn got(&self) -> MutexGuard<'_, Vec<u8>> {
        self.got.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn holds(&self, text: &str) -> bool {
        self.got().windows(text.len()).any(|window| window == text.as_bytes())
    }
}

async fn serve(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    answer: Answer,
    got: Arc<Mutex<Vec<u8>>>,
) {
    match acceptor {
        None => converse(stream, answer, got).await,
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                converse(stream, answer, got).await;
            }
        }
    }
}

async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: Answer,
    got: Arc<Mutex<Vec<u8>>>,
) {
    let mut read = vec![0; 16 << 10];
    let Ok(length) = stream.read(&mut read).await else { return };
    got.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&read[..length]);
    let (first, more) = match answer {
        Answer::Once(bytes) => (bytes, None),
        Answer::Endless(bytes, more) => (bytes, Some(more)),
    };
    let _ = stream.write_all(&first).await;
    while let Some(more) = &more {
        if stream.write_all(more).await.is_err() {
            return;
        }
    }
    let _ = stream.shutdown().await;
}

/// An HTTP answer with this status line, header lines and body.
pub(crate) fn http(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}
