//! A provider inside the test process. This module uses the provider's types. The module
//! [`cli`](crate::cli) must therefore not use this module; see the [crate's documentation](crate).

mod reattached;

pub use reattached::Reattached;

use std::{
    collections::BTreeMap,
    env::VarError,
    io,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use hyper_util::rt::TokioIo;
use pbs_sim::Simulator;
use terraform_provider_pbs::provider::Provider;
use tf_plugin::{Clock, Session};
use tokio::sync::Notify;
use tonic::transport::{Channel, Endpoint};

use crate::core::Core;

/// The environment variables that the provider reads.
pub type Variables = BTreeMap<&'static str, String>;

/// The time of the provider's clock in tests that do not need a clock of their own.
pub fn fixed_time() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000)
}

/// A provider with exactly these variables in its environment.
pub fn provider(variables: Variables) -> Provider {
    Provider::new(Box::new(move |name| variables.get(name).cloned().ok_or(VarError::NotPresent)))
}

/// The environment of a provider that sends its requests to this simulator, with this API token.
pub fn variables(simulator: &Simulator, token: &str) -> Variables {
    Variables::from([
        ("PBS_ENDPOINT", simulator.endpoint()),
        ("PBS_FINGERPRINT", simulator.fingerprint().to_owned()),
        ("PBS_API_TOKEN", token.to_owned()),
    ])
}

/// Creates a user with an API token. Returns `id=secret`. The user and the token have exactly these
/// roles. Each entry has the ACL path, the role, and whether the grant also applies to the paths
/// below.
pub fn token_with_roles(simulator: &Simulator, roles: &[(&str, &str, bool)]) -> String {
    simulator.world(|world| {
        world.add_user("limited@pbs");
        let secret = world.add_token("limited@pbs!tf");
        for caller in ["limited@pbs", "limited@pbs!tf"] {
            for (path, role, propagate) in roles {
                world.put_acl(path, caller, role, *propagate);
            }
        }
        format!("limited@pbs!tf={secret}")
    })
}

/// Serves a provider over a stream in memory, and connects to it.
pub async fn connect<P: tf_plugin::Provider>(provider: P, clock: Clock) -> (Channel, Session<P>) {
    // A name that the provider generates contains only the high bits of a random number, so the
    // counter is in these bits.
    static RANDOM: AtomicU64 = AtomicU64::new(1);
    let random = || u128::from(RANDOM.fetch_add(1, Ordering::Relaxed)) << 64;
    let (near, far) = tokio::io::duplex(1 << 20);
    let session = Session::start(provider, clock, Arc::new(random), far);
    let mut near = Some(near);
    let connector = tower::service_fn(move |_| {
        let stream = near.take().map(TokioIo::new);
        async move { stream.ok_or_else(|| io::Error::other("there is only one connection")) }
    });
    let channel = Endpoint::from_static("http://localhost")
        .initial_stream_window_size(8 << 20)
        .initial_connection_window_size(16 << 20)
        .connect_with_connector(connector)
        .await
        .expect("the session accepts the connection");
    (channel, session)
}

/// A configured provider inside this process, and Terraform's connection to it.
pub struct InProcess {
    core: Core,
    session: Session<Provider>,
}

impl InProcess {
    /// Starts the provider with these variables in its environment, at a fixed time.
    pub async fn start(variables: Variables) -> Self {
        Self::start_at(variables, Clock::new(fixed_time)).await
    }

    /// Starts the provider with the administrator's token of the simulator, at a fixed time.
    pub async fn start_for(simulator: &Simulator) -> Self {
        Self::start(variables(simulator, simulator.admin_token())).await
    }

    /// Starts the provider with these variables in its environment and the clock of the simulator.
    /// A wait of the provider moves this clock ahead and takes no real time.
    pub async fn start_in_time_of(simulator: &Simulator, variables: Variables) -> Self {
        let (now, sleep) = (simulator.time_control(), simulator.time_control());
        let clock = Clock::new(move || now.time()).with_sleep(move |duration| {
            let clock = sleep.clone();
            async move { clock.advance(duration) }
        });
        Self::start_at(variables, clock).await
    }

    /// Starts the provider with these variables in its environment and the clock of the simulator.
    /// At the first wait of the provider, Terraform asks the provider to stop. This wait never
    /// ends.
    pub async fn start_and_stop_at_first_wait(simulator: &Simulator, variables: Variables) -> Self {
        let (now, waiting) = (simulator.time_control(), Arc::new(Notify::new()));
        let signal = waiting.clone();
        let clock = Clock::new(move || now.time()).with_sleep(move |_| {
            signal.notify_one();
            std::future::pending()
        });
        let provider = Self::start_at(variables, clock).await;
        provider.core.stop_on(waiting);
        provider
    }

    /// Starts the provider with these variables in its environment and this clock.
    pub async fn start_at(variables: Variables, clock: Clock) -> Self {
        let (channel, session) = connect(provider(variables), clock).await;
        Self { core: Core::connect(channel).await, session }
    }

    /// Terraform's connection and the provider's session. The caller can end each of them
    /// separately.
    pub fn into_parts(self) -> (Core, Session<Provider>) {
        (self.core, self.session)
    }

    /// Ends the connection and then the provider, as Terraform does at the end of a run.
    ///
    /// # Errors
    /// If the connection did not end in order.
    pub async fn shutdown(self) -> Result<(), Box<dyn std::error::Error>> {
        drop(self.core);
        self.session.shutdown().await
    }
}

impl Deref for InProcess {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}
