//! `pbs_check_s3`: checks that PBS can use a bucket.

use crate::pbs::{Client, notation::S3EndpointId};
use serde::Deserialize;
use tf_plugin::{Action, Attribute, Cx, Progress, Result, Schema};

pub(crate) struct CheckS3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    endpoint: S3EndpointId,
    bucket: String,
}

impl Action<Client> for CheckS3 {
    const NAME: &'static str = "check_s3";
    type Config = Config;

    fn schema() -> Schema {
        Schema::new(
            "Checks that PBS can read, write and delete objects in a bucket of a \
             `pbs_s3_endpoint`. PBS writes a small object into the bucket, and then deletes the \
             object. Requires PBS 4.0.11 or later.\n\n\
             Without this action, for example with OpenTofu, run `proxmox-backup-manager s3 check \
             ENDPOINT BUCKET` on the server.\n\n\
             Privileges on PBS: `Sys.Modify` on `/` for the provider's user or token.",
            [
                Attribute::string("endpoint", "Id of the S3 endpoint.")
                    .required()
                    .parses::<S3EndpointId>(),
                Attribute::string("bucket", "Name of the bucket.").required(),
            ],
        )
    }

    async fn invoke(cx: &Cx<Client>, config: Config, progress: &Progress) -> Result<()> {
        super::check_version(cx, "4.0.11").await?;
        let Config { endpoint, bucket } = config;
        cx.client()?.check_s3(&endpoint, &bucket).await?;
        progress.say(format!("PBS can read, write and delete objects in the bucket {bucket}"));
        Ok(())
    }
}
