//! `pbs_move_namespace`: moves a namespace with everything in it.

use crate::{
    pbs::{Client, DatastoreName, Namespace, TaskStart},
    shared::task,
};
use serde::Deserialize;
use tf_plugin::{Action, Attribute, Cx, Progress, Result, Schema};

pub(crate) struct MoveNamespace;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    datastore: DatastoreName,
    namespace: Namespace,
    target_namespace: Namespace,
    merge: Option<bool>,
}

impl Action<Client> for MoveNamespace {
    const NAME: &'static str = "move_namespace";
    type Config = Config;

    fn schema() -> Schema {
        Schema::new(
            "Moves a namespace to another path in its datastore, and waits for the end of the \
             task. PBS also moves the backup groups in the namespace, and all namespaces below it. \
             The parent namespace of the new path must exist. If a `pbs_namespace` manages the \
             namespace, the state of this resource still contains the old path after the move. In \
             this case, remove the resource from the state with `terraform state rm`, and import \
             the new path. Requires PBS 4.1.9 or later.\n\n\
             Without this action, for example with OpenTofu, use \"Move\" in the web interface of \
             the server.\n\n\
             Privileges on PBS: `Datastore.Modify` on two paths: the path of the parent namespace \
             of `namespace`, and the path of the parent namespace of `target_namespace`. If the \
             parent is the root namespace, its path is `/datastore/DATASTORE`.",
            [
                super::datastore(),
                Attribute::string("namespace", "Namespace to move.")
                    .required()
                    .parses::<Namespace>(),
                Attribute::string("target_namespace", "New path of the namespace.")
                    .required()
                    .parses::<Namespace>(),
                Attribute::boolean(
                    "merge",
                    "Whether PBS merges groups with existing groups of the same type and id in the \
                     target namespace. Two merged groups must have the same owner, and their \
                     snapshots must not overlap in time. If PBS cannot merge some groups, these \
                     groups stay in the old namespace, PBS moves the other groups, and the action \
                     fails. Default: `false`.",
                ),
            ],
        )
    }

    async fn invoke(cx: &Cx<Client>, config: Config, progress: &Progress) -> Result<()> {
        super::check_version(cx, "4.1.9").await?;
        let Config { datastore, namespace, target_namespace, merge } = config;
        let merges = merge == Some(true);
        let start = TaskStart::move_namespace(&datastore, &namespace, &target_namespace, merges);
        task::run(cx, &start, progress).await
    }
}
