//! A server that is not PBS: it gives every request the same answer, with a certificate to order.

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::sync::Arc;
use terraform_provider_pbs::pbs::{CaCertificates, Config, Credentials, Trust};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

pub(crate) struct Canned {
    pub(crate) port: u16,
    pub(crate) pem: String,
}

impl Canned {
    /// Answers everything with these bytes; `name` is what the certificate is for, `years` from
    /// when to when it is valid.
    pub(crate) async fn start(answer: &str, name: &str, years: (i32, i32)) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let certificate = params.self_signed(&key).unwrap();
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let answer = answer.to_owned();
        let port = serve(move |stream| {
            let (acceptor, answer) = (acceptor.clone(), answer.clone());
            async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    converse(stream, &answer).await;
                }
            }
        })
        .await;
        Self { port, pem: certificate.pem() }
    }

    /// The same, with a certificate that is in order.
    pub(crate) async fn answering(answer: &str) -> Self {
        Self::start(answer, "127.0.0.1", (2000, 3000)).await
    }

    /// A server that speaks HTTP without TLS.
    pub(crate) async fn plain(answer: &str) -> Self {
        let answer = answer.to_owned();
        let port = serve(move |stream| {
            let answer = answer.clone();
            async move { converse(stream, &answer).await }
        })
        .await;
        Self { port, pem: String::new() }
    }

    pub(crate) fn config(&self, trust: Trust) -> Config {
        let endpoint = format!("https://127.0.0.1:{}", self.port).parse().unwrap();
        let credentials = Credentials::ApiToken("one@pbs!ci:MARKER-SECRET".parse().unwrap());
        Config { max_retries: 0, ..Config::new(endpoint, credentials, trust) }
    }

    pub(crate) fn ca(&self) -> Trust {
        Trust::Ca(CaCertificates::from_argument(&self.pem).unwrap())
    }
}

async fn serve<F, Fut>(converse: F) -> u16
where
    F: Fn(tokio::net::TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream));
        }
    });
    port
}

async fn converse(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &str) {
    let mut read = [0; 16 * 1024];
    if stream.read(&mut read).await.is_ok() {
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

/// An HTTP answer with this status line, header lines and body.
pub(crate) fn http(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}")
}
