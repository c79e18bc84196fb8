//! `/admin/datastore/NAME/namespace`: the namespaces of a datastore.

use crate::pbs::{
    Client, ConfigFile, DatastoreName, Error, Namespace, Result, Target,
    absence::Object,
    http::Call,
    snapshot::{Area, Snapshot},
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The paths of the namespaces of a datastore, without the root namespace.
pub type Namespaces = BTreeSet<Namespace>;

/// The latest list of the namespaces of each datastore.
#[derive(Default)]
pub(in crate::pbs) struct NamespaceLists(Mutex<BTreeMap<DatastoreName, Arc<Snapshot<Namespaces>>>>);

/// The areas whose lists are outdated after a write to the namespaces.
const CHANGED_AREAS: [Area; 1] = [Area::Namespaces];

impl Client {
    /// The namespaces of a datastore, as far as PBS shows them to the caller. Simultaneous readers
    /// share one list for each datastore. `None` if the datastore does not exist.
    ///
    /// # Errors
    /// The request fails, or the caller has no privilege on the datastore or a namespace of it.
    pub async fn namespaces(&self, store: &DatastoreName) -> Result<Option<Arc<Namespaces>>> {
        let lists = &self.shared.lists;
        let snapshot = {
            let mut snapshots = lists.namespaces.0.lock();
            Arc::clone(snapshots.entry(store.clone()).or_default())
        };
        let (client, name) = (self.clone(), store.clone());
        let fetch = || async move { client.fetch_namespaces(&name).await };
        // A datastore that is deleted and created again can have different namespaces, so the list
        // also depends on the configuration file with the datastores.
        let areas = [Area::Namespaces, Area::File(ConfigFile::Datastores)];
        none_if_missing(store, snapshot.read(&lists.epochs, &areas, fetch).await)
    }

    /// Like [`namespaces`](Self::namespaces), but always sends a request and never uses the shared
    /// list.
    ///
    /// # Errors
    /// As for [`namespaces`](Self::namespaces).
    pub async fn current_namespaces(&self, store: &DatastoreName) -> Result<Option<Namespaces>> {
        none_if_missing(store, self.fetch_namespaces(store).await)
    }

    /// The namespace `base` and the namespaces below it, down to `max_depth` levels. In `base` and
    /// in the result, `None` stands for the root namespace. If `max_depth` is `None`, the result
    /// contains all levels. The result is empty if the datastore does not exist.
    ///
    /// # Errors
    /// As for [`namespaces`](Self::namespaces).
    pub async fn namespaces_within(
        &self,
        store: &DatastoreName,
        base: Option<&Namespace>,
        max_depth: Option<i64>,
    ) -> Result<Vec<Option<Namespace>>> {
        let Some(known) = self.namespaces(store).await? else { return Ok(Vec::new()) };
        let all = [None].into_iter().chain(known.iter().map(Some));
        let within = all.filter(|namespace| Namespace::is_within(*namespace, base, max_depth));
        Ok(within.map(Option::<&Namespace>::cloned).collect())
    }

    async fn fetch_namespaces(&self, store: &DatastoreName) -> Result<Namespaces> {
        let acl_path = store.acl_path(None);
        let call = Call::get(["admin", "datastore", store.as_str(), "namespace"]);
        self.send_for_namespaces(call.waits_for_locks().needs("Datastore.Audit", &acl_path)).await
    }

    /// Sends a call whose response is a list of namespaces.
    pub(super) async fn send_for_namespaces(&self, call: Call<'_>) -> Result<Namespaces> {
        #[derive(Deserialize)]
        struct Wire {
            ns: String,
        }
        let wires: Vec<Wire> = self.send(call).await?;
        // The name of the root namespace is empty and cannot be parsed, so the root namespace is
        // left out.
        Ok(wires.into_iter().filter_map(|wire| wire.ns.parse().ok()).collect())
    }

    /// Creates a namespace. Succeeds even if the namespace exists already (PBS 4.2.3, recorded).
    ///
    /// # Errors
    /// The datastore does not exist, the parent namespace does not exist
    /// ([`Error::reports_missing_parent`]), or the caller lacks the privilege `Datastore.Modify` on
    /// the parent namespace.
    pub async fn create_namespace(
        &self,
        store: &DatastoreName,
        namespace: &Namespace,
    ) -> Result<()> {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            parent: Option<&'a str>,
            name: &'a str,
        }
        let (parent, name) = namespace.parent_and_name();
        let acl_path = store.acl_path(parent);
        let call = Call::post(["admin", "datastore", store.as_str(), "namespace"]);
        let call = call.json(&Body { parent, name }).changes(Target::namespace(store, namespace));
        let _epoch = self.shared.lists.epochs.advance_on_drop(&CHANGED_AREAS);
        let call = call.waits_for_locks().needs("Datastore.Modify", &acl_path);
        self.send::<IgnoredAny>(call).await.map(drop)
    }

    /// Deletes a namespace and the namespaces below it. If `delete_groups` is true, also deletes
    /// the backup groups in these namespaces. If `delete_groups` is false, succeeds even if the
    /// namespace does not exist.
    ///
    /// # Errors
    /// - One of the namespaces contains backup groups although `delete_groups` is false, or
    ///   contains protected snapshots. These groups or snapshots stay, and PBS deletes everything
    ///   else (PBS 4.2.3, recorded).
    /// - The caller lacks the privilege `Datastore.Modify` on the parent namespace.
    pub async fn delete_namespace(
        &self,
        store: &DatastoreName,
        namespace: &Namespace,
        delete_groups: bool,
    ) -> Result<()> {
        let acl_path = store.acl_path(namespace.parent_and_name().0);
        let call = Call::delete(["admin", "datastore", store.as_str(), "namespace"])
            .query("ns", namespace.as_str())
            .query("delete-groups", delete_groups.to_string());
        let call = call.changes(Target::namespace(store, namespace)).waits_for_locks();
        let _epoch = self.shared.lists.epochs.advance_on_drop(&CHANGED_AREAS);
        self.send::<IgnoredAny>(call.needs("Datastore.Modify", &acl_path)).await.map(drop)
    }
}

impl Error {
    /// Whether PBS refuses to create a namespace because its parent does not exist (PBS 4.2.3,
    /// recorded).
    #[must_use]
    pub fn reports_missing_parent(&self) -> bool {
        self.refusal().is_some_and(|(status, message)| {
            status == 400 && message.starts_with("cannot create new namespace, parent ")
        })
    }

    /// Whether PBS reports that a directory does not exist. PBS sends this message if a namespace
    /// does not exist (PBS 4.2.3, recorded).
    #[must_use]
    pub fn reports_missing_directory(&self) -> bool {
        self.refusal() == Some((400, "ENOENT: No such file or directory"))
    }

    /// Whether PBS refuses to read a datastore because of its maintenance mode (PBS 4.2.3,
    /// recorded).
    #[must_use]
    pub fn reports_maintenance(&self) -> bool {
        self.refusal().is_some_and(|(status, message)| {
            status == 400
                && message.starts_with("datastore '")
                && message.contains("' is unavailable: ")
        })
    }
}

/// The list, or `None` if PBS reports that the datastore does not exist.
fn none_if_missing<T>(store: &DatastoreName, result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(list) => Ok(Some(list)),
        Err(error) if Object::Datastore(store).is_reported_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
