//! The configuration of a client. This module reads no environment variables and makes no
//! connections.

mod endpoint;
mod headers;
mod trust;

pub use endpoint::Endpoint;
pub use headers::{HttpHeaders, InvalidHeader};
pub use trust::{CaCertificates, Fingerprint, Trust};

use crate::pbs::{ApiToken, Secret, UserId};
use std::{fmt, pin::Pin, sync::Arc, time::Duration};
use tokio::sync::watch;

/// The configuration for [`Client::new`](super::Client::new).
#[derive(Clone, Debug)]
pub struct Config {
    /// Address of the server.
    pub endpoint: Endpoint,
    /// Credentials of the client.
    pub credentials: Credentials,
    /// How the server's certificate is verified.
    pub trust: Trust,
    /// Time limit for one attempt of a request, including its response.
    pub timeout: Duration,
    /// Maximum number of retries of one request.
    pub max_retries: u32,
    /// Proxy through which the client connects.
    pub proxy: Proxies,
    /// Stop signal. Once its value is true, the client sends no new request and ends its waits
    /// early. The client still reads the responses to requests that it has already sent.
    pub stop: watch::Receiver<bool>,
    /// Number of Terraform's calls that are in progress. When all these calls wait until their
    /// grants are effective, the client sends one update of a user or token, which makes all these
    /// grants effective.
    pub calls: watch::Receiver<usize>,
    /// Whether the provider checks at each refresh that the secrets in the state work.
    pub verify_secrets: bool,
    /// Seed for the jitter of the back-off.
    pub seed: u64,
    /// `User-Agent` header of the requests.
    pub user_agent: String,
    /// Headers for a gateway in front of the server. They are sent with every request.
    pub http_headers: HttpHeaders,
    /// Clock that decides when a ticket is renewed, and how long the client waits for a write whose
    /// response was lost.
    pub clock: Clock,
    /// Where the user has set the configuration. Errors name these places.
    pub origins: Origins,
}

impl Config {
    /// A configuration with a time limit of 30 seconds, 4 retries, no proxy, the system clock, and
    /// no stop signal.
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
            calls: watch::channel(0).1,
            verify_secrets: false,
            seed: 0,
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
            http_headers: HttpHeaders::default(),
            clock: Clock::new(jiff::Timestamp::now),
            origins: Origins::default(),
        }
    }
}

/// Where the user has set the configuration of a client: by arguments, or by environment variables.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// The arguments that are set by environment variables, each with the name of its variable. In
    /// the errors of the client, the name of the variable replaces the name of the argument.
    pub variables: Vec<(&'static str, String)>,
    /// The arguments or variables that contain the credentials. Empty if they are not known.
    pub credentials: Vec<String>,
    /// Settings in the environment that are not used.
    pub unused: Vec<UnusedSettings>,
}

/// Settings in the environment that are not used, because they are for another server.
#[derive(Clone, Debug)]
pub struct UnusedSettings {
    /// The arguments that the user can set in place of the unused settings. An error that names one
    /// of these arguments might be caused by the missing settings.
    pub remedies: &'static [&'static str],
    /// A sentence that says why the settings are not used. It has no full stop at its end.
    pub note: String,
}

impl Origins {
    /// The text of an error, with the name of the variable in place of each argument that is set by
    /// a variable.
    pub(crate) fn name_in(&self, text: &str) -> String {
        self.variables.iter().fold(text.to_owned(), |text, (argument, variable)| {
            text.replace(&format!("`{argument}`"), &format!("`{variable}`"))
        })
    }

    /// Like [`name_in`](Self::name_in), but also adds the notes about unused settings that might be
    /// the cause of the error. A note that the text already contains is not added again.
    pub(crate) fn explain_in(&self, text: &str) -> String {
        let mut explained = self.name_in(text);
        for UnusedSettings { remedies, note } in &self.unused {
            let text_names = |remedy: &&str| text.contains(&format!("`{remedy}`"));
            if remedies.iter().any(text_names) && !text.contains(note) {
                explained.push_str(&format!(". {note}"));
            }
        }
        explained
    }
}

/// How a client authenticates.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// With an API token.
    ApiToken(ApiToken),
    /// With a user name and a password. The client logs in and renews its ticket when needed.
    Password {
        /// The user that logs in.
        user: UserId,
        /// The password of the user.
        password: Secret,
    },
    /// With the ticket of a login outside of this client. The client does not renew this ticket.
    Ticket {
        /// The ticket, without URL encoding.
        ticket: Secret,
        /// The CSRF prevention token, which PBS requires for every write.
        csrf: Option<Secret>,
    },
    /// Without credentials. The text says why the client has none. Only requests that require no
    /// authentication succeed.
    Missing(String),
    /// Without credentials, because their values are not known before the apply. The text explains
    /// this to the user. Only requests that require no authentication succeed.
    Unknown(String),
}

impl Credentials {
    /// The secrets among the credentials.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        match self {
            Self::ApiToken(token) => vec![&token.secret],
            Self::Password { password, .. } => vec![password],
            Self::Ticket { ticket, csrf } => {
                [Some(ticket), csrf.as_ref()].into_iter().flatten().collect()
            }
            Self::Missing(_) | Self::Unknown(_) => Vec::new(),
        }
    }
}

/// Proxy settings, in the form of the environment variables `HTTPS_PROXY` and `NO_PROXY`.
#[derive(Clone, Default)]
pub struct Proxies {
    /// URL of the proxy, which can contain a user name and a password.
    pub https: Option<String>,
    /// Comma-separated list of hosts that are reached without the proxy.
    pub no_proxy: Option<String>,
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL can contain a password.
        f.debug_struct("Proxies").field("https", &self.https.is_some()).finish_non_exhaustive()
    }
}

/// A source of the current time, which can also wait for a duration.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>,
    sleep: Arc<dyn Fn(Duration) -> SleepFuture + Send + Sync>,
}

/// A future that ends when the wait is over.
type SleepFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Clock {
    /// A clock that gets the current time from `now`, and that waits in real time.
    pub fn new(now: impl Fn() -> jiff::Timestamp + Send + Sync + 'static) -> Self {
        let sleep = Arc::new(|duration| Box::pin(tokio::time::sleep(duration)) as _);
        Self { now: Arc::new(now), sleep }
    }

    /// A clock with the same current time, which calls `sleep` to wait for a duration.
    #[must_use]
    pub fn with_sleep<F>(self, sleep: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self { sleep: Arc::new(move |duration| Box::pin(sleep(duration))), ..self }
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        (self.now)()
    }

    /// Waits for the duration.
    pub(in crate::pbs) async fn sleep(&self, duration: Duration) {
        (self.sleep)(duration).await;
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
