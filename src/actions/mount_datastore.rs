//! `pbs_mount_datastore`: mounts a removable datastore.

use crate::{
    pbs::{Client, DatastoreName, TaskStart},
    shared::task,
};
use serde::Deserialize;
use tf_plugin::{Action, Cx, Progress, Result, Schema};

pub(crate) struct MountDatastore;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    datastore: DatastoreName,
}

impl Action<Client> for MountDatastore {
    const NAME: &'static str = "mount_datastore";
    type Config = Config;

    fn schema() -> Schema {
        Schema::new(
            "Mounts a removable datastore, and waits for the end of the task. When the datastore \
             is mounted, PBS starts the sync jobs of the datastore that have `run_on_mount = \
             true`.\n\n\
             Without this action, for example with OpenTofu, run `proxmox-backup-manager datastore \
             mount DATASTORE` on the server.\n\n\
             Privileges on PBS: `Datastore.Modify` on `/datastore/DATASTORE` and `Sys.Modify` on \
             `/system/disks`.",
            [super::datastore()],
        )
    }

    async fn invoke(cx: &Cx<Client>, config: Config, progress: &Progress) -> Result<()> {
        task::run(cx, &TaskStart::mount(&config.datastore), progress).await
    }
}
