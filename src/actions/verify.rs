//! `pbs_verify`: verifies snapshots now.

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
            "Verifies snapshots, and waits for the end of the task. The action fails if a snapshot \
             is damaged. It also fails if a snapshot failed an earlier verification, and this \
             verification leaves the snapshot out. If the action is interrupted, the verification \
             continues on the server.\n\n\
             Without this action, for example with OpenTofu, run `proxmox-backup-manager verify \
             DATASTORE --ignore-verified false` on the server. This command verifies all \
             namespaces. Without the option `--ignore-verified false`, the command leaves out the \
             snapshots that were verified before, even if the verification failed.\n\n\
             Privileges on PBS: `Datastore.Audit` and `Datastore.Verify` on `/datastore/DATASTORE` \
             or the path of the namespace.",
            [
                super::datastore(),
                super::namespace("Namespace to verify. Default: the root namespace."),
                Attribute::number(
                    "max_depth",
                    "Number of levels of namespaces below `namespace` that are included, 0 to 7. \
                     Default: all levels.",
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
                    "Whether snapshots that were verified before are left out, even if the \
                     verification failed. Default: `false`.",
                ),
                Attribute::number(
                    "outdated_after",
                    "Number of days after which verified snapshots are verified again, although \
                     `ignore_verified` is `true`. Default: none, which means never.",
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
        // PBS verifies nothing, and reports a success, if there is no such group (PBS 4.2.3,
        // recorded).
        let groups = super::groups(pbs, &datastore, namespace.as_ref()).await?;
        if let Some((backup_type, id)) = &group
            && !groups.iter().any(|it| it.backup_type == *backup_type && it.backup_id == *id)
        {
            return Err(Diagnostic::error(
                format!("There is no backup group {backup_type}/{id}"),
                "Check `namespace`, `backup_type` and `backup_id` for a spelling mistake.",
            )
            .at("backup_id"));
        }
        let what = Verification {
            namespace,
            max_depth,
            group,
            ignore_verified: config.ignore_verified == Some(true),
            outdated_after: config.outdated_after,
        };
        task::run(cx, &TaskStart::verification(&datastore, &what), progress).await?;
        let damaged = damaged(pbs, &datastore, &what).await?;
        match damaged.is_empty() {
            true => Ok(()),
            false => Err(Diagnostic::error(
                format!("The datastore {datastore} contains damaged snapshots"),
                format!(
                    "The task has succeeded, but left out the following snapshots, which failed an \
                     earlier verification. To verify them again, set `ignore_verified = false`.\
                     \n\n  {}",
                    damaged.join("\n  ")
                ),
            )),
        }
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        let [kind, id] = ["backup_type", "backup_id"].map(|name| config.get::<String>(name));
        let given = |text: Field<String>| match text {
            Field::Known(text) if text.is_empty() => Field::Null,
            text => text,
        };
        match (given(kind?), given(id?)) {
            (Field::Null, Field::Known(_)) => Err(incomplete_group("backup_id", "backup_type")),
            (Field::Known(_), Field::Null) => Err(incomplete_group("backup_type", "backup_id")),
            _ => Ok(()),
        }
    }
}

/// The snapshots in the scope of the verification whose last verification failed. A verification
/// that leaves them out succeeds (PBS 4.2.3, recorded).
async fn damaged(pbs: &Client, store: &DatastoreName, what: &Verification) -> Result<Vec<String>> {
    let (mut selection, mut max_depth) = (GroupSelection::default(), what.max_depth);
    if let Some((backup_type, backup_id)) = &what.group {
        selection = GroupSelection { backup_type: Some(backup_type), backup_id: Some(backup_id) };
        max_depth = Some(0);
    }
    let mut damaged = Vec::new();
    for namespace in pbs.namespaces_within(store, what.namespace.as_ref(), max_depth).await? {
        let place = namespace.as_ref().map(|path| format!(" in {path}")).unwrap_or_default();
        let mut backups = pbs.backups(store, namespace.as_ref(), selection).await?;
        backups.retain(|backup| backup.verification.as_deref() == Some("failed"));
        backups.sort_by_key(Backup::order);
        damaged.extend(backups.iter().map(|backup| format!("{backup}{place}")));
    }
    Ok(damaged)
}

fn incomplete_group(set: &'static str, missing: &str) -> Diagnostic {
    Diagnostic::error(
        "The backup group is incomplete",
        format!("`{set}` alone does not identify a group. Set `{missing}`, too."),
    )
    .at(set)
}
