//! The provider inside this process, with a clock that a test moves, for a real Terraform to attach to. Every connection gets a
//! provider of its own, as every start of the program does.

use std::{
    collections::BTreeMap,
    env::VarError,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, SystemTime},
};

use pbs_sim::Simulator;
use serde_json::json;
use tempfile::TempDir;
use terraform_provider_pbs::provider::Provider;
use tf_plugin::Session;
use tokio::{net::UnixListener, runtime, sync::oneshot};

pub(crate) struct Hosted {
    room: TempDir,
    now: Arc<Mutex<SystemTime>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Hosted {
    /// Serves a provider that is configured for this simulator.
    pub(crate) fn start(simulator: &Simulator, now: SystemTime) -> Self {
        let room = tempfile::tempdir().expect("a temporary directory");
        let now = Arc::new(Mutex::new(now));
        let variables = BTreeMap::from([
            ("PBS_ENDPOINT", simulator.endpoint()),
            ("PBS_FINGERPRINT", simulator.fingerprint().to_owned()),
            ("PBS_API_TOKEN", simulator.admin_token().to_owned()),
        ]);
        let (stop, stopped) = oneshot::channel();
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(async { UnixListener::bind(room.path().join("socket")) });
        let listener = listener.expect("a socket");
        let clock = now.clone();
        let serve = async move {
            let mut sessions = Vec::new();
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let (variables, clock) = (variables.clone(), clock.clone());
                let provider = Provider::new(Box::new(move |name| {
                    variables.get(name).cloned().ok_or(VarError::NotPresent)
                }));
                let clock = Arc::new(move || *clock.lock().expect("nobody panics with it"));
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
        Self { room, now, stop: Some(stop), thread: Some(thread) }
    }

    /// The value of `TF_REATTACH_PROVIDERS`.
    pub(crate) fn reattach(&self) -> String {
        let socket = self.room.path().join("socket");
        // In test mode Terraform leaves our process alone.
        let here = json!({
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": std::process::id(),
            "Test": true,
            "Addr": { "Network": "unix", "String": socket },
        });
        let hosts = ["registry.terraform.io", "registry.opentofu.org"];
        let each = hosts.map(|host| (format!("{host}/pbs-rs/pbs"), here.clone()));
        serde_json::Map::from_iter(each).into_iter().collect::<serde_json::Value>().to_string()
    }

    pub(crate) fn advance(&self, by: Duration) {
        *self.now.lock().expect("nobody panics with it") += by;
    }
}

impl Drop for Hosted {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
