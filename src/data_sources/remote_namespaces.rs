//! `pbs_remote_namespaces`: the namespaces of a datastore of a remote.

use crate::pbs::{Client, DatastoreName, Namespace, notation::RemoteName};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Result, Schema, Type};

pub(crate) struct RemoteNamespaces;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    remote: RemoteName,
    datastore: DatastoreName,
    paths: Option<Vec<Namespace>>,
}

impl DataSource<Client> for RemoteNamespaces {
    const NAME: &'static str = "remote_namespaces";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads the namespaces of a datastore on a remote server. The result contains the \
             namespaces that the user or token of the `pbs_remote` can see.\n\n\
             Privileges on PBS: `Remote.Audit` on `/remote/REMOTE` for the provider's user or \
             token.",
            [
                Attribute::string("remote", "Name of the `pbs_remote`.")
                    .required()
                    .parses::<RemoteName>(),
                Attribute::string("datastore", "Name of the datastore on the remote server.")
                    .required()
                    .parses::<DatastoreName>(),
                Attribute::plain(
                    Type::list(Type::String),
                    "paths",
                    "Paths of the namespaces, sorted. The root namespace is not included.",
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let State { remote, datastore, .. } = config;
        let namespaces = cx.client()?.remote_namespaces(&remote, &datastore).await?;
        Ok(State { remote, datastore, paths: Some(namespaces.into_iter().collect()) })
    }
}
