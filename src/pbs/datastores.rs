//! `/admin/datastore` and `/config/datastore`: datastores and the owners of their backups.

use crate::pbs::{
    AuthId, Client, ConfigFile, DatastoreName, Namespace, Result, absence::Object, http::Call,
    snapshot::Area,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A datastore.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Datastore {
    /// Name of the datastore.
    pub name: DatastoreName,
    /// Comment; `None` if the comment is empty.
    pub comment: Option<String>,
    /// Directory on the server. `None` if the datastore comes from the list of datastores, which
    /// does not contain directories.
    pub path: Option<String>,
    /// Type of the maintenance mode, for example `read-only`. `None` if the datastore is not in
    /// maintenance mode, or if it does not come from the list of datastores.
    pub maintenance: Option<String>,
    /// Whether the device of a removable datastore is mounted. `None` if the datastore is not
    /// removable, or if it does not come from the list of datastores.
    pub is_mounted: Option<bool>,
}

/// Capacity and usage of a datastore in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct DatastoreStatus {
    /// Total size.
    pub total: u64,
    /// Used space.
    pub used: u64,
    /// Available space.
    pub avail: u64,
}

impl DatastoreStatus {
    /// This status, or `None` if the total size is 0. PBS returns zeros if the caller is not
    /// allowed to see the sizes.
    fn if_visible(self) -> Option<Self> {
        (self.total > 0).then_some(self)
    }
}

/// The part of a datastore's content that the caller can see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DatastoreContent {
    /// Number of backup groups.
    pub groups: u64,
    /// Number of snapshots.
    pub snapshots: u64,
    /// Size in bytes of the unused data that later garbage collections remove.
    pub pending_bytes: u64,
}

/// The operations that use a datastore at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct ActiveOperations {
    /// Number of operations that read, for example restores.
    pub read: u64,
    /// Number of operations that write, for example backups.
    pub write: u64,
}

/// A backup group: the backups of one machine. All of them have the same owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupGroup {
    /// Type of the group: `vm`, `ct` or `host`.
    pub backup_type: String,
    /// Id of the machine.
    pub backup_id: String,
    /// User or token that owns the group and can therefore add backups to it.
    pub owner: Option<AuthId>,
}

/// An entry in a list of datastores, as PBS sends it. PBS lists its own datastores and the
/// datastores of a remote in the same form.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ListedDatastore {
    store: String,
    comment: Option<String>,
    maintenance: Option<String>,
    mount_status: Option<String>,
}

impl ListedDatastore {
    /// The datastore. `None` if its name cannot be parsed.
    pub(super) fn into_datastore(self) -> Option<Datastore> {
        let maintenance_type = |mode: String| {
            let first = mode.split(',').next().unwrap_or_default();
            first.strip_prefix("type=").unwrap_or(first).to_owned()
        };
        Some(Datastore {
            name: self.store.parse().ok()?,
            comment: self.comment.filter(|comment| !comment.is_empty()),
            path: None,
            maintenance: self.maintenance.map(maintenance_type),
            is_mounted: match self.mount_status.as_deref() {
                Some("mounted") => Some(true),
                Some("notmounted") => Some(false),
                _ => None,
            },
        })
    }
}

impl Client {
    /// The datastores that the authenticated user or token can see, sorted by name.
    ///
    /// # Errors
    /// The request fails.
    pub async fn datastores(&self) -> Result<Vec<Datastore>> {
        let wires: Vec<ListedDatastore> = self.send(Call::get(["admin", "datastore"])).await?;
        let parsed = wires.into_iter().filter_map(ListedDatastore::into_datastore);
        let mut stores: Vec<_> = parsed.collect();
        stores.sort();
        Ok(stores)
    }

    /// Whether the datastore certainly does not exist. Simultaneous readers share one list of
    /// datastores. If the list does not contain the datastore, the client requests the datastore
    /// itself, because PBS omits datastores from the list that the authenticated user or token is
    /// not allowed to see.
    ///
    /// # Errors
    /// A request fails, or the authenticated user or token is not allowed to see the datastore.
    pub async fn is_datastore_missing(&self, name: &DatastoreName) -> Result<bool> {
        let client = self.clone();
        let lists = &self.shared.lists;
        let fetch = || async move {
            let stores = client.datastores().await?;
            Ok(stores.into_iter().map(|store| store.name).collect())
        };
        let areas = [Area::File(ConfigFile::Datastores)];
        if lists.datastores.read(&lists.epochs, &areas, fetch).await?.contains(name) {
            return Ok(false);
        }
        Ok(self.datastore(name).await?.is_none())
    }

