//! `/admin/datastore` and `/config/datastore`: datastores, and who owns the backups in them.

use crate::pbs::{AuthId, Client, DatastoreName, Namespace, Result, absence::Object, http::Call};
use serde::{Deserialize, Serialize};

/// A datastore as the caller may see it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Datastore {
    /// What it is called.
    pub name: DatastoreName,
    /// A remark; an empty one is none.
    pub comment: Option<String>,
    /// Where it lies on the server; not told by the list.
    pub path: Option<String>,
}

/// How full a datastore is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct DatastoreStatus {
    /// All there is.
    pub total: u64,
    /// What is in use.
    pub used: u64,
    /// What can still be written.
    pub avail: u64,
}

/// Backups of one machine, owned by whoever made the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupGroup {
    /// `vm`, `ct` or `host`.
    pub backup_type: String,
    /// Which machine.
    pub backup_id: String,
    /// Who may add to it.
    pub owner: Option<AuthId>,
}

impl Client {
    /// The datastores that the caller may see, sorted by name.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn datastores(&self) -> Result<Vec<Datastore>> {
        #[derive(Deserialize)]
        struct Wire {
            store: String,
            comment: Option<String>,
        }
        let wires: Vec<Wire> = self.send(Call::get(["admin", "datastore"])).await?;
        let parsed = wires.into_iter().filter_map(|Wire { store, comment }| {
            let comment = comment.filter(|comment| !comment.is_empty());
            Some(Datastore { name: store.parse().ok()?, comment, path: None })
        });
        let mut stores: Vec<_> = parsed.collect();
        stores.sort();
        Ok(stores)
    }

    /// One datastore, or `None` when there is none of that name.
    ///
    /// # Errors
    /// The server cannot be asked, or the caller may not see it (`Datastore.Audit` on its path).
    pub async fn datastore(&self, name: &DatastoreName) -> Result<Option<Datastore>> {
        #[derive(Deserialize)]
        struct Wire {
            path: Option<String>,
            comment: Option<String>,
        }
        let needed = format!("/datastore/{name}");
        let call = Call::get(["config", "datastore", name.as_str()]);
        match self.send::<Wire>(call.needs("Datastore.Audit", &needed)).await {
            Ok(Wire { path, comment }) => {
                let comment = comment.filter(|comment| !comment.is_empty());
                Ok(Some(Datastore { name: name.clone(), comment, path }))
            }
            Err(error) if Object::Datastore(name).is_reported_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How full a datastore is.
    ///
    /// # Errors
    /// There is no such datastore, or the caller may not see it.
    pub async fn datastore_status(&self, name: &DatastoreName) -> Result<DatastoreStatus> {
        let needed = format!("/datastore/{name}");
        let call = Call::get(["admin", "datastore", name.as_str(), "status"]);
        self.send(call.needs("Datastore.Audit", &needed)).await
    }

    /// The backup groups in one namespace of a datastore, or in its root.
    ///
    /// # Errors
    /// There is no such datastore or namespace, or the caller may not see it.
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
        let needed = format!("/datastore/{store}");
        let mut call = Call::get(["admin", "datastore", store.as_str(), "groups"]);
        if let Some(namespace) = namespace {
            call = call.query("ns", namespace.as_str());
        }
        let wires: Vec<Wire> = self.send(call.needs("Datastore.Audit", &needed)).await?;
        let parsed = wires.into_iter().map(|Wire { backup_type, backup_id, owner }| {
            let owner = owner.and_then(|owner| owner.parse().ok());
            BackupGroup { backup_type, backup_id, owner }
        });
        Ok(parsed.collect())
    }

    /// Hands a backup group to somebody else; a success also when it is theirs already.
    ///
    /// # Errors
    /// The group, datastore or new owner does not exist, or the caller may not do it
    /// (`Datastore.Modify` on the datastore).
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
        let needed = format!("/datastore/{store}");
        let body = Body { ns: namespace, backup_type, backup_id, new_owner };
        let call = Call::post(["admin", "datastore", store.as_str(), "change-owner"]).json(&body);
        self.send_write(call.needs("Datastore.Modify", &needed)).await
    }
}
