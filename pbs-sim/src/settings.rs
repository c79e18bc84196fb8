//! Settings with which a simulator starts.

use std::{fmt, net::SocketAddr, str::FromStr, sync::Arc, time::Duration};

use crate::{Costs, Request, description::described_version, id::is_identifier};

/// Settings for [`Simulator::start`](crate::Simulator::start).
///
/// The defaults suit tests: a free port, a random secret, one datastore, and delays that are a
/// hundred times shorter than on a real server.
#[derive(Clone)]
pub struct Settings {
    /// Address and port to listen on. Default: a free port of 127.0.0.1.
    pub listen: SocketAddr,
    /// PBS version to imitate. Default: 4.2.3, the recorded version.
    pub version: Version,
    /// Users that exist at the start, in addition to `root@pam`. Default: none.
    pub users: Vec<Account>,
    /// Names of the realms that exist in addition to `pam` and `pbs`, for example `company.com`.
    /// These realms are LDAP realms. The simulator has no directory, so it checks a login against
    /// [`User::password`](crate::User::password). Default: none.
    pub realms: Vec<String>,
    /// Names of the datastores that exist at the start. Default: `store1`.
    pub datastores: Vec<String>,
    /// Factor for the delays of error responses. PBS delays a 401 by 3 s and a 403 by 0.5 s.
    /// Default: 0.01.
    pub delays: f64,
    /// Time that the server needs for each kind of call. Default: 0 for each kind.
    pub costs: Costs,
    /// Maximum age of PBS's cached copy of the access control list, measured on the simulator's
    /// clock. A changed ACL entry takes effect after this time at the latest. Default: 5 s, as
    /// measured on PBS 4.2.3.
    pub acl_cache_max_age: Duration,
    /// Time that a write request waits for each lock before the request fails. This is real time,
    /// not time on the simulator's clock. Default: 1 s. A real server waits 10 s.
    pub lock_wait: Duration,
    /// Time that each task runs, for example the creation of a datastore. This is real time, not
    /// time on the simulator's clock. Default: 0, so a task has ended when the client receives the
    /// response to the request that started the task.
    /// [`Simulator::on_task`](crate::Simulator::on_task) can make a task run longer.
    pub task_duration: Duration,
    /// Lifetime of a login ticket, measured on the simulator's clock. Default: 2 h, as on a real
    /// server.
    pub ticket_lifetime: Duration,
    /// API token in the form `user@realm!name:secret`. The token gets the role `Admin` on `/`. If
    /// the user of the token does not exist, the user is created. The user also gets the role.
    /// Default: `root@pam!admin` with a random secret.
    pub admin_token: Option<String>,
    /// Seed that makes the secrets the same in every run. It is only for tests of the simulator
    /// itself. Default: none.
    pub seed: Option<u64>,
    /// Function to call for every request. Default: none.
    pub log: Option<Log>,
}

/// Function that the simulator calls for every request, before it sends the response.
/// [`Simulator::requests`](crate::Simulator::requests) returns the same entries later.
pub type Log = Arc<dyn Fn(&Request) + Send + Sync>;

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            version: Version::default(),
            users: Vec::new(),
            realms: Vec::new(),
            datastores: vec!["store1".into()],
            delays: 0.01,
            costs: Costs::default(),
            acl_cache_max_age: Duration::from_secs(5),
            lock_wait: Duration::from_secs(1),
            task_duration: Duration::ZERO,
            ticket_lifetime: Duration::from_secs(2 * 60 * 60),
            admin_token: None,
            seed: None,
            log: None,
        }
    }
}

impl Settings {
    /// Whether PBS accepts this name for a realm in addition to `pam` and `pbs` (from PBS's
    /// source).
    pub fn is_valid_realm(name: &str) -> bool {
        (2..=32).contains(&name.len()) && is_identifier(name) && !["pam", "pbs"].contains(&name)
    }

    /// A delay of a real server, multiplied by [`delays`](Self::delays).
    pub(crate) fn scaled_delay(&self, delay: Duration) -> Duration {
        delay.mul_f64(self.delays.max(0.0))
    }
}

/// A user that exists when the simulator starts.
#[derive(Clone)]
pub struct Account {
    /// User id, in the form `user@realm`.
    pub userid: String,
    /// Password. Without a password, the user cannot log in, but its tokens work.
    pub password: Option<String>,
}

impl From<&str> for Account {
    /// A user without a password.
    fn from(userid: &str) -> Self {
        Self { userid: userid.into(), password: None }
    }
}

impl From<(&str, &str)> for Account {
    /// A user with a password.
    fn from((userid, password): (&str, &str)) -> Self {
        Self { userid: userid.into(), password: Some(password.into()) }
    }
}

/// A PBS version: major, minor and patch number. The simulator reports this version and imitates
/// some differences between the versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

/// First version in which the deletion of a token also deletes the ACL entries of the token. PBS
/// 3.4 has also introduced the parameters `regenerate` and `delete` for changing a token.
pub(crate) const VERSION_3_4: Version = Version(3, 4, 0);

/// First version with the behaviour of 4.2.3. PBS 3.4.8 and 4.2.3 were compared (measured). It is
/// not known which version between them changed the behaviour, so the simulator gives all versions
/// before 4.0 the behaviour of 3.4.8.
pub(crate) const VERSION_4_0: Version = Version(4, 0, 0);

impl Default for Version {
    /// 4.2.3, the recorded version.
    fn default() -> Self {
        Self(4, 2, 3)
    }
}

impl FromStr for Version {
    type Err = String;

    /// Parses `MAJOR.MINOR` or `MAJOR.MINOR.PATCH`. A version without a patch number stands for the
    /// version with these numbers whose API description the simulator has, for example `4.0` for
    /// 4.0.11. If the simulator has no such description, the patch number is 0.
    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Option<Vec<u32>> = text.split('.').map(|part| part.parse().ok()).collect();
        match numbers.as_deref() {
            Some([major, minor]) => {
                Ok(described_version(*major, *minor).unwrap_or(Self(*major, *minor, 0)))
            }
            Some([major, minor, patch]) => Ok(Self(*major, *minor, *patch)),
            _ => Err("expected a version such as 4.2 or 4.2.3".into()),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}
