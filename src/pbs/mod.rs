//! A typed client of the Proxmox Backup Server API, independent of Terraform.
//!
//! Creating a [`Client`] from a [`Config`] does no I/O. The client connects when it sends its first
//! request. Responses are parsed into types. An id type accepts only the texts that PBS accepts. If
//! an object does not exist, the result is `None`. If a request fails, the result is an [`Error`]
//! that names the request.
//!
//! Comments say where a fact about PBS comes from. "Measured" means that the fact was observed on a
//! real PBS. "Recorded" means that the recorded responses of a real PBS show it. "Read in the
//! source" means that the fact was found in PBS's source and not observed. The version in such a
//! comment, for example `4.2.3`, is the version of this PBS or of this source.

mod absence;
mod access;
mod auth;
mod backups;
mod certificate;
mod clock_difference;
mod config;
mod datastores;
mod error;
mod http;
mod id;
mod jobs;
mod lost_writes;
mod namespaces;
pub mod notation;
mod objects;
mod other_servers;
pub mod privileges;
mod proxy;
mod prune;
mod repository;
mod resolve;
mod secret;
mod snapshot;
mod task_starts;
mod tasks;
mod text;
mod time;
mod tls;
mod version;

#[cfg(fuzzing)]
pub use access::fuzz;
pub use access::{
    ExistingGrant, Grant, Grants, Permissions, PlannedGrant, Roles, Token, TokenChange, User,
    UserChange,
};
pub use backups::{Backup, GroupSelection};
pub use certificate::Certificate;
pub use config::{
    CaCertificates, Clock, Config, Credentials, Endpoint, Fingerprint, HttpHeaders, InvalidHeader,
    Origins, Proxies, Trust, UnusedSettings,
};
pub use datastores::{ActiveOperations, BackupGroup, Datastore, DatastoreContent, DatastoreStatus};
pub use error::{Error, Result};
pub use id::{
    AclPath, AuthId, DatastoreName, Malformed, Namespace, RoleId, TokenId, TokenName, UserId,
};
pub use jobs::{JobState, JobType};
pub use lost_writes::{LostCreation, Target};
pub use namespaces::Namespaces;
pub use objects::{
    Body, ConfigFile, DeleteOption, ErrorMessage, Key, Kind, Privilege, Privileges, Property,
    Record, TaskTypes, kinds,
};
pub use prune::{PruneDecision, Retention};
pub use repository::{Repository, Server};
pub use secret::{ApiToken, Secret};
pub use task_starts::{TaskStart, Verification};
pub use tasks::{Task, TaskEnd, TaskFilter, Upid};
pub use text::{Comment, PersonText};
pub use time::Moment;
pub use version::Version;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::sync::{OnceCell, RwLock, watch};

/// A client of one server with one set of credentials. Clones are cheap, because they share the
/// connections, the ticket and the lists.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    /// Stop signal. Once its value is true, this client sends no new request.
    stop: watch::Receiver<bool>,
    /// Stop signal of the run, which [`uncancellable`](Self::uncancellable) does not replace. Once
    /// its value is true, the client no longer waits for writes whose response was lost.
    run_stop: watch::Receiver<bool>,
    /// Whether the client waits for writes whose response was lost. False for a client that was
    /// created by [`without_waiting`](Self::without_waiting).
    waits_for_lost_writes: bool,
    /// Whether the client was created by [`uncancellable`](Self::uncancellable). Such a client
    /// sends its requests even if the server has refused the credentials before.
    is_uncancellable: bool,
}

/// The state that all clones of a client share.
struct Shared {
    config: Config,
    connections: Arc<http::Connections>,
    auth: auth::Auth,
    /// Whether the server accepts the credentials, as far as the client knows.
    credential_status: auth::CredentialStatus,
    lists: access::SharedLists,
    acl_ledger: access::AclLedger,
    planned_grants: access::PlannedGrants,
    lost_writes: lost_writes::LostWrites,
    secret_checks: access::SecretChecks,
    /// Locked in shared mode while a token is deleted, and in exclusive mode while a user is
    /// deleted. PBS deadlocks if a token and a user are deleted at the same time (PBS 4.2.3,
    /// measured).
    deletion_lock: RwLock<()>,
    file_locks: objects::FileLocks,
    version: OnceCell<Version>,
    /// Whether a request with the credentials of this client has succeeded.
    has_succeeded: AtomicBool,
    clock_difference: clock_difference::ClockDifference,
    /// Number of calls so far for which the delays between attempts were computed. This number is
    /// added to the seed of the jitter, so that no two calls have the same delays.
    delay_sequences: AtomicU64,
}

