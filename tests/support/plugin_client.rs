//! A host of the plugin, as Terraform is one: starts the provider's binary, reads the
//! handshake, shows the certificate, and hands out a gRPC channel.

#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use hyper_util::rt::TokioIo;
use p521::ecdsa::signature::Signer as _;
use p521::pkcs8::DecodePrivateKey;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, pem::PemObject};
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore, SignatureAlgorithm, SignatureScheme};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};

/// The provider's messages and client.
#[allow(clippy::all, missing_docs, unreachable_pub, reason = "generated code")]
pub(crate) mod tfplugin6 {
    include!(concat!(env!("OUT_DIR"), "/client/tfplugin6.rs"));
}

/// The messages and clients of go-plugin's own services.
#[allow(clippy::all, missing_docs, unreachable_pub, reason = "generated code")]
pub(crate) mod plugin {
    include!(concat!(env!("OUT_DIR"), "/client/plugin.rs"));
}

/// The messages and the client of gRPC health checking.
#[allow(clippy::all, missing_docs, unreachable_pub, reason = "generated code")]
pub(crate) mod health {
    include!(concat!(env!("OUT_DIR"), "/client/grpc.health.v1.rs"));
}

pub(crate) const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// The client's certificate as Terraform makes one (its README tells how).
pub(crate) const CERTIFICATE: &str = include_str!("../fixtures/plugin-client/certificate.pem");
const KEY: &str = include_str!("../fixtures/plugin-client/key.pem");

/// Whatever takes longer than this has failed.
const DEADLINE: Duration = Duration::from_secs(30);

/// How the provider is started: with nothing in its environment but this.
pub(crate) struct Start {
    args: Vec<&'static str>,
    env: BTreeMap<String, String>,
}

impl Start {
    /// As Terraform does, with mutual TLS.
    pub(crate) fn terraform() -> Self {
        Self::plain().env("PLUGIN_CLIENT_CERT", CERTIFICATE)
    }

    /// As Terraform does under `TF_DISABLE_PLUGIN_TLS`.
    pub(crate) fn plain() -> Self {
        Self::by_hand(&[]).env(COOKIE.0, COOKIE.1).env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
    }

