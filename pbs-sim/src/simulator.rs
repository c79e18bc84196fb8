//! The handle on a running simulator: starts it on a thread of its own, stops it when dropped.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, atomic::Ordering},
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};

use tokio::{runtime, sync::oneshot};

use crate::{
    api::Api,
    auth::Tickets,
    clock::Clock,
    fault::{Fault, FaultId, FaultKind},
    id::{is_auth_id, token_of, user_of},
    locks::Locks,
    log::Request,
    random::Random,
    routes::Host,
    server::{self, Server},
    settings::Settings,
    tls::Certificate,
    world::{Token, User, World},
};

/// A running simulated server. It has its own thread and runtime, so it can be used from blocking
/// and asynchronous tests alike, many in one process; dropping it stops it.
pub struct Simulator {
    server: Arc<Server>,
    address: SocketAddr,
    admin_token: String,
    stop: Option<oneshot::Sender<()>>,
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

    /// Starts a simulator; it accepts connections when this returns.
    ///
    /// # Errors
    /// If the address cannot be listened on, or the admin token of the settings is malformed.
    pub fn try_start(settings: Settings) -> io::Result<Self> {
        let mut random = Random::new(settings.seed);
        let admin_token = match &settings.admin_token {
            Some(token) => token.clone(),
            None => format!("root@pam!admin:{}", random.uuid()),
        };
        let (admin_id, secret) = split_token(&admin_token)?;

        let listener = TcpListener::bind(settings.listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;

        let clock = Clock::default();
        let host = Host {
            version: settings.version,
            certificate: Certificate::new(clock.now()),
            tickets: Tickets::new(random.bytes(), settings.ticket_lifetime.as_secs()),
        };
        let mut world = World::new(random);
        for account in &settings.users {
            let user = User { password: account.password.clone(), ..User::default() };
            world.put_user(&account.userid, user);
        }
        for name in &settings.datastores {
            world.datastore_mut(name);
        }
        if !world.users().contains_key(user_of(admin_id)) {
            world.add_user(user_of(admin_id));
        }
        world.put_token(admin_id, Token { secret: secret.into(), ..Token::default() });
        world.put_acl("/", admin_id, "Admin", true);
        world.put_acl("/", user_of(admin_id), "Admin", true);

        let server = Arc::new(Server {
            api: Api { settings, host, clock, world: world.into(), locks: Locks::default() },
            faults: Default::default(),
            requests: Default::default(),
            connections: Default::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let running = server.clone();
        let thread = thread::Builder::new().name("pbs-sim".into()).spawn(move || {
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener)
                    .expect("the socket is not blocking");
                server::serve(running, listener, stopped).await;
            });
        })?;
        Ok(Self { server, address, admin_token, stop: Some(stop), thread: Some(thread) })
    }

    /// `https://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The SHA-256 fingerprint of the certificate: lower-case pairs with colons.
    pub fn fingerprint(&self) -> &str {
        &self.server.api.host.certificate.fingerprint
    }

    /// The self-signed certificate as PEM; valid for 127.0.0.1, ::1 and localhost.
    pub fn ca_pem(&self) -> &str {
        &self.server.api.host.certificate.pem
    }

    /// An API token with role Admin on `/`, as `root@pam!admin:SECRET`.
    pub fn admin_token(&self) -> &str {
        &self.admin_token
    }

    /// The requests so far, in the order in which they were answered.
    pub fn requests(&self) -> Vec<Request> {
        self.server.requests().clone()
    }

    /// The requests so far of a method and path, by the patterns of [`Fault`].
    pub fn requests_to(&self, method: &str, path: &str) -> Vec<Request> {
        let pattern = Fault::new(method, path, FaultKind::Hang);
        let mut requests = self.requests();
        requests.retain(|request| pattern.matches(&request.method, &request.path));
        requests
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.server.requests().clear();
    }

    /// How many TLS connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.server.connections.load(Ordering::Relaxed)
    }

    /// Makes requests go wrong, until the fault is used up or cleared.
    pub fn fault(&self, fault: Fault) -> FaultId {
        self.server.faults().set(fault)
    }

    /// How often a fault has happened; 0 once it is cleared.
    pub fn fault_count(&self, id: FaultId) -> u32 {
        self.server.faults().fired(id)
    }

    /// Clears one fault. Requests that hang keep hanging.
    pub fn clear_fault(&self, id: FaultId) {
        self.server.faults().clear(id);
    }

    /// Clears all faults. Requests that hang keep hanging.
    pub fn clear_faults(&self) {
        self.server.faults().clear_all();
    }

    /// Looks at or changes what exists. No request is handled meanwhile.
    pub fn world<T>(&self, visit: impl FnOnce(&mut World) -> T) -> T {
        visit(&mut self.server.api.world())
    }

    /// The simulator's time.
    pub fn time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.server.api.clock.now()
    }

    /// Stops the simulator's clock at a time; only [`advance`](Self::advance) moves it then.
    pub fn set_time(&self, time: SystemTime) {
        self.server.api.clock.stop_at(time);
    }

    /// Moves the simulator's clock ahead.
    pub fn advance(&self, by: Duration) {
        self.server.api.clock.advance(by);
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

fn split_token(token: &str) -> io::Result<(&str, &str)> {
    token
        .split_once(':')
        .filter(|(id, secret)| is_auth_id(id) && token_of(id).is_some() && !secret.is_empty())
        .ok_or_else(|| {
            let form = "the admin token must have the form root@pam!name:secret";
            io::Error::new(io::ErrorKind::InvalidInput, form)
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
    async fn what_was_asked_for_is_done_though_the_client_went_away() {
        let sim = Simulator::start(Settings::default());
        let locks = &sim.server.api.locks;
        let fault = sim.fault(Fault::new("POST", "**", FaultKind::Slow(Duration::ZERO)));
        let held = locks.take(&[Lock::Users], Duration::from_secs(1)).await.unwrap();

        let mut stream = connect(&sim).await;
        let request = format!(
            "POST /api2/json/access/users/root@pam/token/late HTTP/1.1\r\nHost: localhost\r\n\
             Authorization: PBSAPIToken={}\r\nContent-Length: 0\r\n\r\n",
            sim.admin_token()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        until(|| sim.fault_count(fault) == 1).await;
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty(), "the server saw that the client was gone");
        assert!(sim.world(|world| !world.tokens().contains_key("root@pam!late")));

        drop(held);
        until(|| sim.world(|world| world.tokens().contains_key("root@pam!late"))).await;
    }

    async fn until(happened: impl Fn() -> bool) {
        let waiting = async {
            while !happened() {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(5), waiting).await.expect("it happens in the end");
    }
}
