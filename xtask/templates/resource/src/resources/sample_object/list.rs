//! The list resource for `terraform query`.

use super::{Id, SampleObject, State};
use crate::pbs::Client;
use serde::Deserialize;
use tf_plugin::{Cx, Items, List, Result, Schema};

/// The arguments of the list resource: none, because a list of sample objects cannot be filtered.
#[derive(Deserialize)]
pub(crate) struct Filter {}

impl List<Client> for SampleObject {
    type Filter = Filter;

    fn list_schema() -> Schema {
        Schema::new(
            "Lists the sample objects that the provider's credentials are allowed to see.",
            [],
        )
    }

    async fn list(cx: &Cx<Client>, _: Filter, out: &mut Items<'_, Id, State>) -> Result<()> {
        for object in cx.client()?.sample_objects().await? {
            let id = Id { name: object.id.clone() };
            if out.item(&id, Some(&State::from_api(object))).await.is_break() {
                break;
            }
        }
        Ok(())
    }
}
