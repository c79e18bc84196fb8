//! Starts a provider as Terraform does, with mutual TLS, and asks it for its schema. Knows no particular provider: the
//! others speak TCP or protocol 5, and show certificates of their own kind.

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

/// A running provider; killed when dropped.
pub(crate) struct Provider {
    process: Child,
    line: String,
    /// From just before it was started to the end of its line.
    pub(crate) took: Duration,
}

impl Provider {
    /// Starts it and reads its line. What it leaves behind stays in `room`.
    pub(crate) fn start(program: &Path, room: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("TMPDIR", room)
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
        let begun = Instant::now();
        let mut process =
            command.spawn().map_err(|e| format!("{} does not start: {e}", program.display()))?;
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or("a provider has no stdout")?;
        let read = BufReader::new(stdout).read_line(&mut line);
        let provider = Self { process, line, took: begun.elapsed() };
        read?;
        match provider.line.split('|').count() {
            6.. => Ok(provider),
            _ => Err(format!("{} gives no handshake", program.display()).into()),
        }
    }

    /// Fetches the schema as a host does, and throws it away.
    pub(crate) fn schema(&self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let method = match self.field(1) {
                "5" => "/tfplugin5.Provider/GetSchema",
                _ => "/tfplugin6.Provider/GetProviderSchema",
            };
            let mut client = Grpc::new(self.connect().await?).max_decoding_message_size(256 << 20);
            client.ready().await?;
            // The empty message can be sent as the request, and takes any answer.
            let codec = ProstCodec::<(), ()>::default();
            client.unary(Request::new(()), PathAndQuery::from_static(method), codec).await?;
            Ok(())
        })
    }

    /// Resident memory now, in bytes.
    pub(crate) fn resident(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kib.ok_or("/proc does not say how much memory is resident")?.parse::<f64>()? * 1024.0)
    }

    /// Processor's time of all its threads until now.
    pub(crate) fn on_processor(&self) -> Result<Duration> {
        let mut sum = Duration::ZERO;
        for thread in fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let times = fs::read_to_string(thread?.path().join("schedstat"))?;
            let nanoseconds = times.split(' ').next().unwrap_or_default().parse()?;
            sum += Duration::from_nanos(nanoseconds);
        }
        Ok(sum)
    }

    fn field(&self, number: usize) -> &str {
        self.line.trim_end().split('|').nth(number).unwrap_or_default()
    }

    async fn connect(&self) -> Result<Channel> {
        let (network, address) = (self.field(2).to_owned(), self.field(3).to_owned());
        let certificate = CertificateDer::from(STANDARD_NO_PAD.decode(self.field(5))?);
        let tls = TlsConnector::from(Arc::new(tls::client(certificate)?));
        let connect = tower::service_fn(move |_| {
            let (network, address, tls) = (network.clone(), address.clone(), tls.clone());
            async move {
                let stream: Box<dyn Duplex> = match network.as_str() {
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
        // An error means that it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}
