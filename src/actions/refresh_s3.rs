//! `pbs_refresh_s3`: reads the content of a bucket again.

use crate::{
    pbs::{Client, DatastoreName, TaskStart, kinds},
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
            "Reads the content of the bucket of a datastore on S3 into its local cache again, and waits \
             for the end. This is useful if another server has written to the bucket. Meanwhile, the \
             datastore cannot be used. Requires PBS 4.0.11 or later.\n\n\
             Without this action, for example with OpenTofu, use \"Refresh\" in the web interface of \
             the server.\n\n\
             Privileges on PBS: `Datastore.Audit` and `Datastore.Modify` on \
             `/datastore/DATASTORE`.",
            [super::datastore()],
        )
    }

    async fn invoke(cx: &Cx<Client>, config: Config, progress: &Progress) -> Result<()> {
        let pbs = cx.client()?;
        let found = pbs.object(&kinds::DATASTORE, config.datastore.as_str()).await?;
        // On another datastore, PBS accepts the request, and leaves the datastore in a maintenance
        // mode when the task fails (4.2.3, recorded).
        if found.is_none_or(|datastore| datastore.get(BACKEND).is_none()) {
            return Err(Diagnostic::error(
                format!("The datastore {} is not on S3", config.datastore),
                "Only a datastore with the argument `s3` can be refreshed. Check `datastore`.",
            )
            .at("datastore"));
        }
        task::run(cx, &TaskStart::s3_refresh(&config.datastore), progress).await
    }
}
