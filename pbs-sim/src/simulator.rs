//! Handle for a running simulator. The simulator runs in its own thread from the creation of the
//! handle until the handle is dropped.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};

use serde_json::json;
use tokio::{runtime, sync::oneshot};

use crate::{
    api::Api,
    auth::TicketSigner,
    clock::Clock,
    costs::WriteQueue,
    fault::{Fault, FaultId, FaultKind},
    id::{is_auth_id, token_name_of, user_of},
    locks::Locks,
    random::Random,
    request_log::Request,
    routes::ServerIdentity,
    server::{self, Server},
    settings::Settings,
    task_rule::{TaskRule, TaskRules},
    tasks::Signal,
    tls::Certificate,
    worker::Worker,
    world::{Token, User, World},
};

/// A running simulated server. Dropping it stops the server.
///
/// Each simulator has its own thread, async runtime, port and state. It can therefore be used in
/// blocking and in asynchronous tests, and one process can run many of them.
pub struct Simulator {
    server: Arc<Server>,
    address: SocketAddr,
    admin_token: String,
    /// The async runtime of the server.
    runtime: runtime::Handle,
    /// Tells the thread to end; `None` only while the simulator is dropped.
    stop: Option<oneshot::Sender<()>>,
    /// Runs the server; `None` only while the simulator is dropped.
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts a simulator.
    ///
    /// # Panics
    /// If [`try_start`](Self::try_start) fails.
    pub fn start(settings: Settings) -> Self {
        match Self::try_start(settings) {
            Ok(simulator) => simulator,
            Err(error) => panic!("the simulator could not be started: {error}"),
        }
    }

