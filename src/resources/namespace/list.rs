//! The list resource for `terraform query`.

use super::{Id, Namespace, State, messages};
use crate::pbs::{Client, DatastoreName};
use serde::Deserialize;
use tf_plugin::{Attribute, Cx, Items, List, Result, Schema};

/// The arguments of the `list` block.
#[derive(Deserialize)]
pub(crate) struct Filter {
    datastore: DatastoreName,
}

impl List<Client> for Namespace {
    type Filter = Filter;

    fn list_schema() -> Schema {
        Schema::new(
            "Lists the namespaces of a datastore that the provider's credentials are allowed to \
             see.\n\n\
             Privileges on PBS: `Datastore.Audit` on `/datastore/DATASTORE` to see all namespaces. \
             With privileges on some namespaces only, the list contains only these.",
            [Attribute::string("datastore", "Name of the datastore.")
                .required()
                .parses::<DatastoreName>()],
        )
    }

    async fn list(cx: &Cx<Client>, filter: Filter, out: &mut Items<'_, Id, State>) -> Result<()> {
        let Filter { datastore } = filter;
        let Some(known) = cx.client()?.namespaces(&datastore).await? else {
            return Err(messages::no_datastore(&datastore));
        };
        for path in known.iter() {
            let id = Id { datastore: datastore.clone(), path: path.clone() };
            let Id { datastore, path } = id.clone();
            let state = State { datastore, path, delete_groups: false };
            if out.item(&id, Some(&state)).await.is_break() {
                break;
            }
        }
        Ok(())
    }
}
