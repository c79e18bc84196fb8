//! `pbs_remote_datastores`: the datastores of a remote.

use crate::pbs::{Client, Datastore as PbsDatastore, DatastoreName, notation::RemoteName};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Nesting, Result, Schema};

pub(crate) struct RemoteDatastores;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    remote: RemoteName,
    datastores: Option<Vec<Datastore>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Datastore {
    name: DatastoreName,
    comment: Option<String>,
}

impl DataSource<Client> for RemoteDatastores {
    const NAME: &'static str = "remote_datastores";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads the datastores that the user or token of a `pbs_remote` can see on the remote \
             server. PBS logs in to the remote server to read the datastores. Therefore, the data \
             source fails if the address, the fingerprint or the secret of the remote is \
             wrong.\n\n\
             Privileges on PBS: `Remote.Audit` on `/remote/REMOTE` for the provider's user or \
             token.",
            [
                Attribute::string("remote", "Name of the `pbs_remote`.")
                    .required()
                    .parses::<RemoteName>(),
                Attribute::nested(
                    Nesting::List,
                    "datastores",
                    "Datastores, sorted by `name`.",
                    [
                        Attribute::string("name", "Name of the datastore.").computed(),
                        Attribute::string("comment", "Comment. Null if the value is not set.")
                            .computed(),
                    ],
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let State { remote, .. } = config;
        let datastores = cx.client()?.remote_datastores(&remote).await?;
        let from_api = |PbsDatastore { name, comment, .. }| Datastore { name, comment };
        Ok(State { remote, datastores: Some(datastores.into_iter().map(from_api).collect()) })
    }
}
