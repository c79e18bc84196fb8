//! `pbs_datastore`: one datastore and its usage.

use crate::pbs::{Client, DatastoreName, DatastoreStatus};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Diagnostic, Result, Schema};

pub(crate) struct Datastore;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    name: DatastoreName,
    comment: Option<String>,
    path: Option<String>,
    total_bytes: Option<u64>,
    used_bytes: Option<u64>,
    available_bytes: Option<u64>,
}

impl DataSource<Client> for Datastore {
    const NAME: &'static str = "datastore";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads a datastore and its usage. If the datastore does not exist, the data source \
             fails.\n\n\
             Privileges on PBS: `Datastore.Audit` on `/datastore/NAME` for the provider's user or \
             token.",
            [
                Attribute::string("name", "Name of the datastore.")
                    .required()
                    .parses::<DatastoreName>(),
                Attribute::string("comment", "Comment. Null if there is none.").computed(),
                Attribute::string("path", "Directory of the datastore on the server.").computed(),
                Attribute::number("total_bytes", "Total size in bytes.").computed(),
                Attribute::number("used_bytes", "Used space in bytes.").computed(),
                Attribute::number("available_bytes", "Available space in bytes.").computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let (pbs, name) = (cx.client()?, config.name);
        let Some(datastore) = pbs.datastore(&name).await? else {
            return Err(Diagnostic::failure(format!(
                "There is no datastore {name} on this server. Check `name`."
            ))
            .at("name"));
        };
        let DatastoreStatus { total, used, avail } = pbs.datastore_status(&name).await?;
        Ok(State {
            name,
            comment: datastore.comment,
            path: datastore.path,
            total_bytes: Some(total),
            used_bytes: Some(used),
            available_bytes: Some(avail),
        })
    }
}
