//! `pbs_protect_snapshot`: protects a snapshot, or ends its protection.

use crate::pbs::{Client, DatastoreName, Moment, Namespace};
use serde::Deserialize;
use tf_plugin::{Action, Attribute, Cx, Progress, Result, Schema};

pub(crate) struct ProtectSnapshot;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    datastore: DatastoreName,
    namespace: Option<Namespace>,
    backup_type: String,
    backup_id: String,
    time: Moment,
    protected: Option<bool>,
}

impl Action<Client> for ProtectSnapshot {
    const NAME: &'static str = "protect_snapshot";
    type Config = Config;

    fn schema() -> Schema {
        Schema::new(
            "Protects a snapshot, or ends its protection. PBS neither prunes nor deletes a \
             protected snapshot.\n\n\
             Without this action, for example with OpenTofu, run `proxmox-backup-client snapshot \
             protected update SNAPSHOT true --ns NAMESPACE`.\n\n\
             Privileges on PBS: `Datastore.Modify` on `/datastore/DATASTORE` or on the path of the \
             namespace.",
            [
                super::datastore(),
                super::namespace(
                    "Namespace that contains the backup group. Default: the root namespace.",
                ),
                super::backup_type(),
                super::backup_id(),
                Attribute::string("time", "Time of the snapshot, as an RFC 3339 timestamp.")
                    .required()
                    .parses::<Moment>(),
                Attribute::boolean(
                    "protected",
                    "Whether the action protects the snapshot. With `false`, the action ends the \
                     protection. Default: `true`.",
                ),
            ],
        )
    }

    async fn invoke(cx: &Cx<Client>, config: Config, progress: &Progress) -> Result<()> {
        let Config { datastore, namespace, backup_type, backup_id, time, protected } = config;
        let protected = protected.unwrap_or(true);
        let snapshot = (backup_type.as_str(), backup_id.as_str(), time.unix());
        let pbs = cx.client()?;
        pbs.protect_backup(&datastore, namespace.as_ref(), snapshot, protected).await?;
        let state = if protected { "protected" } else { "not protected" };
        progress.say(format!("The snapshot {backup_type}/{backup_id} of {time} is {state}"));
        Ok(())
    }
}
