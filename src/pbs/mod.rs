//! A typed client of the Proxmox Backup Server API, independent of Terraform.
//!
//! Creating a [`Client`] from a [`Config`] does no I/O. The client connects when it sends its first
//! request. Responses are parsed into types. An id type accepts only the texts that PBS accepts. A
//! missing object is `None`. A failure is an [`Error`] that names the request.
//!
//! Comments say where a fact about PBS comes from. "Measured" means that the fact was observed on a
//! real PBS. "Recorded" means that the recorded responses of a real PBS show it. "Read in the
//! source" means that it was found in PBS's source and not observed. `4.2.3` is the version of the
//! real PBS and of the source.

mod absence;
mod access;
mod auth;
mod certificate;
mod clock_difference;
mod config;
mod datastores;
mod error;
mod http;
mod id;
pub mod privileges;
mod repository;
mod resolve;
mod secret;
mod snapshot;
mod text;
mod time;
mod tls;
mod version;

#[cfg(fuzzing)]
pub use access::fuzz;
pub use access::{Grant, Grants, Permissions, Roles, Token, TokenChange, User, UserChange};
pub use certificate::Certificate;
pub use config::{
    CaCertificates, Clock, Config, Credentials, Endpoint, Fingerprint, Proxies, Trust,
};
pub use datastores::{BackupGroup, Datastore, DatastoreStatus};
pub use error::{Error, Result};
pub use id::{
    AclPath, AuthId, DatastoreName, Malformed, Namespace, RoleId, TokenId, TokenName, UserId,
};
pub use repository::{Repository, Server};
pub use secret::{ApiToken, Secret};
pub use text::{Comment, PersonText};
pub use time::Moment;
pub use version::Version;

use std::{
    fmt,
    sync::{Arc, OnceLock, atomic::AtomicU64},
};
use tokio::sync::{Mutex, OnceCell, watch};

/// A client of one server with one set of credentials. Clones are cheap, and share connections,
/// ticket and lists.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    stop: watch::Receiver<bool>,
}

/// The state that all clones of a client share.
struct Shared {
    config: Config,
    http: Arc<OnceLock<Result<reqwest::Client>>>,
    auth: auth::Auth,
    lists: access::SharedLists,
    acl_ledger: access::AclLedger,
    /// Locked during the deletion of a token or user, because PBS deadlocks when a token and a user
    /// are deleted at the same time (4.2.3, measured).
    deletions: Mutex<()>,
    version: OnceCell<Version>,
    clock_difference: clock_difference::ClockDifference,
    /// Number of back-offs so far. It goes into the seed of the jitter, so that no two back-offs
    /// have the same delays.
    backoffs: AtomicU64,
}

impl Client {
    /// A client for this configuration. It connects when it sends the first request.
    ///
    /// # Errors
    /// The credentials cannot be sent in an HTTP header.
    pub fn new(config: Config) -> Result<Self> {
        Self::with_connections(config, Arc::default())
    }

    fn with_connections(
        config: Config,
        http: Arc<OnceLock<Result<reqwest::Client>>>,
    ) -> Result<Self> {
        Ok(Self {
            stop: config.stop.clone(),
            shared: Arc::new(Shared {
                auth: auth::Auth::new(&config.credentials)?,
                config,
                http,
                lists: access::SharedLists::default(),
                acl_ledger: access::AclLedger::default(),
                deletions: Mutex::new(()),
                version: OnceCell::new(),
                clock_difference: clock_difference::ClockDifference::default(),
                backoffs: AtomicU64::new(0),
            }),
        })
    }

    /// The same client without the stop signal. It is used for work that must be finished even if
    /// the run was asked to stop. One example is the search for a token after the response to its
    /// creation was lost. Another example is the deletion of a token that was created for this run
    /// only.
    #[must_use]
    pub fn uncancellable(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), stop: watch::channel(false).1 }
    }

    /// A client of the same server with other credentials. It uses the connections of this client.
    /// The two clients do not share lists, because PBS can show them different objects.
    ///
    /// # Errors
    /// The credentials cannot be sent in an HTTP header.
    pub fn acting_as(&self, credentials: Credentials) -> Result<Self> {
        let config = Config { credentials, ..self.shared.config.clone() };
        let client = Self::with_connections(config, Arc::clone(&self.shared.http))?;
        Ok(Self { stop: self.stop.clone(), ..client })
    }

    /// The address of the server.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.shared.config.endpoint
    }

    /// The user or token with which this client logs in. `None` if the client has no credentials.
    #[must_use]
    pub fn caller(&self) -> Option<AuthId> {
        match self.credentials() {
            Credentials::ApiToken(token) => Some(AuthId::Token(token.id.clone())),
            Credentials::Password { user, .. } => Some(AuthId::User(user.clone())),
            // A ticket has the form `PBS:USER:TIME::SIGNATURE` (4.2.3, recorded).
            Credentials::Ticket { ticket, .. } => {
                ticket.expose().split(':').nth(1)?.parse().ok().map(AuthId::User)
            }
            Credentials::Missing(_) => None,
        }
    }

    /// The credentials of this client.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.shared.config.credentials
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(self.endpoint()).finish()
    }
}
