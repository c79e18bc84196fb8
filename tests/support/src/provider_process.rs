//! The provider's binary as a process. The tests start it and connect to it as Terraform does: with
//! the magic cookie, the handshake line, mutual TLS with a certificate of the kind that Terraform
//! generates, and a gRPC channel.

use std::{
    collections::BTreeMap,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use hyper_util::rt::TokioIo;
use p521::{ecdsa::signature::Signer as _, pkcs8::DecodePrivateKey};
use rustls::{
    ClientConfig, RootCertStore, SignatureAlgorithm, SignatureScheme,
    crypto::ring,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, pem::PemObject},
    sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::UnixStream,
    process::{Child, ChildStdout, Command},
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};

use crate::repository;

/// The environment variable by which Terraform identifies itself to a provider.
pub const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// A client certificate like the one that Terraform generates. The README in the folder of the
/// certificate says how the certificate was made.
pub const CERTIFICATE: &str = include_str!("../../fixtures/plugin-client/certificate.pem");
const KEY: &str = include_str!("../../fixtures/plugin-client/key.pem");

/// How long a test waits for a line or for the end of the process.
const DEADLINE: Duration = Duration::from_secs(30);

/// The arguments and the whole environment that the provider is started with.
pub struct Start {
    args: Vec<&'static str>,
    env: BTreeMap<String, String>,
}

impl Start {
    /// A provider as Terraform starts it, with mutual TLS.
    pub fn terraform() -> Self {
        Self::plain().env("PLUGIN_CLIENT_CERT", CERTIFICATE)
    }

    /// A provider as Terraform starts it when `TF_DISABLE_PLUGIN_TLS` is set, without TLS.
    pub fn plain() -> Self {
        Self::by_hand(&[]).env(COOKIE.0, COOKIE.1).env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
    }

    /// A provider as a person starts it, without the magic cookie.
    pub fn by_hand(args: &[&'static str]) -> Self {
        Self { args: args.to_vec(), env: BTreeMap::new() }
    }

    /// Adds an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// Starts the process.
    pub fn spawn(self) -> ProviderProcess {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new(repository::provider_binary())
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
        ProviderProcess {
            child,
            stdout,
            stderr,
            directory,
            server_certificate: None,
            address: PathBuf::new(),
        }
    }

    /// Starts the provider and reads its handshake.
    pub async fn handshake(self) -> ProviderProcess {
        let mut provider = self.spawn();
        let line = provider.line().await;
        let fields: Vec<_> = line.split('|').collect();
        assert!(fields.len() >= 6, "no handshake: {line}");
        provider.address = fields[3].into();
        if !fields[5].is_empty() {
            provider.server_certificate = Some(STANDARD_NO_PAD.decode(fields[5]).unwrap().into());
        }
        provider
    }

    /// Starts the provider in debug mode. In this mode, the provider prints the value of
    /// `TF_REATTACH_PROVIDERS`, which contains the path of its socket.
    pub async fn debug(mut self) -> ProviderProcess {
        self.args.push("--debug");
        let mut provider = self.spawn();
        let line = provider.line().await;
        let json = line.split('\'').nth(1).expect("a quoted value of TF_REATTACH_PROVIDERS");
        let json: serde_json::Value = serde_json::from_str(json).expect("JSON");
        let reattach = json.as_object().and_then(|addresses| addresses.values().next());
        let reattach = reattach.expect("the address of one provider");
        provider.address = reattach["Addr"]["String"].as_str().expect("a socket").into();
        provider
    }
}

/// A running provider process, which is killed on drop.
pub struct ProviderProcess {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: JoinHandle<String>,
    server_certificate: Option<CertificateDer<'static>>,
    /// The path of the provider's socket.
    pub address: PathBuf,
    /// The provider's directory for temporary files.
    pub directory: TempDir,
}

impl ProviderProcess {
    /// The next line of the provider's standard output, without the line break.
    pub async fn line(&mut self) -> String {
        let mut line = String::new();
        timeout(DEADLINE, self.stdout.read_line(&mut line))
            .await
            .expect("the provider writes no line")
            .unwrap();
        line.strip_suffix('\n').expect("a whole line").to_owned()
    }

    /// Connects with the right certificate, or without TLS if the handshake names no certificate.
    pub async fn connect(&self) -> Channel {
        let config = self.server_certificate.as_ref().map(|_| self.tls(Client::Right));
        self.connect_with(config).await.expect("the provider accepts the connection")
    }

    /// Connects with this TLS configuration. The result can be `Ok` although the provider refuses
    /// the client certificate. The refusal becomes an error at the first call on the channel.
    pub async fn connect_with(
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

    /// A TLS configuration that trusts exactly the certificate of the handshake.
    pub fn tls(&self, client: Client) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.server_certificate.clone().expect("a handshake with TLS")).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[client.version()])
            .unwrap()
            .with_root_certificates(roots);
        let right_certificate = || CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
        let key = || {
            let der = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
            p521::ecdsa::SigningKey::from_pkcs8_der(der.secret_pkcs8_der()).unwrap()
        };
        let resolver = |key| {
            let key = CertifiedKey::new(vec![right_certificate()], Arc::new(P521(key)));
            Arc::new(SingleCertAndKey::from(key))
        };
        let mut config = match client {
            Client::Right | Client::Tls12 => config.with_client_cert_resolver(resolver(key())),
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
                config.with_client_cert_resolver(resolver(
                    p521::ecdsa::SigningKey::from_slice(&scalar).unwrap(),
                ))
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }

    /// The permissions of the socket's directory.
    pub fn socket_mode(&self) -> u32 {
        let directory = self.address.parent().unwrap();
        directory.metadata().unwrap().permissions().mode() & 0o777
    }

    /// How many entries the provider's directory for temporary files has.
    pub fn leftovers(&self) -> usize {
        self.directory.path().read_dir().unwrap().count()
    }

    /// Sends the provider a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = self.child.id().expect("still running") as i32;
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal)
            .unwrap();
    }

    /// The provider's process id.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("still running")
    }

    /// Waits until the provider ends. Returns the exit status, the rest of standard output, and all
    /// of standard error.
    pub async fn end(&mut self) -> (ExitStatus, String, String) {
        let status =
            timeout(DEADLINE, self.child.wait()).await.expect("the provider does not end").unwrap();
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).await.unwrap();
        (status, stdout, (&mut self.stderr).await.unwrap())
    }
}

/// The client certificate with which a test connects.
#[derive(Clone, Copy, Debug)]
pub enum Client {
    /// The certificate that the provider was started with.
    Right,
    /// The right certificate, over TLS 1.2.
    Tls12,
    /// No certificate.
    None,
    /// A certificate that the provider was not started with.
    OtherCertificate,
    /// The right certificate, with a key that does not belong to the certificate.
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

/// A P-521 key, the kind of key that Terraform uses. `ring` cannot sign with such a key.
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

/// A stream that can be read and written, with or without TLS.
trait Duplex: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}

impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Duplex for T {}
