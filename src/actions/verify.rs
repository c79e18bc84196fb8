//! `pbs_verify`: verifies snapshots in a task that starts immediately.

use crate::{
    pbs::{Backup, Client, DatastoreName, GroupSelection, Namespace, TaskStart, Verification},
    shared::task,
};
use serde::Deserialize;
use tf_plugin::{Action, Attribute, Cx, Diagnostic, Field, Progress, Result, Schema, View};

pub(crate) struct Verify;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    datastore: DatastoreName,
    namespace: Option<Namespace>,
    max_depth: Option<i64>,
    backup_type: Option<String>,
    backup_id: Option<String>,
    ignore_verified: Option<bool>,
    outdated_after: Option<i64>,
}

impl Action<Client> for Verify {
    const NAME: &'static str = "verify";
    type Config = Config;

    fn schema() -> Schema {
        Schema::new(
            "Verifies snapshots, and waits for the end of the task. The action fails if it finds a \
             damaged snapshot. The action also fails if it leaves out a snapshot whose last \
             verification failed. If the action is interrupted, the verification continues on the \
             server.\n\n\
             Without this action, for example with OpenTofu, run `proxmox-backup-manager verify \
             DATASTORE --ignore-verified false` on the server. This command verifies all \
             namespaces. Without the option `--ignore-verified false`, the command leaves out the \
             snapshots that were verified before, even if their last verification failed.\n\n\
             Privileges on PBS: `Datastore.Audit` and `Datastore.Verify` on `/datastore/DATASTORE` \
             or on the path of the namespace.",
            [
                super::datastore(),
                super::namespace("Namespace to verify. Default: the root namespace."),
                Attribute::number(
                    "max_depth",
                    "Number of levels of namespaces below `namespace` that the action includes, 0 \
                     to 7. Default: all levels.",
                )
                .integer(0..=7),
                Attribute::string(
                    "backup_type",
                    "Type of the group to verify: `vm`, `ct` or `host`. Requires `backup_id`. \
                     Default: all groups.",
                )
                .one_of(&["vm", "ct", "host"]),
                Attribute::string(
                    "backup_id",
                    "Id of the group to verify. Requires `backup_type`. Default: all groups.",
                )
                .blank_is_none(),
                Attribute::boolean(
                    "ignore_verified",
                    "Whether the action leaves out snapshots that were verified before, even if \
                     their last verification failed. Default: `false`.",
                ),
                Attribute::number(
                    "outdated_after",
                    "Number of days after which the action verifies a snapshot again, even with \
                     `ignore_verified = true`. If the argument is not set, `ignore_verified = \
                     true` leaves out every snapshot that was verified before. Default: none.",
                )
                .integer(0..=i64::MAX),
            ],
        )
    }

    async fn invoke(cx: &Cx<Client>, config: Config, progress: &Progress) -> Result<()> {
        let Config { datastore, namespace, max_depth, backup_type, backup_id, .. } = config;
        // A value that was unknown during the validation can be empty.
        match (&backup_type, &backup_id) {
            (Some(_), None) => return Err(incomplete_group("backup_type", "backup_id")),
            (None, Some(_)) => return Err(incomplete_group("backup_id", "backup_type")),
            _ => {}
        }
        let (pbs, group) = (cx.client()?, backup_type.zip(backup_id));
        // If the group does not exist, PBS verifies nothing and reports a success (PBS 4.2.3,
        // recorded).
        let groups = super::groups(pbs, &datastore, namespace.as_ref()).await?;
        if let Some((backup_type, id)) = &group
            && !groups
                .iter()
                .any(|group| group.backup_type == *backup_type && group.backup_id == *id)
        {
            return Err(Diagnostic::error(
                format!("There is no backup group {backup_type}/{id}"),
                "Check `namespace`, `backup_type` and `backup_id` for a spelling mistake.",
            )
            .at("backup_id"));
        }
        let verification = Verification {
            namespace,
            max_depth,
            group,
            ignore_verified: config.ignore_verified == Some(true),
            outdated_after: config.outdated_after,
        };
        task::run(cx, &TaskStart::verification(&datastore, &verification), progress).await?;
        let damaged = damaged_snapshots(pbs, &datastore, &verification).await?;
        match damaged.is_empty() {
            true => Ok(()),
            false => Err(Diagnostic::error(
                format!("The datastore {datastore} contains damaged snapshots"),
                format!(
                    "The task has succeeded, but it left out the following snapshots, whose last \
                     verification failed. To verify these snapshots again, set `ignore_verified = \
                     false`.\n\n  {}",
                    damaged.join("\n  ")
                ),
            )),
        }
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        let [backup_type, id] = ["backup_type", "backup_id"].map(|name| config.get::<String>(name));
        let blank_as_null = |text: Field<String>| match text {
            Field::Known(text) if text.is_empty() => Field::Null,
            text => text,
        };
        match (blank_as_null(backup_type?), blank_as_null(id?)) {
            (Field::Null, Field::Known(_)) => Err(incomplete_group("backup_id", "backup_type")),
            (Field::Known(_), Field::Null) => Err(incomplete_group("backup_type", "backup_id")),
            _ => Ok(()),
        }
    }
}

/// The snapshots that the verification includes, and whose last verification failed, as texts for a
/// message. If the verification leaves out such a snapshot, its task succeeds nevertheless (PBS
/// 4.2.3, recorded).
async fn damaged_snapshots(
    pbs: &Client,
    store: &DatastoreName,
    verification: &Verification,
) -> Result<Vec<String>> {
    let (mut selection, mut max_depth) = (GroupSelection::default(), verification.max_depth);
    if let Some((backup_type, backup_id)) = &verification.group {
        selection = GroupSelection { backup_type: Some(backup_type), backup_id: Some(backup_id) };
        max_depth = Some(0);
    }
    let mut damaged = Vec::new();
    let start = verification.namespace.as_ref();
    for namespace in pbs.namespaces_within(store, start, max_depth).await? {
        let place = namespace.as_ref().map(|path| format!(" in {path}")).unwrap_or_default();
        let mut backups = pbs.backups(store, namespace.as_ref(), selection).await?;
        backups.retain(|backup| backup.verification.as_deref() == Some("failed"));
        backups.sort_by_key(Backup::sort_key);
        damaged.extend(backups.iter().map(|backup| format!("{backup}{place}")));
    }
    Ok(damaged)
}

/// The error if the configuration sets `argument`, but not `missing_argument`.
fn incomplete_group(argument: &'static str, missing_argument: &str) -> Diagnostic {
    Diagnostic::error(
        "The backup group is incomplete",
        format!("`{argument}` alone does not identify a group. Set `{missing_argument}`, too."),
    )
    .at(argument)
}
