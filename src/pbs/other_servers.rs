//! Requests for which PBS itself connects to another server: to a remote, or to an S3 endpoint.

use crate::pbs::{
    Client, Datastore, DatastoreName, Namespaces, Result,
    datastores::ListedDatastore,
    http::Call,
    notation::{RemoteName, S3EndpointId},
};
use serde::{Deserialize, Serialize};

impl Client {
    /// The datastores of a remote, sorted by name. The list contains only datastores that the user
    /// or token in the configuration of the remote can see.
    ///
    /// # Errors
    /// PBS cannot log in to the remote (status 500), the remote does not exist, or the caller lacks
    /// the privilege `Remote.Audit` on `/remote/NAME`.
    pub async fn remote_datastores(&self, remote: &RemoteName) -> Result<Vec<Datastore>> {
        let acl_path = format!("/remote/{remote}");
        let call = Call::get(["config", "remote", remote.as_str(), "scan"]).answers_with_500();
        let wires: Vec<ListedDatastore> = self.send(call.needs("Remote.Audit", &acl_path)).await?;
        let mut stores: Vec<_> =
            wires.into_iter().filter_map(ListedDatastore::into_datastore).collect();
        stores.sort();
        Ok(stores)
    }

    /// The namespaces of a datastore of a remote, without the root namespace.
    ///
    /// # Errors
    /// As for [`remote_datastores`](Self::remote_datastores), or the remote does not have the
    /// datastore.
    pub async fn remote_namespaces(
        &self,
        remote: &RemoteName,
        store: &DatastoreName,
    ) -> Result<Namespaces> {
        let acl_path = format!("/remote/{remote}");
        let path = ["config", "remote", remote.as_str(), "scan", store.as_str(), "namespaces"];
        let call = Call::get(path).answers_with_500().needs("Remote.Audit", &acl_path);
        self.send_for_namespaces(call).await
    }

    /// The sorted names of the buckets that an S3 endpoint lists.
    ///
    /// # Errors
    /// PBS cannot log in to the S3 service, the endpoint does not exist, or the caller lacks the
    /// privilege `Sys.Audit` on `/`.
    pub async fn s3_buckets(&self, endpoint: &S3EndpointId) -> Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Wire {
            name: String,
        }
        let path = ["config", "s3", endpoint.as_str(), "list-buckets"];
        let call = Call::get(path).answers_with_500().needs("Sys.Audit", "/");
        let wires: Vec<Wire> = self.send(call).await?;
        let mut names: Vec<_> = wires.into_iter().map(|wire| wire.name).collect();
        names.sort();
        Ok(names)
    }

    /// Checks that PBS can read, write and delete in a bucket. To check this, PBS writes a small
    /// object and then deletes the object.
    ///
    /// # Errors
    /// The check fails, or the caller lacks the privilege `Sys.Modify` on `/`.
    pub async fn check_s3(&self, endpoint: &S3EndpointId, bucket: &str) -> Result<()> {
        #[derive(Serialize)]
        struct Body<'a> {
            bucket: &'a str,
        }
        let call = Call::put(["admin", "s3", endpoint.as_str(), "check"]).json(&Body { bucket });
        self.send_write(call.answers_with_500().needs("Sys.Modify", "/")).await
    }
}
