//! The provider as a process: what starts it, the one line on stdout, the server
//! behind it, and its end. Knows of the service only that it is one.

mod connection;
mod lifetime;
mod listener;
mod tls;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use serde_json::json;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;

use self::connection::{Connection, Duplex};
pub(super) use self::lifetime::Event;
use self::lifetime::{End, Host};
use self::listener::Listener;
use super::log;
use super::proto::tfplugin6::provider_server::{Provider, ProviderServer};
use super::services::{Broker, Controller, HealthCheck, Stdio};

/// Tells a plugin that it was started by a host; it keeps no one out.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// Terraform's own limit for one message, in bytes.
const MESSAGE_LIMIT: usize = 256 << 20;

/// HTTP/2 flow control, in bytes: wide enough that a state of many megabytes does
/// not wait for window updates.
const STREAM_WINDOW: u32 = 8 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;

/// For the last answers to leave the process. With [`lifetime::SHUTDOWN`] it stays
/// below the two seconds after which the host kills.
const FAREWELL: Duration = Duration::from_millis(250);

/// What the process says about itself.
pub struct About {
    /// The provider's local name, such as `pbs`.
    pub name: &'static str,
    /// The address in the registry that configurations name.
    pub address: &'static str,
    /// The provider's version.
    pub version: &'static str,
    /// The name of the provider's own crate. Its log events are written; those of its dependencies are not,
    /// because they may contain credentials.
    pub crate_name: &'static str,
}

/// What the transport needs of the service beyond its RPCs.
pub(crate) trait Lifecycle: Clone + Send + Sync + 'static {
    /// Cancels what can be cancelled without losing a result, and goes on serving.
    /// SIGTERM comes here; it means the same as the RPC StopProvider.
    fn stop(&self);

    /// Deletes what is still open and waits for writes in flight. Called once, at
    /// the end; it is given up after [`lifetime::SHUTDOWN`] if the host waits for
    /// it, and after [`lifetime::CLEANUP`] if nobody does.
    fn shutdown(&self) -> impl Future<Output = ()> + Send;
}

/// Runs the process from its arguments to its exit code. The service is made after
/// the handshake, which the host is waiting for.
pub(crate) fn run<S: Provider + Lifecycle>(
    about: &About,
    args: impl IntoIterator<Item = OsString>,
    env: &dyn Fn(&str) -> Option<OsString>,
    make_service: impl FnOnce() -> S,
) -> ExitCode {
    let args: Vec<_> = args.into_iter().collect();
    let name = format!("terraform-provider-{}", about.name);
    let host = match args.iter().map(|arg| arg.to_str()).collect::<Vec<_>>()[..] {
        [Some("--version" | "-V")] => return say(&format!("{name} {}\n", about.version)),
        [Some("--help" | "-h")] => return say(&help(&name)),
        [Some("--debug")] => Host::Debugger,
        [] if env(COOKIE.0).is_some_and(|cookie| cookie == COOKIE.1) => Host::Terraform,
        [] => {
            eprintln!(
                "{name} is started by Terraform or OpenTofu: declare the provider in a \
                 configuration and run `terraform plan`, or see `{name} --help`."
            );
            return ExitCode::FAILURE;
        }
        _ => {
            eprintln!("{name} does not know these arguments; see `{name} --help`.");
            return ExitCode::FAILURE;
        }
    };
    log::install(about, env);
    match start(about, host, env, make_service) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name} could not start: {error}.");
            ExitCode::FAILURE
        }
    }
}