    /// As a person does.
    pub(crate) fn by_hand(args: &[&'static str]) -> Self {
        Self { args: args.to_vec(), env: BTreeMap::new() }
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    pub(crate) fn spawn(self) -> Plugin {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_terraform-provider-pbs"))
            .args(&self.args)
            .env_clear()
            .env("TMPDIR", directory.path())
            .envs(&self.env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        let stderr = tokio::spawn(async move {
            let mut text = String::new();
            stderr.read_to_string(&mut text).await.unwrap();
            text
        });
        Plugin { child, stdout, stderr, directory, server: None, address: PathBuf::new() }
    }

    /// Starts the provider and reads its handshake.
    pub(crate) async fn handshake(self) -> Plugin {
        let mut plugin = self.spawn();
        let line = plugin.line().await;
        let fields: Vec<_> = line.split('|').collect();
        assert!(fields.len() >= 6, "no handshake: {line}");
        plugin.address = fields[3].into();
        if !fields[5].is_empty() {
            plugin.server = Some(STANDARD_NO_PAD.decode(fields[5]).unwrap().into());
        }
        plugin
    }
}

/// A running provider; killed when dropped.
pub(crate) struct Plugin {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: JoinHandle<String>,
    server: Option<CertificateDer<'static>>,
    /// Where its socket is.
    pub(crate) address: PathBuf,
    /// Its directory for temporary files.
    pub(crate) directory: TempDir,
}

impl Plugin {
    /// The next line of its stdout, without the end of line.
    pub(crate) async fn line(&mut self) -> String {
        let mut line = String::new();
        timeout(DEADLINE, self.stdout.read_line(&mut line)).await.expect("no line").unwrap();
        line.strip_suffix('\n').expect("a whole line").to_owned()
    }

    /// A connection with the right certificate, or without TLS where there is none.
    pub(crate) async fn connect(&self) -> Channel {
        let config = self.server.as_ref().map(|_| self.tls(Client::Right));
        self.connect_with(config).await.expect("the provider accepts the connection")
    }

    /// A connection with this TLS configuration. Whether the server accepts a
    /// certificate shows in the first call.
    pub(crate) async fn connect_with(
        &self,
        config: Option<ClientConfig>,
    ) -> Result<Channel, tonic::transport::Error> {
        let (address, config) = (self.address.clone(), config.map(Arc::new));
        Endpoint::from_static("http://localhost")
            .initial_stream_window_size(8 << 20)
            .initial_connection_window_size(16 << 20)
            .connect_with_connector(tower::service_fn(move |_| {
                let (address, config) = (address.clone(), config.clone());
                async move {
                    let stream = UnixStream::connect(address).await?;
                    let stream: Box<dyn Duplex> = match config {
                        None => Box::new(stream),
                        Some(config) => Box::new(
                            TlsConnector::from(config)
                                .connect(ServerName::try_from("localhost").unwrap(), stream)
                                .await?,
                        ),
                    };
                    Ok::<_, std::io::Error>(TokioIo::new(stream))
                }
            }))
            .await
    }

    /// TLS that trusts exactly the certificate of the handshake.
    pub(crate) fn tls(&self, client: Client) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.server.clone().expect("a handshake with TLS")).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[client.version()])
            .unwrap()
            .with_root_certificates(roots);
        let right = || CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
        let key = || {
            let der = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
            p521::ecdsa::SigningKey::from_pkcs8_der(der.secret_pkcs8_der()).unwrap()
        };
        let show = |key| {
            let key = CertifiedKey::new(vec![right()], Arc::new(P521(key)));
            Arc::new(SingleCertAndKey::from(key))
        };
        let mut config = match client {
            Client::Right | Client::Tls12 => config.with_client_cert_resolver(show(key())),
            Client::None => config.with_no_client_auth(),
            Client::OtherCertificate => {
                let key = rcgen::KeyPair::generate().unwrap();
                let params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
                let certificate = params.self_signed(&key).unwrap();
                let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
                config.with_client_auth_cert(vec![certificate.der().clone()], key).unwrap()
            }
            Client::OtherKey => {
                let mut scalar = [0; 66];
                scalar[65] = 42;
                config.with_client_cert_resolver(show(
                    p521::ecdsa::SigningKey::from_slice(&scalar).unwrap(),
                ))
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }

    /// The permissions of the socket's directory.
    pub(crate) fn socket_mode(&self) -> u32 {
        use std::os::unix::fs::PermissionsExt;
        let directory = self.address.parent().unwrap();
        directory.metadata().unwrap().permissions().mode() & 0o777
    }

    /// What there is in its directory for temporary files.
    pub(crate) fn leftovers(&self) -> usize {
        self.directory.path().read_dir().unwrap().count()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = self.child.id().expect("still running") as i32;
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal)
            .unwrap();
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("still running")
    }

    /// Waits for its end: the exit status, what was left on stdout, and all of stderr.
    pub(crate) async fn end(&mut self) -> (ExitStatus, String, String) {
        let status = timeout(DEADLINE, self.child.wait()).await.expect("it does not end").unwrap();
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).await.unwrap();
        (status, stdout, (&mut self.stderr).await.unwrap())
    }
}

/// What a client shows of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Client {
    Right,
    /// The right certificate, over the older TLS.
    Tls12,
    None,
    OtherCertificate,
    /// The right certificate without the key to it.
    OtherKey,
}

impl Client {
    fn version(self) -> &'static rustls::SupportedProtocolVersion {
        match self {
            Client::Tls12 => &rustls::version::TLS12,
            _ => &rustls::version::TLS13,
        }
    }
}

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
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signature: p521::ecdsa::DerSignature = self.0.sign(message);
        Ok(signature.as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}

impl std::fmt::Debug for P521 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("P521")
    }
}

trait Duplex: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}

impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Duplex for T {}
