//! `pbs_s3_buckets`: the buckets of an S3 endpoint.

use crate::pbs::{Client, notation::S3EndpointId};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Result, Schema, Type};

pub(crate) struct S3Buckets;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    endpoint: S3EndpointId,
    names: Option<Vec<String>>,
}

impl DataSource<Client> for S3Buckets {
    const NAME: &'static str = "s3_buckets";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads the names of the buckets of a `pbs_s3_endpoint`. PBS logs in to the S3 service \
             to read the names. Therefore, the data source fails if the keys of the endpoint are \
             wrong. If the address of the endpoint is wrong, the data source can fail or return an \
             empty list. The data source also fails if the access key has no permission to list \
             buckets. Backups with such a key can work nevertheless. Requires PBS 4.0.11 or \
             later.\n\n\
             Privileges on PBS: `Sys.Audit` on `/` for the provider's user or token.",
            [
                Attribute::string("endpoint", "Id of the `pbs_s3_endpoint`.")
                    .required()
                    .parses::<S3EndpointId>(),
                Attribute::plain(
                    Type::list(Type::String),
                    "names",
                    "Names of the buckets, sorted.",
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let names = cx.client()?.s3_buckets(&config.endpoint).await?;
        Ok(State { endpoint: config.endpoint, names: Some(names) })
    }
}