    /// Starts a simulator. The simulator accepts connections as soon as this function returns.
    ///
    /// # Errors
    /// If the address is not available, [`Settings::admin_token`] is malformed, or the operating
    /// system cannot start the thread.
    pub fn try_start(settings: Settings) -> io::Result<Self> {
        let mut random = Random::new(settings.seed);
        let admin_token = match &settings.admin_token {
            Some(token) => token.clone(),
            None => format!("root@pam!admin:{}", random.uuid()),
        };
        let (admin_id, secret) = parse_admin_token(&admin_token)?;

        let listener = TcpListener::bind(settings.listen).map_err(|error| {
            let text = format!("cannot listen on {}: {error}", settings.listen);
            io::Error::new(error.kind(), text)
        })?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;

        let clock = Arc::new(Clock::default());
        let identity = ServerIdentity {
            version: settings.version,
            certificate: Certificate::new(clock.now()),
            tickets: TicketSigner::new(random.bytes(), settings.ticket_lifetime.as_secs()),
        };
        let mut world = World::new(random);
        for account in &settings.users {
            let user = User { password: account.password.clone(), ..User::default() };
            world.put_user(&account.userid, user);
        }
        for realm in &settings.realms {
            world.put_object("access/ldap", realm, json!({}));
        }
        for name in &settings.datastores {
            world.datastore_mut(name);
        }
        if !world.users().contains_key(user_of(admin_id)) {
            world.add_user(user_of(admin_id));
        }
        // A token never has more privileges than its user, so the token and its user both get the
        // role.
        world.put_token(admin_id, Token { secret: secret.into(), ..Token::default() });
        world.put_acl("/", admin_id, "Admin", true);
        world.put_acl("/", user_of(admin_id), "Admin", true);

        let world = Arc::new(Mutex::new(world));
        let worker = Worker {
            world: world.clone(),
            clock: clock.clone(),
            rules: Mutex::default(),
            duration: settings.task_duration,
        };
        let server = Arc::new(Server {
            api: Api {
                settings,
                identity,
                clock,
                world,
                worker,
                locks: Locks::default(),
                writes: WriteQueue::default(),
            },
            faults: Default::default(),
            requests: Default::default(),
            connections: Default::default(),
            late_requests: Default::default(),
        });
        let (stop, stop_signal) = oneshot::channel();
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let shared_server = server.clone();
        let thread = thread::Builder::new().name("pbs-sim".into()).spawn(move || {
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener)
                    .expect("the socket is in non-blocking mode");
                server::serve(shared_server, listener, stop_signal).await;
            });
        })?;
        let (stop, thread) = (Some(stop), Some(thread));
        Ok(Self { server, address, admin_token, runtime: handle, stop, thread })
    }

    /// URL of the server without a path, for example `https://127.0.0.1:8007`.
    pub fn endpoint(&self) -> String {
        format!("https://{}", self.address)
    }

    /// SHA-256 fingerprint of the server's certificate: lower-case hexadecimal bytes, separated by
    /// colons.
    pub fn fingerprint(&self) -> &str {
        &self.server.api.identity.certificate.fingerprint
    }

    /// The server's self-signed certificate in PEM format. It is valid for `127.0.0.1`, `::1` and
    /// `localhost`.
    pub fn ca_pem(&self) -> &str {
        &self.server.api.identity.certificate.pem
    }

    /// The API token with the role `Admin` on `/`, in the form `user@realm!name:secret`.
    pub fn admin_token(&self) -> &str {
        &self.admin_token
    }

    /// All requests logged so far, in the order in which they were handled.
    pub fn requests(&self) -> Vec<Request> {
        self.server.requests().clone()
    }

    /// The logged requests that match this method and path. [`Fault::method`] and [`Fault::path`]
    /// describe the patterns.
    pub fn requests_to(&self, method: &str, path: &str) -> Vec<Request> {
        let pattern = Fault::new(method, path, FaultKind::Hang);
        let mut requests = self.requests();
        requests.retain(|request| pattern.matches(&request.method, &request.path));
        requests
    }

    /// Clears the log of requests.
    pub fn clear_requests(&self) {
        self.server.requests().clear();
    }

    /// Number of TLS handshakes completed so far.
    pub fn connections(&self) -> usize {
        self.server.connections.load(Ordering::Relaxed)
    }

    /// Injects a fault. The fault ends when it has occurred as often as [`Fault::times`] allows, or
    /// when a test clears it.
    pub fn fault(&self, fault: Fault) -> FaultId {
        self.server.faults().inject(fault)
    }

    /// How often a fault has occurred. 0 if the fault was cleared.
    pub fn fault_count(&self, id: FaultId) -> u32 {
        self.server.faults().occurrences(id)
    }

    /// Clears one fault. Requests that already hang stay without a response.
    pub fn clear_fault(&self, id: FaultId) {
        self.server.faults().clear(id);
    }

    /// Clears all faults. Requests that already hang stay without a response.
    pub fn clear_faults(&self) {
        self.server.faults().clear_all();
    }

    /// Adds a rule that decides how tasks end. If several rules match a task, the rule that was
    /// added first applies.
    pub fn on_task(&self, rule: TaskRule) {
        self.task_rules().add(rule);
    }

    /// Removes all rules about tasks. Tasks that already hang continue to hang.
    pub fn clear_task_rules(&self) {
        self.task_rules().clear();
    }

    /// Lets all running tasks do their work and end, including the tasks that hang because of
    /// [`TaskOutcome::Hangs`](crate::TaskOutcome::Hangs).
    pub fn release_tasks(&self) {
        self.world(|world| world.tasks.signal_all(Signal::Continue));
    }

    /// Aborts all tasks that run, as if a client had stopped each of them.
    pub fn abort_tasks(&self) {
        self.world(|world| world.tasks.signal_all(Signal::Abort));
    }

    /// Like [`release_tasks`](Self::release_tasks), but only for the task with this id. Returns
    /// whether the task was still running.
    pub fn release_task(&self, upid: &str) -> bool {
        self.world(|world| world.tasks.signal(upid, Signal::Continue))
    }

    fn task_rules(&self) -> MutexGuard<'_, TaskRules> {
        self.server.api.worker.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `access` with the state of the server, to read or change it. The server handles no
    /// request during the call.
    pub fn world<T>(&self, access: impl FnOnce(&mut World) -> T) -> T {
        access(&mut self.server.api.world())
    }

    /// Current time of the simulator's clock.
    pub fn time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.server.api.clock.now()
    }

    /// Sets the simulator's clock to a time and stops it there. Afterwards, only
    /// [`advance`](Self::advance) moves the clock.
    pub fn set_time(&self, time: SystemTime) {
        self.server.api.clock.stop_at(time);
    }

    /// Moves the simulator's clock ahead. Handles the requests that were postponed by
    /// [`FaultKind::Late`] and whose time has come.
    pub fn advance(&self, duration: Duration) {
        self.time_control().advance(duration);
    }

    /// A handle to the simulator's clock. The handle can be moved to another thread or task.
    pub fn time_control(&self) -> TimeControl {
        TimeControl { server: self.server.clone(), runtime: self.runtime.clone() }
    }
}

