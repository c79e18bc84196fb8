//! `pbs_namespaces`: the namespaces of a datastore.

use crate::{
    pbs::{Client, DatastoreName, Namespace},
    shared::errors::no_such_datastore,
};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Result, Schema, Type};

pub(crate) struct Namespaces;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    datastore: DatastoreName,
    paths: Option<Vec<Namespace>>,
}

impl DataSource<Client> for Namespaces {
    const NAME: &'static str = "namespaces";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads the namespaces of a datastore. The result contains the namespaces that the \
             provider's credentials are allowed to see.\n\n\
             Privileges on PBS: `Datastore.Audit` on `/datastore/DATASTORE` to see all namespaces. \
             If the provider's user or token has privileges on only some namespaces, the result \
             contains only these namespaces.",
            [
                Attribute::string("datastore", "Name of the datastore.")
                    .required()
                    .parses::<DatastoreName>(),
                Attribute::plain(
                    Type::list(Type::String),
                    "paths",
                    "Paths of the namespaces, sorted, for example `prod` and `prod/web`. The root \
                     namespace is not included.",
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let State { datastore, .. } = config;
        let Some(namespaces) = cx.client()?.namespaces(&datastore).await? else {
            return Err(no_such_datastore(&datastore));
        };
        Ok(State { datastore, paths: Some(namespaces.iter().cloned().collect()) })
    }
}
