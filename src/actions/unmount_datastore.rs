//! `pbs_unmount_datastore`: unmounts a removable datastore.

use crate::{
    pbs::{Client, DatastoreName, TaskStart},
    shared::task,
};
use serde::Deserialize;
use tf_plugin::{Action, Cx, Progress, Result, Schema};

pub(crate) struct UnmountDatastore;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    datastore: DatastoreName,
}

impl Action<Client> for UnmountDatastore {
    const NAME: &'static str = "unmount_datastore";
    type Config = Config;

    fn schema() -> Schema {
        Schema::new(
            "Unmounts a removable datastore, and waits for the end of the task. Before PBS \
             unmounts the datastore, PBS waits until no operation uses the datastore.\n\n\
             Without this action, for example with OpenTofu, run `proxmox-backup-manager datastore \
             unmount DATASTORE` on the server.\n\n\
             Privileges on PBS: `Datastore.Modify` on `/datastore/DATASTORE` and `Sys.Modify` on \
             `/system/disks`.",
            [super::datastore()],
        )
    }

    async fn invoke(cx: &Cx<Client>, config: Config, progress: &Progress) -> Result<()> {
        task::run(cx, &TaskStart::unmount(&config.datastore), progress).await
    }
}