/// A handle to the clock of a [`Simulator`]. It must not be used after the simulator has stopped.
#[derive(Clone)]
pub struct TimeControl {
    server: Arc<Server>,
    runtime: runtime::Handle,
}

impl TimeControl {
    /// Current time of the simulator's clock.
    pub fn time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.server.api.clock.now()
    }

    /// Moves the simulator's clock ahead; see [`Simulator::advance`].
    pub fn advance(&self, duration: Duration) {
        let server = self.server.clone();
        let (done_sender, done_receiver) = mpsc::channel();
        self.runtime.spawn(async move {
            server.advance(duration).await;
            let _ = done_sender.send(());
        });
        // An error means that the simulator has stopped, so there is nothing to wait for.
        let _ = done_receiver.recv();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Splits an admin token into the token id and the secret. The error does not quote the token,
/// because the token can contain a secret.
fn parse_admin_token(token: &str) -> io::Result<(&str, &str)> {
    token
        .split_once(':')
        .filter(|(id, secret)| is_auth_id(id) && token_name_of(id).is_some() && !secret.is_empty())
        .ok_or_else(|| {
            let text = "invalid admin token: expected USER@REALM!NAME:SECRET, \
                        for example root@pam!admin:my-secret";
            io::Error::new(io::ErrorKind::InvalidInput, text)
        })
}

#[cfg(test)]
mod tests {
    use rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    };
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        time::{sleep, timeout},
    };
    use tokio_rustls::{TlsConnector, client::TlsStream};

    use super::*;
    use crate::locks::Lock;

    async fn connect(sim: &Simulator) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(sim.ca_pem().as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(sim.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
    }

    #[tokio::test]
    async fn a_request_that_waits_for_a_lock_completes_after_its_client_disconnects() {
        let sim = Simulator::start(Settings::default());
        let locks = &sim.server.api.locks;
        // This fault changes nothing. Its count shows that the request has arrived.
        let fault = sim.fault(Fault::new("POST", "**", FaultKind::Slow(Duration::ZERO)));
        let guards = locks.take(&[Lock::USERS], Duration::from_secs(1)).await.unwrap();

        let mut stream = connect(&sim).await;
        let request = format!(
            "POST /api2/json/access/users/root@pam/token/late HTTP/1.1\r\nHost: localhost\r\n\
             Authorization: PBSAPIToken={}\r\nContent-Length: 0\r\n\r\n",
            sim.admin_token()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        wait_until(|| sim.fault_count(fault) == 1).await;
        stream.shutdown().await.unwrap();
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response).await;
        assert!(response.is_empty(), "the server closed the connection without a response");
        assert!(sim.world(|world| !world.tokens().contains_key("root@pam!late")));

        drop(guards);
        wait_until(|| sim.world(|world| world.tokens().contains_key("root@pam!late"))).await;
    }

    async fn wait_until(condition: impl Fn() -> bool) {
        let polling = async {
            while !condition() {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(5), polling).await.expect("the condition holds within 5 s");
    }
}