    /// The datastore, or `None` if it does not exist.
    ///
    /// # Errors
    /// The request fails, or the authenticated user or token lacks the privilege `Datastore.Audit`
    /// on `/datastore/NAME`.
    pub async fn datastore(&self, name: &DatastoreName) -> Result<Option<Datastore>> {
        #[derive(Deserialize)]
        struct Wire {
            path: Option<String>,
            comment: Option<String>,
        }
        let acl_path = name.acl_path(None);
        let call = Call::get(["config", "datastore", name.as_str()]);
        match self.send::<Wire>(call.needs("Datastore.Audit", &acl_path)).await {
            Ok(Wire { path, comment }) => {
                let comment = comment.filter(|comment| !comment.is_empty());
                let (name, maintenance, is_mounted) = (name.clone(), None, None);
                Ok(Some(Datastore { name, comment, path, maintenance, is_mounted }))
            }
            Err(error) if Object::Datastore(name).is_reported_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Capacity and usage of a datastore. `None` if the caller has privileges on namespaces of the
    /// datastore, but not on the datastore itself: in this case, PBS returns zeros (PBS 4.2.3,
    /// recorded).
    ///
    /// # Errors
    /// The datastore does not exist, or the authenticated user or token lacks the privilege
    /// `Datastore.Audit` on `/datastore/NAME`.
    pub async fn datastore_status(&self, name: &DatastoreName) -> Result<Option<DatastoreStatus>> {
        let acl_path = name.acl_path(None);
        let call = Call::get(["admin", "datastore", name.as_str(), "status"]);
        let status: DatastoreStatus = self.send(call.needs("Datastore.Audit", &acl_path)).await?;
        Ok(status.if_visible())
    }

    /// Capacity, usage and content of a datastore. The status is `None` in the same case as for
    /// [`datastore_status`](Self::datastore_status).
    ///
    /// # Errors
    /// As for [`datastore_status`](Self::datastore_status).
    pub async fn datastore_content(
        &self,
        name: &DatastoreName,
    ) -> Result<(Option<DatastoreStatus>, DatastoreContent)> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        struct Wire {
            #[serde(flatten)]
            status: DatastoreStatus,
            /// The numbers of groups and snapshots for each type of groups.
            counts: Option<BTreeMap<String, Option<Counts>>>,
            gc_status: Option<GcStatus>,
        }
        #[derive(Deserialize)]
        struct Counts {
            groups: u64,
            snapshots: u64,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        struct GcStatus {
            pending_bytes: u64,
        }
        let acl_path = name.acl_path(None);
        let call = Call::get(["admin", "datastore", name.as_str(), "status"]).query("verbose", "1");
        let call = call.waits_for_locks().needs("Datastore.Audit", &acl_path);
        let Wire { status, counts, gc_status } = self.send(call).await?;
        let counts: Vec<_> = counts.unwrap_or_default().into_values().flatten().collect();
        let content = DatastoreContent {
            groups: counts.iter().map(|count| count.groups).sum(),
            snapshots: counts.iter().map(|count| count.snapshots).sum(),
            pending_bytes: gc_status.map_or(0, |status| status.pending_bytes),
        };
        Ok((status.if_visible(), content))
    }

    /// The time at which the server expects a datastore to be full, in seconds since 1970. `None`
    /// if the server has not yet made enough measurements, or if the used space does not grow.
    ///
    /// # Errors
    /// The request fails.
    pub async fn estimated_full_date(&self, name: &DatastoreName) -> Result<Option<i64>> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        struct Wire {
            store: String,
            estimated_full_date: Option<i64>,
        }
        let call = Call::get(["status", "datastore-usage"]).waits_for_locks();
        let wires: Vec<Wire> = self.send(call).await?;
        let found = wires.into_iter().find(|wire| wire.store == name.as_str());
        // PBS writes 0 for a date that it cannot estimate (read in the source).
        Ok(found.and_then(|wire| wire.estimated_full_date).filter(|date| *date > 0))
    }

    /// The operations that use a datastore at the moment.
    ///
    /// # Errors
    /// The request fails, or the authenticated user or token lacks the privilege `Datastore.Audit`
    /// on `/datastore/NAME`.
    pub async fn active_operations(&self, name: &DatastoreName) -> Result<ActiveOperations> {
        let acl_path = name.acl_path(None);
        let call = Call::get(["admin", "datastore", name.as_str(), "active-operations"]);
        self.send(call.needs("Datastore.Audit", &acl_path)).await
    }

    /// The backup groups in a namespace of a datastore. If `namespace` is `None`, the root
    /// namespace is read.
    ///
    /// # Errors
    /// The datastore or namespace does not exist, or the authenticated user or token is not allowed
    /// to read the namespace.
    pub async fn backup_groups(
        &self,
        store: &DatastoreName,
        namespace: Option<&Namespace>,
    ) -> Result<Vec<BackupGroup>> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        struct Wire {
            backup_type: String,
            backup_id: String,
            owner: Option<String>,
        }
        let acl_path = store.acl_path(namespace.map(Namespace::as_str));
        let mut call = Call::get(["admin", "datastore", store.as_str(), "groups"]);
        if let Some(namespace) = namespace {
            call = call.query("ns", namespace.as_str());
        }
        let wires: Vec<Wire> = self.send(call.needs("Datastore.Audit", &acl_path)).await?;
        let parsed = wires.into_iter().map(|Wire { backup_type, backup_id, owner }| {
            let owner = owner.and_then(|owner| owner.parse().ok());
            BackupGroup { backup_type, backup_id, owner }
        });
        Ok(parsed.collect())
    }

    /// Sets the owner of a backup group. Succeeds even if `new_owner` already owns the group.
    ///
    /// # Errors
    /// The group, datastore or new owner does not exist, or the authenticated user or token lacks
    /// the privilege `Datastore.Modify` on the namespace.
    pub async fn change_owner(
        &self,
        store: &DatastoreName,
        namespace: Option<&Namespace>,
        backup_type: &str,
        backup_id: &str,
        new_owner: &AuthId,
    ) -> Result<()> {
        #[derive(Serialize)]
        #[serde(rename_all = "kebab-case")]
        struct Body<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            ns: Option<&'a Namespace>,
            backup_type: &'a str,
            backup_id: &'a str,
            new_owner: &'a AuthId,
        }
        let acl_path = store.acl_path(namespace.map(Namespace::as_str));
        let body = Body { ns: namespace, backup_type, backup_id, new_owner };
        let call = Call::post(["admin", "datastore", store.as_str(), "change-owner"]).json(&body);
        self.send_write(call.needs("Datastore.Modify", &acl_path)).await
    }
}
