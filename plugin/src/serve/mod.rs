//! The provider as a process: command line, handshake on stdout, gRPC server and shutdown.
//!
//! Comments use the word core for Terraform or OpenTofu, which starts the provider as a plugin.
//! This module does not depend on what the provider manages. It needs only a service that
//! implements the RPCs of the plugin protocol and [`Lifecycle`].

mod connection;
mod lifetime;
mod listener;
mod tls;

use crate::{
    log,
    proto::tfplugin6::provider_server::{Provider, ProviderServer},
    services::{Broker, Controller, HealthCheck, Stdio},
};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use connection::{Connection, Duplex};
use lifetime::{EndReason, Launcher};
use listener::Listener;
use serde_json::json;
use std::{
    error::Error,
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};
use tokio::{
    sync::{
        mpsc::{self, UnboundedSender},
        watch,
    },
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tonic::{codegen::tokio_stream::wrappers::ReceiverStream, transport::Server};

pub(super) use lifetime::Event;

/// The name and the value of the environment variable that core sets when it starts a plugin. If
/// the variable is missing, a user has started the plugin by hand. The value is public, so the
/// variable does not protect the plugin from other programs.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// The maximum size of one message in bytes. Terraform has the same limit.
const MESSAGE_LIMIT: usize = 256 << 20;

/// The HTTP/2 flow control window of a stream in bytes. The window is large, so that core seldom
/// has to wait for window updates when it sends a state of several megabytes.
const STREAM_WINDOW: u32 = 8 << 20;

/// The HTTP/2 flow control window of a connection in bytes. Two streams can use their full windows
/// at the same time.
const CONNECTION_WINDOW: u32 = 16 << 20;

/// The time limit for sending the last responses. The sum of this limit and
/// [`lifetime::SHUTDOWN_TIMEOUT`] is less than the two seconds after which core kills the process.
const LAST_RESPONSES_TIMEOUT: Duration = Duration::from_millis(250);

/// The names and the version of the provider.
pub struct About {
    /// The provider's name in configurations, such as `pbs`.
    pub name: &'static str,
    /// The provider's source address in each registry, including the host name of the registry.
    /// Terraform and OpenTofu use different registries.
    pub addresses: &'static [&'static str],
    /// The provider's version.
    pub version: &'static str,
    /// The name of the provider's own crate. The log contains only the events of this crate and of
    /// the plugin layer, because the events of other crates may contain credentials.
    pub crate_name: &'static str,
}

/// The methods that the process needs from the service in addition to the RPCs.
pub(crate) trait Lifecycle: Clone + Send + Sync + 'static {
    /// Cancels the operations that can be cancelled without losing a result. The service keeps
    /// serving. The process calls this method on SIGTERM, for example. The StopProvider RPC has the
    /// same effect.
    fn stop(&self);

    /// Closes the ephemeral resources that are still open, and waits for writes in flight. The
    /// process calls this method once, before the process ends. The call is cancelled after a time
    /// limit. If core waits for the end of the process, the limit is
    /// [`lifetime::SHUTDOWN_TIMEOUT`]. Otherwise, the limit is [`lifetime::CLEANUP_TIMEOUT`].
    fn shutdown(&self) -> impl Future<Output = ()> + Send;
}

