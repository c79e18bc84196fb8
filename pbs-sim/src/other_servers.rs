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
    /// Why a connection fails, for example `authentication failed` or `client error (Connect)`.
    /// `None` if it succeeds.
    pub failure: Option<String>,
}

/// What an S3 server contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct S3Content {
    /// Names of the buckets.
    pub buckets: Vec<String>,
    /// Whether a connection fails.
    pub is_unreachable: bool,
}

/// The other servers, by the names of the remotes and S3 endpoints.
#[derive(Default)]
pub(crate) struct OtherServers {
    pub(crate) remotes: BTreeMap<String, RemoteContent>,
    pub(crate) s3: BTreeMap<String, S3Content>,
}

impl World {
    /// The content of the remote server of this name, to read or change it. At first, the server is
    /// empty and a connection succeeds. The remote does not have to exist.
    pub fn remote_content(&mut self, name: &str) -> &mut RemoteContent {
        self.servers.remotes.entry(name.into()).or_default()
    }

    /// The content of the S3 server of the endpoint with this id, to read or change it. At first,
    /// the server has no buckets and a connection succeeds. The endpoint does not have to exist.
    pub fn s3_content(&mut self, id: &str) -> &mut S3Content {
        self.servers.s3.entry(id.into()).or_default()
    }
}
