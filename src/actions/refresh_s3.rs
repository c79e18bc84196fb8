//! `pbs_refresh_s3`: fills the local cache of a datastore on S3 again.

use crate::{
    pbs::{Client, DatastoreName, Property, Record, TaskStart, kinds, notation::PropertyString},
    shared::task,
};
use serde::Deserialize;
use tf_plugin::{Action, Cx, Diagnostic, Progress, Result, Schema};

/// The property of a datastore on S3 that names its bucket.
const BACKEND: &str = "backend";

pub(crate) struct RefreshS3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    datastore: DatastoreName,
}

impl Action<Client> for RefreshS3 {
    const NAME: &'static str = "refresh_s3";
    type Config = Config;

    fn schema() -> Schema {
        Schema::new(
            "Refreshes the local cache of a datastore on S3: PBS reads the content of the \
             datastore from its bucket again. The action waits for the end of the task. The action \
             is useful if the cache is damaged, or if the content of the bucket was restored. If \
             another server uses the same data in the bucket, do not run the action, because two \
             servers must never use the same data. During the task, the datastore cannot be used. \
             If the task fails, the datastore can stay in the maintenance mode `s3-refresh`. To \
             end this mode, run `proxmox-backup-manager datastore update DATASTORE --delete \
             maintenance-mode` on the server. Requires PBS 4.0.11 or later.\n\n\
             Without this action, for example with OpenTofu, use \"Refresh\" in the web interface \
             of the server.\n\n\
             Privileges on PBS: `Datastore.Audit` and `Datastore.Modify` on \
             `/datastore/DATASTORE`.",
            [super::datastore()],
        )
    }

    async fn invoke(cx: &Cx<Client>, config: Config, progress: &Progress) -> Result<()> {
        super::check_version(cx, "4.0.11").await?;
        let pbs = cx.client()?;
        let datastore = pbs.object(&kinds::DATASTORE, config.datastore.as_str()).await?;
        // PBS also accepts the request for a datastore that is not on S3. The task then fails, and
        // leaves the datastore in a maintenance mode (PBS 4.2.3, recorded).
        let is_on_s3 = |datastore: &Record| {
            let backend = datastore.get(BACKEND).and_then(Property::as_text);
            let pairs = backend.and_then(|text| PropertyString::parse(text, Some("type")).ok());
            pairs.is_some_and(|pairs| pairs.iter().any(|pair| pair == ("type", "s3")))
        };
        if !datastore.is_some_and(|datastore| is_on_s3(&datastore)) {
            return Err(Diagnostic::error(
                format!("The datastore {} is not on S3", config.datastore),
                "Only a datastore with the argument `s3` can be refreshed. Check `datastore`.",
            )
            .at("datastore"));
        }
        task::run(cx, &TaskStart::s3_refresh(&config.datastore), progress).await
    }
}
