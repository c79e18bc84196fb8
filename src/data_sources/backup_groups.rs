//! `pbs_backup_groups`: the backup groups in a namespace, and how old their newest backups are.

use crate::pbs::{AuthId, Backup, Client, DatastoreName, GroupSelection, Moment, Namespace};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tf_plugin::{Attribute, Cx, DataSource, Nesting, Result, Schema};

pub(crate) struct BackupGroups;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    datastore: DatastoreName,
    namespace: Option<Namespace>,
    groups: Option<Vec<Group>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    backup_type: String,
    backup_id: String,
    owner: Option<AuthId>,
    snapshots: i64,
    newest: Option<Moment>,
    newest_unix: Option<i64>,
    newest_verification: Option<String>,
    failed_verifications: i64,
}

impl DataSource<Client> for BackupGroups {
    const NAME: &'static str = "backup_groups";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads the backup groups in a namespace of a datastore. For each group, the result \
             says how many snapshots the group has, when the newest snapshot was made, and whether \
             the verifications succeeded. A `check` block can use the result to warn of a machine \
             without a recent backup. A machine that has never made a backup has no group, so \
             compare the groups with the names of your machines, as in the example.\n\n\
             Privileges on PBS: `Datastore.Audit` on `/datastore/DATASTORE` or on the path of the \
             namespace. With only `Datastore.Backup`, the result contains only the groups that the \
             provider's own user or token owns.",
            [
                Attribute::string("datastore", "Name of the datastore.")
                    .required()
                    .parses::<DatastoreName>(),
                namespace(),
                groups([
                    owner(),
                    Attribute::number("snapshots", "Number of snapshots in the group.").computed(),
                    Attribute::string(
                        "newest",
                        "RFC 3339 timestamp of the newest complete snapshot. Null if no \
                         snapshot is complete.",
                    )
                    .computed(),
                    Attribute::number(
                        "newest_unix",
                        "The same time as `newest`, in seconds since 1970.",
                    )
                    .computed(),
                    Attribute::string(
                        "newest_verification",
                        "Result of the last verification of the newest complete snapshot: `ok` \
                         or `failed`. Null if this snapshot was not verified yet, or if no \
                         snapshot is complete.",
                    )
                    .computed(),
                    Attribute::number(
                        "failed_verifications",
                        "Number of snapshots in the group whose last verification failed.",
                    )
                    .computed(),
                ]),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let State { datastore, namespace, .. } = config;
        let selection = GroupSelection::default();
        let backups = cx.client()?.backups(&datastore, namespace.as_ref(), selection).await?;
        let mut groups: BTreeMap<_, Vec<Backup>> = BTreeMap::new();
        for backup in backups {
            let key = (backup.backup_type.clone(), backup.backup_id.clone());
            groups.entry(key).or_default().push(backup);
        }
        let groups = groups.into_iter().map(|((backup_type, backup_id), backups)| {
            // A snapshot without a size is incomplete.
            let complete_backups = backups.iter().filter(|backup| backup.size.is_some());
            let newest = complete_backups.max_by_key(|backup| backup.time);
            let has_failed = |backup: &&Backup| backup.verification.as_deref() == Some("failed");
            Group {
                backup_type,
                backup_id,
                owner: backups.first().and_then(|backup| backup.owner.clone()),
                snapshots: count(backups.len()),
                newest: newest.and_then(|backup| Moment::from_unix(backup.time)),
                newest_unix: newest.map(|backup| backup.time),
                newest_verification: newest.and_then(|backup| backup.verification.clone()),
                failed_verifications: count(backups.iter().filter(has_failed).count()),
            }
        });
        Ok(State { groups: Some(groups.collect()), datastore, namespace })
    }
}

/// The argument `namespace`. All data sources that read the backups of a namespace have it.
pub(super) fn namespace() -> Attribute {
    Attribute::string(
        "namespace",
        "Namespace to read, for example `prod/web`. The namespaces below this namespace are not \
         read. Default: the root namespace.",
    )
    .parses::<Namespace>()
    .blank_is_none()
}

/// The list of the backup groups, with these attributes in addition to the type and the id.
pub(super) fn groups(others: impl IntoIterator<Item = Attribute>) -> Attribute {
    Attribute::nested(
        Nesting::List,
        "groups",
        "Groups, sorted by `backup_type` and `backup_id`.",
        [backup_type(), backup_id()].into_iter().chain(others).collect::<Vec<_>>(),
    )
    .computed()
}

pub(super) fn backup_type() -> Attribute {
    Attribute::string("backup_type", "Type of the group: `vm`, `ct` or `host`.").computed()
}

pub(super) fn backup_id() -> Attribute {
    Attribute::string("backup_id", "Id of the machine.").computed()
}

pub(super) fn owner() -> Attribute {
    Attribute::string("owner", "User or API token that owns the group.").computed()
}

/// Converts a number of items to the type that the states of the data sources use for numbers.
pub(super) fn count(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}