fn say(text: &str) -> ExitCode {
    match write_out(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn write_out(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn help(name: &str) -> String {
    format!(
        "{name} is a plugin that Terraform and OpenTofu start by themselves.\n\n\
         Usage: {name} [OPTION]\n\n\
         \x20 --debug    serve until Ctrl-C, and print what to set so that Terraform attaches\n\
         \x20 --version  print the version\n\
         \x20 --help     print this text\n"
    )
}

fn start<S: Provider + Lifecycle>(
    about: &About,
    host: Host,
    env: &dyn Fn(&str) -> Option<OsString>,
    make_service: impl FnOnce() -> S,
) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(serve(about, host, env, make_service));
    // Whatever the service wanted to wait for, it has waited for in `shutdown`.
    runtime.shutdown_background();
    served
}

async fn serve<S: Provider + Lifecycle>(
    about: &About,
    host: Host,
    env: &dyn Fn(&str) -> Option<OsString>,
    make_service: impl FnOnce() -> S,
) -> Result<(), Box<dyn Error>> {
    let (events, mut heard) = mpsc::unbounded_channel();
    lifetime::watch_signals(host, events.clone())?;
    let listener = Listener::bind(about.name, env)?;
    let (acceptor, line) = match host {
        Host::Debugger => (None, reattach_line(about, &listener)),
        Host::Terraform => handshake(&listener, env)?,
    };
    write_out(&line)?;

    let serving = Serving::start(make_service(), events.clone());
    let reason = tokio::select! {
        reason = lifetime::end(host, &mut heard, || serving.service.stop()) => reason,
        never = connection::accept(&listener, acceptor, &events, &serving.ready) => match never {},
    };
    tracing::debug!(?reason, "shutting down");
    serving.end(reason).await
}

/// A service that answers whoever is handed to `ready`.
pub(super) struct Serving<S> {
    pub(super) service: S,
    ready: mpsc::Sender<io::Result<Connection>>,
    ended: watch::Sender<bool>,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
}

impl<S: Provider + Lifecycle> Serving<S> {
    fn start(service: S, events: UnboundedSender<Event>) -> Self {
        let (ended, end) = watch::channel(false);
        let (ready, incoming) = mpsc::channel(1);
        let server = Server::builder()
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .add_service(
                ProviderServer::new(service.clone())
                    .max_decoding_message_size(MESSAGE_LIMIT)
                    .max_encoding_message_size(MESSAGE_LIMIT),
            )
            .add_service(Controller::server(events, end.clone()))
            .add_service(Stdio::server(end.clone()))
            .add_service(Broker::server(end.clone()))
            .add_service(HealthCheck::server(end.clone()))
            .serve_with_incoming_shutdown(ReceiverStream::new(incoming), {
                let mut end = end.clone();
                async move { drop(end.wait_for(|ended| *ended).await) }
            });
        Self { service, ready, ended, server: tokio::spawn(server) }
    }

    /// Serves one peer on a stream that is already there.
    pub(super) fn on(service: S, stream: impl Duplex + 'static) -> Self {
        // Nobody asks here how many peers there are.
        let (events, _) = mpsc::unbounded_channel();
        let serving = Self::start(service, events.clone());
        let connection = Connection::new(Box::new(stream), events);
        // There is room: it is the first.
        let _ = serving.ready.try_send(Ok(connection));
        serving
    }

    /// What happens when the host asks for the end.
    pub(super) async fn shutdown(self) -> Result<(), Box<dyn Error>> {
        self.end(End::Shutdown).await
    }

    /// Cleans up, then lets the last answers leave.
    async fn end(self, reason: End) -> Result<(), Box<dyn Error>> {
        clean_up(reason, &self.service).await;
        self.ended.send_replace(true);
        drop(self.ready);
        if let Ok(served) = timeout(FAREWELL, self.server).await {
            served??;
        }
        Ok(())
    }
}

/// Gives the service its time to clean up, which depends on who is waiting.
async fn clean_up(reason: End, service: &impl Lifecycle) {
    let limit = match reason {
        End::Shutdown => lifetime::SHUTDOWN,
        End::Alone | End::Terminated => lifetime::CLEANUP,
    };
    if timeout(limit, service.shutdown()).await.is_err() {
        tracing::warn!("gave up waiting for requests in flight");
    }
}

/// The line that a host expects. Protocol 6 is the only one here, so the list in
/// `PLUGIN_PROTOCOL_VERSIONS` changes nothing: a host that does not have it explains
/// that better than a plugin could.
fn handshake(
    listener: &Listener,
    env: &dyn Fn(&str) -> Option<OsString>,
) -> Result<(Option<TlsAcceptor>, String), Box<dyn Error>> {
    let (acceptor, certificate) = match env("PLUGIN_CLIENT_CERT").filter(|pem| !pem.is_empty()) {
        Some(pem) => {
            let (acceptor, certificate) = tls::mutual(pem.as_encoded_bytes())?;
            (Some(acceptor), STANDARD_NO_PAD.encode(&certificate))
        }
        None => (None, String::new()),
    };
    // Multiplexing the broker's connections is something we do not do.
    let multiplex =
        if env("PLUGIN_MULTIPLEX_GRPC").is_some_and(|v| !v.is_empty()) { "|false" } else { "" };
    let (network, address) = (listener.network(), listener.address());
    Ok((acceptor, format!("1|6|{network}|{address}|grpc|{certificate}{multiplex}\n")))
}

/// What the developer puts into the environment of Terraform.
fn reattach_line(about: &About, listener: &Listener) -> String {
    let how = json!({
        about.address: {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": std::process::id(),
            "Test": true,
            "Addr": { "Network": listener.network(), "String": listener.address() },
        }
    });
    format!("TF_REATTACH_PROVIDERS='{how}'\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Hanging;

    impl Lifecycle for Hanging {
        fn stop(&self) {}

        async fn shutdown(&self) {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_clean_up_that_hangs_is_given_up() {
        for (reason, limit) in [
            (End::Shutdown, Duration::from_millis(1500)),
            (End::Alone, Duration::from_secs(30)),
            (End::Terminated, Duration::from_secs(30)),
        ] {
            let begun = tokio::time::Instant::now();
            clean_up(reason, &Hanging).await;
            assert_eq!(begun.elapsed().as_millis(), limit.as_millis(), "{reason:?}");
        }
    }
}
