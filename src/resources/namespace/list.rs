//! The list resource for `terraform query`.

use super::{Id, Namespace, State};
use crate::{
    pbs::{Client, DatastoreName},
    shared::errors::no_such_datastore,
};
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
            "Lists the namespaces of a datastore. The list contains the namespaces that the \
             provider's credentials are allowed to see.\n\n\
             Privileges on PBS: `Datastore.Audit` on `/datastore/DATASTORE` to see all namespaces. \
             If the provider's user or token has privileges on only some namespaces, the list \
             contains only these namespaces.",
            [Attribute::string("datastore", "Name of the datastore.")
                .required()
                .parses::<DatastoreName>()],
        )
    }

    async fn list(cx: &Cx<Client>, filter: Filter, out: &mut Items<'_, Id, State>) -> Result<()> {
        let Filter { datastore } = filter;
        let Some(namespaces) = cx.client()?.namespaces(&datastore).await? else {
            return Err(no_such_datastore(&datastore));
        };
        for path in namespaces.iter() {
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
