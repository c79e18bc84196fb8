//! The content of other servers, as the API of the simulator shows it. The simulator does not
//! connect to other servers. Tests set the content.

use std::collections::BTreeMap;

use crate::{datastore::Datastore, world::World};

/// What PBS sees on a remote server when it connects as the user in the configuration of the
/// remote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteContent {
    /// The datastores by name.
    pub datastores: BTreeMap<String, Datastore>,
    /// Why connections to the server fail, for example `authentication failed` or `client error
    /// (Connect)`. `None` if connections succeed.
    pub failure: Option<String>,
}

/// What an S3 server contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct S3Content {
    /// Names of the buckets.
    pub buckets: Vec<String>,
    /// Whether connections to the server fail.
    pub is_unreachable: bool,
}

/// The content of the other servers, by the names of the remotes and the ids of the S3 endpoints.
#[derive(Default)]
pub(crate) struct OtherServers {
    pub(crate) remotes: BTreeMap<String, RemoteContent>,
    pub(crate) s3: BTreeMap<String, S3Content>,
}

impl World {
    /// Mutable access to the content of the server to which the remote `name` refers. At first, the
    /// server is empty, and connections succeed. The remote does not have to exist in the
    /// configuration.
    pub fn remote_content(&mut self, name: &str) -> &mut RemoteContent {
        self.other_servers.remotes.entry(name.into()).or_default()
    }

    /// Mutable access to the content of the S3 server to which the endpoint `id` refers. At first,
    /// the server has no buckets, and connections succeed. The endpoint does not have to exist in
    /// the configuration.
    pub fn s3_content(&mut self, id: &str) -> &mut S3Content {
        self.other_servers.s3.entry(id.into()).or_default()
    }
}
