//! A typed client of the Proxmox Backup Server API. Knows no Terraform.
//!
//! A [`Client`] is made from a [`Config`] without any I/O; the first request connects. Everything
//! it answers is parsed: ids hold only what PBS accepts, absence is `None`, a refusal is an
//! [`Error`] that names the request.

mod absence;
mod access;
mod auth;
mod certificate;
mod config;
mod datastores;
mod error;
mod http;
mod id;
mod repository;
mod resolve;
pub mod rights;
mod secret;
mod snapshot;
mod text;
mod time;
mod tls;
mod version;

#[cfg(fuzzing)]
pub use access::fuzz;
pub use access::{AclEntry, Grants, Permissions, Roles, Token, TokenChange, User, UserChange};
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
use tokio::sync::{Mutex, OnceCell, RwLock, watch};

/// A connection to one server as one caller. Cloning it is cheap, and the clones share their
/// connections, their ticket and their lists.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    stop: watch::Receiver<bool>,
}

struct Shared {
    config: Config,
    http: Arc<OnceLock<Result<reqwest::Client>>>,
    auth: auth::Auth,
    lists: access::Lists,
    settling: access::Settling,
    /// PBS deadlocks when tokens and users are deleted side by side (4.2.3, measured).
    deletions: Mutex<()>,
    written_acl: parking_lot::Mutex<access::Written>,
    /// Shared by those who put, held alone by those who delete.
    acl_order: RwLock<()>,
    /// The list as it stood when it was first needed for a write.
    first_acl: OnceCell<Arc<Grants>>,
    version: OnceCell<Version>,
    /// How many back-offs there were, so that no two have the same jitter.
    backoffs: AtomicU64,
}

impl Client {
    /// A client for this configuration. Nothing is connected or read yet.
    ///
    /// # Errors
    /// The credentials cannot stand in a header.
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
                lists: access::Lists::default(),
                settling: access::Settling::default(),
                deletions: Mutex::new(()),
                written_acl: parking_lot::Mutex::default(),
                acl_order: RwLock::new(()),
                first_acl: OnceCell::new(),
                version: OnceCell::new(),
                backoffs: AtomicU64::new(0),
            }),
        })
    }

    /// The same client for what has to be done even after the run was asked to stop: looking for
    /// a token whose creation went unanswered, or deleting what was made for this run only.
    #[must_use]
    pub fn uncancellable(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), stop: watch::channel(false).1 }
    }

    /// A client of the same server for somebody else, over the same connections. It shares no
    /// lists with this one: what may be seen differs.
    ///
    /// # Errors
    /// The credentials cannot stand in a header.
    pub fn acting_as(&self, credentials: Credentials) -> Result<Self> {
        let config = Config { credentials, ..self.shared.config.clone() };
        let client = Self::with_connections(config, Arc::clone(&self.shared.http))?;
        Ok(Self { stop: self.stop.clone(), ..client })
    }

    /// Where the server is.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.shared.config.endpoint
    }

    /// How the caller authenticates.
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
