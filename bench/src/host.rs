//! Starts a provider as Terraform does, with mutual TLS, and requests its schema. This module also
//! supports TCP, protocol 5 and certificates with other keys, because other providers may use
//! these.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::TlsConnector;
use tonic::{
    Request,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;
use xtask::cli::Result;

use crate::tls;

/// A running provider. Dropping this value kills the process.
pub(crate) struct Provider {
    process: Child,
    handshake: String,
    /// Time from the start of the process to the end of its handshake line.
    pub(crate) start_time: Duration,
}

impl Provider {
    /// Starts the provider and reads its handshake line. The provider writes temporary files to
    /// `directory`.
    pub(crate) fn start(program: &Path, directory: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("TMPDIR", directory)
            .env("PLUGIN_MIN_PORT", "10000")
            .env("PLUGIN_MAX_PORT", "25000")
            .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
            .env("PLUGIN_CLIENT_CERT", tls::CERTIFICATE)
            .env(
                "TF_PLUGIN_MAGIC_COOKIE",
                "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
            )
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let start = Instant::now();
        let mut process =
            command.spawn().map_err(|e| format!("{} does not start: {e}", program.display()))?;
        let mut handshake = String::new();
        let stdout = process.stdout.take().ok_or("a provider has no stdout")?;
        let read = BufReader::new(stdout).read_line(&mut handshake);
        let provider = Self { process, handshake, start_time: start.elapsed() };
        read?;
        match provider.handshake.split('|').count() {
            6.. => Ok(provider),
            _ => Err(format!("{} prints no handshake line", program.display()).into()),
        }
    }

    /// Requests the schema as Terraform does, and discards the response.
    pub(crate) fn request_schema(&self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let method = match self.field(1) {
                "5" => "/tfplugin5.Provider/GetSchema",
                _ => "/tfplugin6.Provider/GetProviderSchema",
            };
            let mut client = Grpc::new(self.connect().await?).max_decoding_message_size(256 << 20);
            client.ready().await?;
            // The empty message `()` is a valid request. A response can also be decoded as `()`,
            // which ignores its fields.
            let codec = ProstCodec::<(), ()>::default();
            client.unary(Request::new(()), PathAndQuery::from_static(method), codec).await?;
            Ok(())
        })
    }

    /// Current resident memory in bytes.
    pub(crate) fn resident_memory(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kib.ok_or("/proc does not show the resident memory")?.parse::<f64>()? * 1024.0)
    }

    /// CPU time of all threads so far.
    pub(crate) fn cpu_time(&self) -> Result<Duration> {
        let mut sum = Duration::ZERO;
        for thread in fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let times = fs::read_to_string(thread?.path().join("schedstat"))?;
            let nanoseconds = times.split(' ').next().unwrap_or_default().parse()?;
            sum += Duration::from_nanos(nanoseconds);
        }
        Ok(sum)
    }

    /// The field of the handshake line with this number. The first field has the number 0.
    fn field(&self, number: usize) -> &str {
        self.handshake.trim_end().split('|').nth(number).unwrap_or_default()
    }

    async fn connect(&self) -> Result<Channel> {
        let (network, address) = (self.field(2).to_owned(), self.field(3).to_owned());
        let certificate = CertificateDer::from(STANDARD_NO_PAD.decode(self.field(5))?);
        let tls = TlsConnector::from(Arc::new(tls::client(certificate)?));
        let connect = tower::service_fn(move |_| {
            let (network, address, tls) = (network.clone(), address.clone(), tls.clone());
            async move {
                let stream: Box<dyn Connection> = match network.as_str() {
                    "unix" => Box::new(UnixStream::connect(address).await?),
                    _ => Box::new(TcpStream::connect(address).await?),
                };
                let name = ServerName::try_from("localhost").map_err(std::io::Error::other)?;
                Ok::<_, std::io::Error>(TokioIo::new(tls.connect(name, stream).await?))
            }
        });
        Ok(Endpoint::from_static("http://localhost").connect_with_connector(connect).await?)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // An error means that the process has already ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A connection to the provider.
trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}
