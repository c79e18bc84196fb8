//! What a client has to be told before it can talk to a server. Reads no environment and makes no
//! connection; where a value comes from is somebody else's business.

mod endpoint;
mod trust;

pub use endpoint::Endpoint;
pub use trust::{CaCertificates, Fingerprint, Trust};

use crate::pbs::{ApiToken, Secret, UserId};
use std::{fmt, sync::Arc, time::Duration};
use tokio::sync::watch;

/// Everything [`Client::new`](super::Client::new) needs.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the server is.
    pub endpoint: Endpoint,
    /// Who asks.
    pub credentials: Credentials,
    /// How the server proves that it is the right one.
    pub trust: Trust,
    /// How long one try of one request may take, its answer included.
    pub timeout: Duration,
    /// How often a request that may be repeated is repeated.
    pub max_retries: u32,
    /// Through what to connect.
    pub proxy: Proxies,
    /// Once true, nothing new is sent and no wait goes on; what is under way is finished.
    pub stop: watch::Receiver<bool>,
    /// Where the jitter of the back-off starts from.
    pub seed: u64,
    /// What the requests say they come from.
    pub user_agent: String,
    /// The time of day, by which tickets are renewed.
    pub now: Clock,
}

impl Config {
    /// A configuration with the usual time limit (30 s), 4 retries, no proxy, the system's clock,
    /// and a stop signal that never comes.
    #[must_use]
    pub fn new(endpoint: Endpoint, credentials: Credentials, trust: Trust) -> Self {
        Self {
            endpoint,
            credentials,
            trust,
            timeout: Duration::from_secs(30),
            max_retries: 4,
            proxy: Proxies::default(),
            stop: watch::channel(false).1,
            seed: 0,
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
            now: Clock::new(jiff::Timestamp::now),
        }
    }
}

/// How a client authenticates.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// With an API token, on every request.
    ApiToken(ApiToken),
    /// With a password, for which PBS gives a ticket that is renewed as needed.
    Password {
        /// Who logs in.
        user: UserId,
        /// Its password.
        password: Secret,
    },
    /// With a ticket that was made elsewhere, as long as it lasts.
    Ticket {
        /// The ticket, not escaped.
        ticket: Secret,
        /// What PBS wants beside it on every write.
        csrf: Option<Secret>,
    },
    /// Not at all, and why: only what needs no login can be asked.
    Missing(String),
}

impl Credentials {
    /// What must never be shown.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        match self {
            Self::ApiToken(token) => vec![&token.secret],
            Self::Password { password, .. } => vec![password],
            Self::Ticket { ticket, csrf } => {
                [Some(ticket), csrf.as_ref()].into_iter().flatten().collect()
            }
            Self::Missing(_) => Vec::new(),
        }
    }
}

/// The proxies of the environment, as `HTTPS_PROXY` and `NO_PROXY` spell them.
#[derive(Clone, Default)]
pub struct Proxies {
    /// The proxy's address; may hold a name and a password.
    pub https: Option<String>,
    /// The hosts that are reached without it, with commas between them.
    pub no_proxy: Option<String>,
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password.
        f.debug_struct("Proxies").field("https", &self.https.is_some()).finish_non_exhaustive()
    }
}

/// Tells the time of day.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>);

impl Clock {
    /// A clock that asks `now`.
    pub fn new(now: impl Fn() -> jiff::Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time of day.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