/// Runs the provider's process and returns its exit code. `make_service` is called after the
/// handshake, so that creating the service does not delay the handshake.
pub(crate) fn run<S: Provider + Lifecycle>(
    about: &About,
    args: impl IntoIterator<Item = OsString>,
    env: &dyn Fn(&str) -> Option<OsString>,
    make_service: impl FnOnce() -> S,
) -> ExitCode {
    let args: Vec<_> = args.into_iter().collect();
    let name = format!("terraform-provider-{}", about.name);
    let launcher = match args.iter().map(|arg| arg.to_str()).collect::<Vec<_>>()[..] {
        [Some("--version" | "-V")] => return print(&format!("{name} {}\n", about.version)),
        [Some("--help" | "-h")] => return print(&help(&name)),
        [Some("--debug")] => Launcher::Developer,
        [] if env(COOKIE.0).is_some_and(|cookie| cookie == COOKIE.1) => Launcher::Core,
        [] => {
            eprintln!(
                "{name} is started by Terraform or OpenTofu: declare the provider in a \
                 configuration and run `terraform plan`, or see `{name} --help`."
            );
            return ExitCode::FAILURE;
        }
        _ => {
            eprintln!("{name} does not accept these arguments; see `{name} --help`.");
            return ExitCode::FAILURE;
        }
    };
    log::install(about, env);
    match start(about, launcher, env, make_service) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name} could not start: {error}.");
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> ExitCode {
    match write_stdout(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn write_stdout(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn help(name: &str) -> String {
    format!(
        "{name} is a provider plugin, which Terraform and OpenTofu start by themselves.\n\n\
         Usage: {name} [OPTION]\n\n\
         \x20 --debug    print TF_REATTACH_PROVIDERS for Terraform and OpenTofu, and serve until Ctrl-C\n\
         \x20 --version  print the version\n\
         \x20 --help     print this help\n"
    )
}

fn start<S: Provider + Lifecycle>(
    about: &About,
    launcher: Launcher,
    env: &dyn Fn(&str) -> Option<OsString>,
    make_service: impl FnOnce() -> S,
) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(serve(about, launcher, env, make_service));
    // Do not wait for running tasks. `Lifecycle::shutdown` has already waited for writes in flight.
    runtime.shutdown_background();
    result
}

async fn serve<S: Provider + Lifecycle>(
    about: &About,
    launcher: Launcher,
    env: &dyn Fn(&str) -> Option<OsString>,
    make_service: impl FnOnce() -> S,
) -> Result<(), Box<dyn Error>> {
    let (events, mut received_events) = mpsc::unbounded_channel();
    lifetime::watch_signals(launcher, events.clone())?;
    let listener = Listener::bind(about.name, env)?;
    let (acceptor, line) = match launcher {
        Launcher::Developer => (None, reattach_line(about, &listener)),
        Launcher::Core => handshake(&listener, env)?,
    };
    write_stdout(&line)?;

    let server = RunningServer::start(make_service(), events.clone());
    let stop = || server.service.stop();
    let reason = tokio::select! {
        reason = lifetime::wait_for_end(launcher, &mut received_events, stop) => reason,
        never = connection::accept(&listener, acceptor, &events, &server.connections) => {
            match never {}
        }
    };
    tracing::debug!(?reason, "shutting down");
    server.end(reason).await
}

/// A running gRPC server, which serves the connections that are sent to `connections`.
pub(super) struct RunningServer<S> {
    pub(super) service: S,
    connections: mpsc::Sender<io::Result<Connection>>,
    /// Tells the gRPC server and its services that the cleanup is complete.
    end: watch::Sender<bool>,
    task: JoinHandle<Result<(), tonic::transport::Error>>,
}

impl<S: Provider + Lifecycle> RunningServer<S> {
    fn start(service: S, events: UnboundedSender<Event>) -> Self {
        let (end, end_receiver) = watch::channel(false);
        let (connections, incoming) = mpsc::channel(1);
        let server = Server::builder()
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .add_service(
                ProviderServer::new(service.clone())
                    .max_decoding_message_size(MESSAGE_LIMIT)
                    .max_encoding_message_size(MESSAGE_LIMIT),
            )
            .add_service(Controller::server(events, end_receiver.clone()))
            .add_service(Stdio::server(end_receiver.clone()))
            .add_service(Broker::server(end_receiver.clone()))
            .add_service(HealthCheck::server(end_receiver.clone()))
            .serve_with_incoming_shutdown(ReceiverStream::new(incoming), {
                let mut end_receiver = end_receiver.clone();
                async move { drop(end_receiver.wait_for(|ended| *ended).await) }
            });
        Self { service, connections, end, task: tokio::spawn(server) }
    }

    /// Starts a gRPC server that serves a single connection on `stream`.
    pub(super) fn for_stream(service: S, stream: impl Duplex + 'static) -> Self {
        // No receiver is needed for the events, since the caller decides when the provider ends.
        let (events, _) = mpsc::unbounded_channel();
        let server = Self::start(service, events.clone());
        let connection = Connection::new(Box::new(stream), events);
        // This cannot fail, because the channel has room for one connection.
        let _ = server.connections.try_send(Ok(connection));
        server
    }

    /// Ends the server as if core had called the Shutdown RPC.
    pub(super) async fn shutdown(self) -> Result<(), Box<dyn Error>> {
        self.end(EndReason::Shutdown).await
    }

    /// Cleans up, and then waits until the last responses have been sent.
    async fn end(self, reason: EndReason) -> Result<(), Box<dyn Error>> {
        clean_up(reason, &self.service).await;
        self.end.send_replace(true);
        drop(self.connections);
        if let Ok(result) = timeout(LAST_RESPONSES_TIMEOUT, self.task).await {
            result??;
        }
        Ok(())
    }
}

/// Shuts the service down within a time limit. The limit is shorter if core waits for the end of
/// the process.
async fn clean_up(reason: EndReason, service: &impl Lifecycle) {
    let limit = match reason {
        EndReason::Shutdown => lifetime::SHUTDOWN_TIMEOUT,
        EndReason::NoConnection | EndReason::Terminated => lifetime::CLEANUP_TIMEOUT,
    };
    if timeout(limit, service.shutdown()).await.is_err() {
        tracing::warn!("gave up waiting for requests in flight");
    }
}

/// Returns the TLS acceptor and the handshake line. The plugin has to print this line on stdout.
/// The acceptor is `None` if core has not sent a certificate.
///
/// The environment variable `PLUGIN_PROTOCOL_VERSIONS` lists the protocol versions that core
/// supports. This variable is ignored, because the plugin layer implements only version 6. If core
/// does not support version 6, core itself reports an error, with more detail than a plugin could
/// give.
fn handshake(
    listener: &Listener,
    env: &dyn Fn(&str) -> Option<OsString>,
) -> Result<(Option<TlsAcceptor>, String), Box<dyn Error>> {
    let (acceptor, certificate) = match env("PLUGIN_CLIENT_CERT").filter(|pem| !pem.is_empty()) {
        Some(pem) => {
            let (acceptor, certificate) = tls::acceptor(pem.as_encoded_bytes())?;
            (Some(acceptor), STANDARD_NO_PAD.encode(&certificate))
        }
        None => (None, String::new()),
    };
    // If core asks for multiplexed broker connections, the line has one more field. The value
    // `false` says that the plugin does not multiplex them.
    let multiplex =
        if env("PLUGIN_MULTIPLEX_GRPC").is_some_and(|v| !v.is_empty()) { "|false" } else { "" };
    let (network, address) = (listener.network(), listener.address());
    Ok((acceptor, format!("1|6|{network}|{address}|grpc|{certificate}{multiplex}\n")))
}

/// The line that sets `TF_REATTACH_PROVIDERS`. If this environment variable is set, Terraform or
/// OpenTofu connects to this process and does not start another one.
fn reattach_line(about: &About, listener: &Listener) -> String {
    let process = json!({
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": std::process::id(),
        "Test": true,
        "Addr": { "Network": listener.network(), "String": listener.address() },
    });
    let reattach: serde_json::Map<_, _> =
        about.addresses.iter().map(|address| ((*address).to_owned(), process.clone())).collect();
    let reattach = serde_json::Value::from(reattach);
    format!("TF_REATTACH_PROVIDERS='{reattach}'\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct HangingService;

    impl Lifecycle for HangingService {
        fn stop(&self) {}

        async fn shutdown(&self) {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_hanging_shutdown_is_cancelled_after_the_time_limit() {
        for (reason, limit) in [
            (EndReason::Shutdown, Duration::from_millis(1500)),
            (EndReason::NoConnection, Duration::from_secs(30)),
            (EndReason::Terminated, Duration::from_secs(30)),
        ] {
            let start = tokio::time::Instant::now();
            clean_up(reason, &HangingService).await;
            assert_eq!(start.elapsed().as_millis(), limit.as_millis(), "{reason:?}");
        }
    }
}
