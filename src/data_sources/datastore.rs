//! `pbs_datastore`: one datastore and how full it is.

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
            "A datastore and how full it is. To see it takes `Datastore.Audit` on it; that it is not there is an \
             error.",
            [
                Attribute::string("name", "What it is called.")
                    .required()
                    .parses::<DatastoreName>(),
                Attribute::string("comment", "The remark.").computed(),
                Attribute::string("path", "Where it lies on the server.").computed(),
                Attribute::number("total_bytes", "Its size in bytes.").computed(),
                Attribute::number("used_bytes", "What is used, in bytes.").computed(),
                Attribute::number("available_bytes", "What can still be written, in bytes.")
                    .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let (pbs, name) = (cx.client()?, config.name);
        let Some(store) = pbs.datastore(&name).await? else {
            return Err(Diagnostic::failure(format!(
                "There is no datastore {name} on this server."
            ))
            .at("name"));
        };
        let DatastoreStatus { total, used, avail } = pbs.datastore_status(&name).await?;
        Ok(State {
            name,
            comment: store.comment,
            path: store.path,
            total_bytes: Some(total),
            used_bytes: Some(used),
            available_bytes: Some(avail),
        })
    }
}