impl Client {
    /// A client for this configuration. It connects when it sends the first request.
    ///
    /// # Errors
    /// The credentials cannot be sent in an HTTP header.
    pub fn new(config: Config) -> Result<Self> {
        Self::with_connections(config, Arc::default())
    }

    fn with_connections(config: Config, connections: Arc<http::Connections>) -> Result<Self> {
        Ok(Self {
            stop: config.stop.clone(),
            run_stop: config.stop.clone(),
            waits_for_lost_writes: true,
            is_uncancellable: false,
            shared: Arc::new(Shared {
                auth: auth::Auth::new(&config.credentials)?,
                credential_status: auth::CredentialStatus::default(),
                config,
                connections,
                lists: access::SharedLists::default(),
                acl_ledger: access::AclLedger::default(),
                planned_grants: access::PlannedGrants::default(),
                lost_writes: lost_writes::LostWrites::default(),
                secret_checks: access::SecretChecks::default(),
                deletion_lock: RwLock::new(()),
                file_locks: objects::FileLocks::default(),
                version: OnceCell::new(),
                has_succeeded: AtomicBool::new(false),
                clock_difference: clock_difference::ClockDifference::default(),
                delay_sequences: AtomicU64::new(0),
            }),
        })
    }

    /// A clone of this client that ignores the stop signal. Use the clone for work that must be
    /// finished even if the run was asked to stop. One example is the deletion of a token that was
    /// created for this run only. Another example is the search for a token if the response to its
    /// creation was lost.
    ///
    /// The clone sends its requests even if the server has refused the credentials before, because
    /// a token that is left behind is worse than one more refused request. In one point, the clone
    /// obeys the stop signal: once the run was asked to stop, the clone does not wait for a write
    /// whose response was lost, and refuses every call that would conflict with this write.
    #[must_use]
    pub fn uncancellable(&self) -> Self {
        Self { stop: watch::channel(false).1, is_uncancellable: true, ..self.clone() }
    }

    /// A clone of this client that never waits for a write whose response was lost, and sends every
    /// call at once. Use the clone where Terraform limits the time, for example when it closes an
    /// ephemeral resource.
    #[must_use]
    pub fn without_waiting(&self) -> Self {
        Self { waits_for_lost_writes: false, ..self.clone() }
    }

    /// A client of the same server with other credentials. It uses the connections of this client.
    /// The two clients do not share lists, because PBS can show them different objects. If the
    /// server refuses the credentials of one client, the other client still sends its requests.
    ///
    /// # Errors
    /// The credentials cannot be sent in an HTTP header.
    pub fn acting_as(&self, credentials: Credentials) -> Result<Self> {
        let Config { origins, .. } = self.shared.config.clone();
        let origins = Origins { credentials: Vec::new(), ..origins };
        let config = Config { credentials, origins, ..self.shared.config.clone() };
        let client = Self::with_connections(config, Arc::clone(&self.shared.connections))?;
        Ok(Self { stop: self.stop.clone(), ..client })
    }

    /// The address of the server.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.shared.config.endpoint
    }

    /// Adds notes to `text`, which is the text of a diagnostic without a full stop at its end. The
    /// notes name settings in the environment that are not used but might solve the problem. If
    /// `text` names an argument that is set by an environment variable, the name of the variable
    /// replaces the name of the argument.
    #[must_use]
    pub fn with_unused_settings(&self, text: &str) -> String {
        self.shared.config.origins.explain_in(text)
    }

    /// The user or token with which this client logs in. `None` if the client has no credentials.
    #[must_use]
    pub fn caller(&self) -> Option<AuthId> {
        match self.credentials() {
            Credentials::ApiToken(token) => Some(AuthId::Token(token.id.clone())),
            Credentials::Password { user, .. } => Some(AuthId::User(user.clone())),
            // A ticket has the form `PBS:USER:TIME::SIGNATURE` (PBS 4.2.3, recorded).
            Credentials::Ticket { ticket, .. } => {
                ticket.expose().split(':').nth(1)?.parse().ok().map(AuthId::User)
            }
            Credentials::Missing(_) | Credentials::Unknown(_) => None,
        }
    }

    /// Whether a request with the credentials of this client has succeeded.
    #[must_use]
    pub fn has_succeeded(&self) -> bool {
        self.shared.has_succeeded.load(Ordering::Relaxed)
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
