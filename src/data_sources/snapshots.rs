//! `pbs_snapshots`: the snapshots in a namespace.

use super::backup_groups::{backup_id, backup_type, namespace, owner};
use crate::pbs::{AuthId, Backup, Client, DatastoreName, GroupSelection, Moment, Namespace};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Nesting, Result, Schema};

pub(crate) struct Snapshots;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    datastore: DatastoreName,
    namespace: Option<Namespace>,
    backup_type: Option<String>,
    backup_id: Option<String>,
    snapshots: Option<Vec<Snapshot>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Snapshot {
    backup_type: String,
    backup_id: String,
    time: Option<Moment>,
    time_unix: i64,
    size_bytes: Option<u64>,
    owner: Option<AuthId>,
    protected: bool,
    encrypted: Option<bool>,
    verification: Option<String>,
    comment: Option<String>,
}

impl DataSource<Client> for Snapshots {
    const NAME: &'static str = "snapshots";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads the snapshots in a namespace of a datastore.\n\n\
             Privileges on PBS: `Datastore.Audit` on `/datastore/DATASTORE` or on the path of the \
             namespace. With only `Datastore.Backup`, the result contains only the snapshots of \
             the groups that the provider's own user or token owns.",
            [
                Attribute::string("datastore", "Name of the datastore.")
                    .required()
                    .parses::<DatastoreName>(),
                namespace(),
                Attribute::string(
                    "backup_type",
                    "Type of the groups whose snapshots are read: `vm`, `ct` or `host`. Default: \
                     all types.",
                )
                .one_of(&["vm", "ct", "host"])
                .blank_is_none(),
                Attribute::string(
                    "backup_id",
                    "Id of the machine whose snapshots are read. Default: all machines.",
                )
                .blank_is_none(),
                Attribute::nested(
                    Nesting::List,
                    "snapshots",
                    "Snapshots, sorted by group. In each group, the newest snapshot is first.",
                    [
                        backup_type(),
                        backup_id(),
                        Attribute::string("time", "RFC 3339 timestamp of the backup.").computed(),
                        Attribute::number(
                            "time_unix",
                            "The same time as `time`, in seconds since 1970.",
                        )
                        .computed(),
                        Attribute::number(
                            "size_bytes",
                            "Size of the snapshot in bytes. Null if the snapshot is incomplete.",
                        )
                        .computed(),
                        owner(),
                        Attribute::boolean(
                            "protected",
                            "Whether the snapshot is protected. PBS neither prunes nor deletes a \
                             protected snapshot.",
                        )
                        .computed(),
                        Attribute::boolean(
                            "encrypted",
                            "Whether at least one file of the snapshot is encrypted. Null if the \
                             snapshot is incomplete.",
                        )
                        .computed(),
                        Attribute::string(
                            "verification",
                            "Result of the last verification of the snapshot: `ok` or `failed`. \
                             Null if the snapshot was not verified yet.",
                        )
                        .computed(),
                        Attribute::string(
                            "comment",
                            "First line of the notes on the snapshot. Null if there are no notes.",
                        )
                        .computed(),
                    ],
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let State { datastore, namespace, backup_type, backup_id, .. } = config;
        // If the request names a type, and no group has this type, PBS returns an error. Therefore,
        // the request selects all groups, and the provider filters the snapshots.
        let selection = GroupSelection::default();
        let mut backups = cx.client()?.backups(&datastore, namespace.as_ref(), selection).await?;
        backups.retain(|backup| {
            backup_type.as_ref().is_none_or(|wanted| *wanted == backup.backup_type)
                && backup_id.as_ref().is_none_or(|wanted| *wanted == backup.backup_id)
        });
        backups.sort_by_key(Backup::sort_key);
        let snapshots = Some(backups.into_iter().map(Snapshot::from).collect());
        Ok(State { datastore, namespace, backup_type, backup_id, snapshots })
    }
}

impl From<Backup> for Snapshot {
    fn from(backup: Backup) -> Self {
        Self {
            backup_type: backup.backup_type,
            backup_id: backup.backup_id,
            time: Moment::from_unix(backup.time),
            time_unix: backup.time,
            size_bytes: backup.size,
            owner: backup.owner,
            protected: backup.is_protected,
            encrypted: backup.is_encrypted,
            verification: backup.verification,
            comment: backup.comment,
        }
    }
}
