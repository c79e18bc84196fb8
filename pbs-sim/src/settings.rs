//! What a simulator is started with. Knows nothing of how the settings are used.

use std::{fmt, net::SocketAddr, str::FromStr, sync::Arc, time::Duration};

use crate::Request;

/// How to start a [`Simulator`](crate::Simulator). The default suits tests: a free port, a new
/// secret each time, one datastore, and penalties a hundred times shorter than a real server's.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen. Default: a free port of 127.0.0.1.
    pub listen: SocketAddr,
    /// Which Proxmox Backup Server to be. Default: 4.2.3, the one that was recorded.
    pub version: Version,
    /// Users that exist from the start, beside `root@pam`.
    pub users: Vec<Account>,
    /// Datastores that exist from the start. Default: `store1`.
    pub datastores: Vec<String>,
    /// Factor on the penalties of 3 s for a 401 and 0.5 s for a 403. Default: 0.01.
    pub delays: f64,
    /// How old the rights that requests are judged by may be, on the simulator's clock.
    /// Default: the real 5 s.
    pub rights_cache: Duration,
    /// How long a write waits for a lock before it fails. Default: 1 s; a real server waits 10 s.
    pub lock_wait: Duration,
    /// How long a ticket is valid, on the simulator's clock. Default: 2 h.
    pub ticket_lifetime: Duration,
    /// The API token with role Admin on `/`, as `user@realm!name:secret`; its user gets the same.
    /// Default: `root@pam!admin` with a new secret.
    pub admin_token: Option<String>,
    /// Makes secrets the same in every run; only for tests of the simulator itself.
    pub seed: Option<u64>,
    /// Called with every request as it is answered.
    pub log: Option<Log>,
}

/// What is done with every request, beside keeping it for [`requests`](crate::Simulator::requests).
pub type Log = Arc<dyn Fn(&Request) + Send + Sync>;

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            version: Version::default(),
            users: Vec::new(),
            datastores: vec!["store1".into()],
            delays: 0.01,
            rights_cache: Duration::from_secs(5),
            lock_wait: Duration::from_secs(1),
            ticket_lifetime: Duration::from_secs(2 * 60 * 60),
            admin_token: None,
            seed: None,
            log: None,
        }
    }
}

impl Settings {
    pub(crate) fn scaled(&self, duration: Duration) -> Duration {
        duration.mul_f64(self.delays.max(0.0))
    }
}

/// A user to start with.
#[derive(Clone)]
pub struct Account {
    /// `name@realm`.
    pub userid: String,
    /// Without one the user cannot log in, but its tokens work.
    pub password: Option<String>,
}

impl From<&str> for Account {
    fn from(userid: &str) -> Self {
        Self { userid: userid.into(), password: None }
    }
}

impl From<(&str, &str)> for Account {
    fn from((userid, password): (&str, &str)) -> Self {
        Self { userid: userid.into(), password: Some(password.into()) }
    }
}

/// The version that the simulator says it is, and behaves like where versions differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl Default for Version {
    fn default() -> Self {
        Self(4, 2, 3)
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Option<Vec<u32>> = text.split('.').map(|part| part.parse().ok()).collect();
        match numbers.as_deref() {
            Some([major, minor]) => Ok(Self(*major, *minor, 0)),
            Some([major, minor, patch]) => Ok(Self(*major, *minor, *patch)),
            _ => Err("a version has the form 4.2 or 4.2.3".into()),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}
