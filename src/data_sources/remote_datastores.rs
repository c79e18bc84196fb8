//! `pbs_remote_datastores`: the datastores of a remote.

use crate::pbs::{Client, Datastore as Api, DatastoreName, notation::RemoteName};
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
            "Reads the datastores that the user or token of a `pbs_remote` can see on the other \
             server. For this, PBS logs in to the other server. The data source therefore also \
             checks the address, the fingerprint and the secret of the remote.\n\n\
             Privileges on PBS: `Remote.Audit` on `/remote/REMOTE` for the provider's user or token.",
            [
                Attribute::string("remote", "Name of the remote.")
                    .required()
                    .parses::<RemoteName>(),
                Attribute::nested(
                    Nesting::List,
                    "datastores",
                    "Datastores, sorted by `name`.",
                    [
                        Attribute::string("name", "Name of the datastore.").computed(),
                        Attribute::string("comment", "Comment. Null if there is none.").computed(),
                    ],
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let State { remote, .. } = config;
        let found = cx.client()?.remote_datastores(&remote).await?;
        let from_api = |Api { name, comment, .. }: Api| Datastore { name, comment };
        Ok(State { remote, datastores: Some(found.into_iter().map(from_api).collect()) })
    }
}
