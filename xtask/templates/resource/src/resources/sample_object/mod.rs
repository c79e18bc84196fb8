//! `pbs_sample_object`: a sample object.

mod list;
mod messages;

use crate::pbs::{self, Client, Comment, SampleObject as Api, SampleObjectChange, SampleObjectId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tf_plugin::{Attribute, Companions, Cx, Resource, Result, Schema};

pub(crate) struct SampleObject;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    name: SampleObjectId,
    comment: Option<String>,
    limit: Option<i64>,
    id: Option<SampleObjectId>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Id {
    name: SampleObjectId,
}

impl Resource<Client> for SampleObject {
    const NAME: &'static str = "sample_object";
    type Id = Id;
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Manages a sample object.\n\n\
             Privileges on PBS: `Sys.Audit` on `/system` to read sample objects, and `Sys.Modify` \
             on `/system` to create, change and delete sample objects. The provider's user or \
             token needs both privileges.",
            [
                Attribute::string(
                    "name",
                    "Id of the sample object, 3 to 32 letters, digits, `_`, `.` and `-`.",
                )
                .required()
                .replaces()
                .identity()
                .parses::<SampleObjectId>(),
                Attribute::string(
                    "comment",
                    "Comment, a single line of at most 128 characters. Default: none.",
                )
                .parses::<Comment>()
                .blank_is_none(),
                Attribute::number("limit", "Limit: a whole number, at least 1. Default: none.")
                    .integer(1..=i64::MAX),
                Attribute::string(
                    "id",
                    "Same value as `name`, but known only after the sample object is created. In \
                     other resources, refer to `id`, so that Terraform creates the sample object \
                     first.",
                )
                .computed()
                .stable(),
            ],
        )
        .version(1)
    }

    async fn create(cx: &Cx<Client>, plan: State) -> Result<State> {
        let (pbs, object) = (cx.client()?, plan.to_api());
        if pbs.sample_object(&object.id).await?.is_some() {
            return Err(messages::already_exists(&object.id));
        }
        if let Err(error) = pbs.create_sample_object(&object).await {
            if error.already_exists() {
                return Err(messages::already_exists(&object.id));
            }
            if !error.response_lost() {
                return Err(error.into());
            }
            // The object did not exist before this call. If it exists now, the server has carried
            // out the request.
            let lookup = pbs.uncancellable().sample_object(&object.id).await;
            if !lookup.as_ref().is_ok_and(Option::is_some) {
                let diagnostic = messages::maybe_created(&object.id, &error, lookup.err());
                cx.checkpoint_tainted(&State { id: Some(object.id), ..plan })?;
                return Err(diagnostic);
            }
        }
        Ok(State { id: Some(object.id), ..plan })
    }

    async fn read(cx: &Cx<Client>, id: &Id, _: Option<State>) -> Result<Option<State>> {
        Ok(cx.client()?.sample_object(&id.name).await?.map(State::from_api))
    }

    async fn update(cx: &Cx<Client>, prior: State, plan: State) -> Result<State> {
        let (before, after) = (prior.to_api(), plan.to_api());
        let change = change(&before, &after);
        if change != SampleObjectChange::default() {
            cx.client()?.update_sample_object(&after.id, &change).await?;
        }
        Ok(State { id: Some(after.id), ..plan })
    }

    async fn delete(cx: &Cx<Client>, id: &Id) -> Result<()> {
        Ok(cx.client()?.delete_sample_object(&id.name).await?)
    }

    fn companions(companions: Companions<'_, Client, Self>) {
        companions.list();
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

impl FromStr for Id {
    type Err = pbs::Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self { name: text.parse()? })
    }
}

impl State {
    fn from_api(object: Api) -> Self {
        let Api { id, comment, limit } = object;
        Self { name: id.clone(), comment, limit, id: Some(id) }
    }

    fn to_api(&self) -> Api {
        let comment = self.comment.clone().filter(|comment| !comment.is_empty());
        Api { id: self.name.clone(), comment, limit: self.limit }
    }
}

/// The difference between two sample objects: the content of an update request.
fn change(before: &Api, after: &Api) -> SampleObjectChange {
    SampleObjectChange {
        comment: (before.comment != after.comment).then(|| after.comment.clone()),
        limit: (before.limit != after.limit).then_some(after.limit),
    }
}
