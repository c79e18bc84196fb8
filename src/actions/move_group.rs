//! `pbs_move_group`: moves a backup group to another namespace.

use crate::{
    pbs::{Client, DatastoreName, Namespace, TaskStart},
    shared::task,
};
use serde::Deserialize;
use tf_plugin::{Action, Attribute, Cx, Progress, Result, Schema};

pub(crate) struct MoveGroup;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    datastore: DatastoreName,
    namespace: Option<Namespace>,
    backup_type: String,
    backup_id: String,
    target_namespace: Option<Namespace>,
    merge: Option<bool>,
}

impl Action<Client> for MoveGroup {
    const NAME: &'static str = "move_group";
    type Config = Config;

    fn schema() -> Schema {
        Schema::new(
            "Moves a backup group with all its snapshots to another namespace of its datastore, \
             and waits for the end of the task. The owner and the notes of the group stay the \
             same, and protected snapshots stay protected. The target namespace must exist. \
             Requires PBS 4.1.9 or later.\n\n\
             Without this action, for example with OpenTofu, use \"Move\" in the web interface of \
             the server.\n\n\
             Privileges on PBS: `Datastore.Modify` on `/datastore/DATASTORE/NAMESPACE`, for both \
             the old and the new namespace of the group. For the root namespace, the path is \
             `/datastore/DATASTORE`.",
            [
                super::datastore(),
                super::namespace("Namespace that contains the group. Default: the root namespace."),
                super::backup_type(),
                super::backup_id(),
                Attribute::string(
                    "target_namespace",
                    "Namespace to which the group moves. Default: the root namespace.",
                )
                .parses::<Namespace>()
                .blank_is_none(),
                Attribute::boolean(
                    "merge",
                    "Whether PBS adds the snapshots to an existing group with the same type and id \
                     in the target namespace. Both groups must have the same owner, and their \
                     snapshots must not overlap in time. If PBS cannot add the snapshots, the \
                     group stays in its old namespace, and the action fails. Default: `false`.",
                ),
            ],
        )
    }

    async fn invoke(cx: &Cx<Client>, config: Config, progress: &Progress) -> Result<()> {
        super::check_version(cx, "4.1.9").await?;
        let Config { datastore, namespace, backup_type, backup_id, target_namespace, merge } =
            config;
        let start = TaskStart::move_group(
            &datastore,
            namespace.as_ref(),
            (&backup_type, &backup_id),
            target_namespace.as_ref(),
            merge == Some(true),
        );
        task::run(cx, &start, progress).await
    }
}
