//! A provider inside the test process, to which a real Terraform attaches. The test moves the clock
//! of the provider. Every connection gets a new provider, just as Terraform normally starts a new
//! process.

use std::{
    sync::{Arc, Mutex},
    thread,
    time::{Duration, SystemTime},
};

use pbs_sim::Simulator;
use serde_json::json;
use tempfile::TempDir;
use tf_plugin::{Clock, Session};
use tokio::{net::UnixListener, runtime, sync::oneshot};

use super::{provider, variables};

/// A provider on a Unix socket.
pub struct Reattached {
    directory: TempDir,
    now: Arc<Mutex<SystemTime>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Reattached {
    /// Serves a provider that is configured for this simulator.
    pub fn start(simulator: &Simulator, now: SystemTime) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let now = Arc::new(Mutex::new(now));
        let variables = variables(simulator, simulator.admin_token());
        let (stop, stopped) = oneshot::channel();
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let socket = directory.path().join("socket");
        let listener = runtime.block_on(async { UnixListener::bind(socket) }).expect("a socket");
        let clock = now.clone();
        let serve = async move {
            let mut sessions = Vec::new();
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let clock = clock.clone();
                let clock =
                    Clock::new(move || *clock.lock().expect("no thread panics with the lock"));
                let provider = provider(variables.clone());
                sessions.push(Session::start(provider, clock, Arc::new(|| 7), stream));
            }
        };
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve => {}
                    _ = stopped => {}
                }
            });
        });
        Self { directory, now, stop: Some(stop), thread: Some(thread) }
    }

    /// The value of `TF_REATTACH_PROVIDERS` that makes Terraform attach to this provider.
    pub fn reattach(&self) -> String {
        let socket = self.directory.path().join("socket");
        let address = json!({
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": std::process::id(),
            // In test mode Terraform does not end the process with this id, which is the process of
            // the test itself.
            "Test": true,
            "Addr": { "Network": "unix", "String": socket },
        });
        let registries = ["registry.terraform.io", "registry.opentofu.org"];
        let providers = registries.map(|host| (format!("{host}/pbs-rs/pbs"), address.clone()));
        serde_json::Map::from_iter(providers).into_iter().collect::<serde_json::Value>().to_string()
    }

    /// Moves the provider's clock forward.
    pub fn advance(&self, by: Duration) {
        *self.now.lock().expect("no thread panics with the lock") += by;
    }
}

impl Drop for Reattached {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
