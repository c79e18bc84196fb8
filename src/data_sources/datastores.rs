//! `pbs_datastores`: all datastores.

use crate::pbs::{Client, Datastore as Api, DatastoreName};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Nesting, Result, Schema};

pub(crate) struct Datastores;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    datastores: Option<Vec<Datastore>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Datastore {
    name: DatastoreName,
    comment: Option<String>,
}

impl DataSource<Client> for Datastores {
    const NAME: &'static str = "datastores";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "The datastores that the provider's own user or token may see.",
            [Attribute::nested(
                Nesting::List,
                "datastores",
                "The datastores, sorted by name.",
                [
                    Attribute::string("name", "What it is called.").computed(),
                    Attribute::string("comment", "The remark.").computed(),
                ],
            )
            .computed()],
        )
    }

    async fn read(cx: &Cx<Client>, _: State) -> Result<State> {
        let stores = cx.client()?.datastores().await?;
        let each = |Api { name, comment, path: _ }: Api| Datastore { name, comment };
        Ok(State { datastores: Some(stores.into_iter().map(each).collect()) })
    }
}
