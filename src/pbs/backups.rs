//! The snapshots of a datastore: single backups, as PBS lists them.

use crate::pbs::{AuthId, Client, DatastoreName, Moment, Namespace, Result, http::Call};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, fmt};

/// A snapshot: one backup of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Type of the group: `vm`, `ct` or `host`.
    pub backup_type: String,
    /// Id of the machine.
    pub backup_id: String,
    /// Time of the backup in seconds since 1970.
    pub time: i64,
    /// Size in bytes. `None` while the backup is being made, and for an aborted backup.
    pub size: Option<u64>,
    /// The user or token that owns the group.
    pub owner: Option<AuthId>,
    /// Whether the snapshot is protected. PBS does not remove a protected snapshot.
    pub is_protected: bool,
    /// The first line of the notes. `None` if the snapshot has no notes.
    pub comment: Option<String>,
    /// The result of the last verification: `ok` or `failed`. `None` if the snapshot has not been
    /// verified.
    pub verification: Option<String>,
    /// Whether at least one file of the snapshot is encrypted. `None` if the snapshot is
    /// incomplete, because PBS lists no files of an incomplete snapshot.
    pub is_encrypted: Option<bool>,
}

/// Selects the backup groups of a namespace.
#[derive(Clone, Copy, Debug, Default)]
pub struct GroupSelection<'a> {
    /// The type of the groups. `None` for all types.
    pub backup_type: Option<&'a str>,
    /// The id of the groups. `None` for all ids.
    pub backup_id: Option<&'a str>,
}

impl Backup {
    /// The key that sorts snapshots by group, with the newest snapshot of each group first.
    #[must_use]
    pub fn sort_key(&self) -> (String, String, Reverse<i64>) {
        (self.backup_type.clone(), self.backup_id.clone(), Reverse(self.time))
    }
}

/// Writes the type, the id and the time, for example `vm/100 of 2026-11-20T03:00:00Z`.
impl fmt::Display for Backup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.backup_type, self.backup_id)?;
        match Moment::from_unix(self.time) {
            Some(time) => write!(f, " of {time}"),
            None => Ok(()),
        }
    }
}

impl Client {
    /// The snapshots in a namespace of a datastore, in no particular order. The namespaces below
    /// this namespace are not included. If `namespace` is `None`, the root namespace is read.
    ///
    /// # Errors
    /// The datastore or the namespace does not exist, or the caller is not allowed to read the
    /// namespace. PBS also refuses a selection with a type and without an id if the namespace
    /// contains no group of this type (PBS 4.2.3, recorded).
    pub async fn backups(
        &self,
        store: &DatastoreName,
        namespace: Option<&Namespace>,
        selection: GroupSelection<'_>,
    ) -> Result<Vec<Backup>> {
        let acl_path = store.acl_path(namespace.map(Namespace::as_str));
        let mut call = Call::get(["admin", "datastore", store.as_str(), "snapshots"]);
        let filters = [
            ("ns", namespace.map(Namespace::as_str)),
            ("backup-type", selection.backup_type),
            ("backup-id", selection.backup_id),
        ];
        for (name, value) in filters {
            if let Some(value) = value {
                call = call.query(name, value);
            }
        }
        let call = call.waits_for_locks().needs("Datastore.Audit", &acl_path);
        let wires: Vec<Wire> = self.send(call).await?;
        Ok(wires.into_iter().map(Backup::from).collect())
    }

    /// Protects a snapshot if `protected` is true. Otherwise, removes the protection of the
    /// snapshot. Succeeds even if the snapshot is already in this state. `time` is the time of the
    /// snapshot in seconds since 1970.
    ///
    /// # Errors
    /// The snapshot does not exist, or the caller lacks the privilege `Datastore.Modify` on the
    /// namespace. For a group that the caller owns, `Datastore.Backup` is sufficient.
    pub async fn protect_backup(
        &self,
        store: &DatastoreName,
        namespace: Option<&Namespace>,
        (backup_type, backup_id, time): (&str, &str, i64),
        protected: bool,
    ) -> Result<()> {
        #[derive(Serialize)]
        #[serde(rename_all = "kebab-case")]
        struct Body<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            ns: Option<&'a Namespace>,
            backup_type: &'a str,
            backup_id: &'a str,
            backup_time: i64,
            protected: bool,
        }
        let acl_path = store.acl_path(namespace.map(Namespace::as_str));
        let body = Body { ns: namespace, backup_type, backup_id, backup_time: time, protected };
        let call = Call::put(["admin", "datastore", store.as_str(), "protected"]).json(&body);
        let call = call.waits_for_locks().needs("Datastore.Modify", &acl_path);
        self.send_write(call).await
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Wire {
    backup_type: String,
    backup_id: String,
    backup_time: i64,
    size: Option<u64>,
    owner: Option<String>,
    #[serde(default)]
    protected: bool,
    comment: Option<String>,
    verification: Option<Verification>,
    #[serde(default)]
    files: Vec<File>,
}

#[derive(Deserialize)]
struct Verification {
    state: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    crypt_mode: Option<String>,
}

impl From<Wire> for Backup {
    fn from(wire: Wire) -> Self {
        let is_file_encrypted = |file: &File| file.crypt_mode.as_deref() == Some("encrypt");
        Self {
            is_encrypted: (!wire.files.is_empty())
                .then(|| wire.files.iter().any(is_file_encrypted)),
            backup_type: wire.backup_type,
            backup_id: wire.backup_id,
            time: wire.backup_time,
            size: wire.size,
            owner: wire.owner.and_then(|owner| owner.parse().ok()),
            is_protected: wire.protected,
            comment: wire.comment.filter(|comment| !comment.is_empty()),
            verification: wire.verification.map(|verification| verification.state),
        }
    }
}
