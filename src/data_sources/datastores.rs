//! `pbs_datastores`: the datastores on the server.

use crate::{
    pbs::{Client, Datastore as PbsDatastore, DatastoreName},
    shared::completeness::warn_of_hidden_datastores,
};
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
    maintenance_mode: Option<String>,
    mounted: Option<bool>,
}

impl DataSource<Client> for Datastores {
    const NAME: &'static str = "datastores";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads the datastores that the provider's credentials are allowed to see.\n\n\
             Privileges on PBS: `Datastore.Audit` or `Datastore.Backup` on `/datastore/NAME`. The \
             result contains only the datastores on which the provider's user or token has one of \
             these privileges. If the user or token has neither privilege on any datastore, the \
             result is empty, and the provider shows a warning.",
            [Attribute::nested(
                Nesting::List,
                "datastores",
                "Datastores, sorted by `name`.",
                [
                    Attribute::string("name", "Name of the datastore.").computed(),
                    Attribute::string("comment", "Comment. Null if the value is not set.")
                        .computed(),
                    Attribute::string(
                        "maintenance_mode",
                        "Type of the maintenance mode, for example `read-only` or `offline`. Null \
                         if the datastore is not in maintenance.",
                    )
                    .computed(),
                    Attribute::boolean(
                        "mounted",
                        "Whether the device of a removable datastore is mounted. Null for a \
                         datastore that is not removable.",
                    )
                    .computed(),
                ],
            )
            .computed()],
        )
    }

    async fn read(cx: &Cx<Client>, _: State) -> Result<State> {
        let pbs = cx.client()?;
        let datastores = pbs.datastores().await?;
        if datastores.is_empty() {
            warn_of_hidden_datastores(cx, pbs).await?;
        }
        let from_api = |datastore: PbsDatastore| Datastore {
            name: datastore.name,
            comment: datastore.comment,
            maintenance_mode: datastore.maintenance,
            mounted: datastore.is_mounted,
        };
        Ok(State { datastores: Some(datastores.into_iter().map(from_api).collect()) })
    }
}
