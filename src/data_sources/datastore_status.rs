//! `pbs_datastore_status`: usage and content of a datastore, and its garbage collection.

use crate::{
    pbs::{Client, DatastoreContent, DatastoreName, JobType, Moment},
    shared::completeness::warn_of_hidden_usage,
};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Result, Schema};

pub(crate) struct Status;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    name: DatastoreName,
    total_bytes: Option<u64>,
    used_bytes: Option<u64>,
    available_bytes: Option<u64>,
    estimated_full_date: Option<Moment>,
    groups: Option<u64>,
    snapshots: Option<u64>,
    gc_pending_bytes: Option<u64>,
    gc_last_run: Option<Moment>,
    gc_last_result: Option<String>,
    gc_next_run: Option<Moment>,
}

impl DataSource<Client> for Status {
    const NAME: &'static str = "datastore_status";
    type State = State;

    fn schema() -> Schema {
        let number = |name, doc| Attribute::number(name, doc).computed();
        let text = |name, doc| Attribute::string(name, doc).computed();
        Schema::new(
            "Reads the usage of a datastore, the numbers of its groups and snapshots, and the \
             state of its garbage collection. To read the settings of the datastore, use the data \
             source `pbs_datastore`.\n\n\
             Privileges on PBS: `Datastore.Audit` on `/datastore/NAME` for the provider's user or \
             token.",
            [
                Attribute::string("name", "Name of the datastore.")
                    .required()
                    .parses::<DatastoreName>(),
                number(
                    "total_bytes",
                    "Size of the file system of the datastore, in bytes. Null if the provider's \
                     user or token has privileges on namespaces of the datastore, but not on the \
                     datastore itself.",
                ),
                number(
                    "used_bytes",
                    "Used space of the file system, in bytes. Null if `total_bytes` is null.",
                ),
                number(
                    "available_bytes",
                    "Available space of the file system, in bytes. Null if `total_bytes` is null.",
                ),
                text(
                    "estimated_full_date",
                    "RFC 3339 timestamp at which the server expects the datastore to be full. Null \
                     if the server does not have enough measurements yet, or if the used space \
                     does not grow.",
                ),
                number("groups", "Number of backup groups in all namespaces."),
                number("snapshots", "Number of snapshots in all namespaces."),
                number(
                    "gc_pending_bytes",
                    "Size in bytes of the unused data that later garbage collections remove.",
                ),
                text(
                    "gc_last_run",
                    "RFC 3339 timestamp at which the last garbage collection ended. Null if no \
                     garbage collection has run yet, or while a garbage collection is running.",
                ),
                text(
                    "gc_last_result",
                    "How the last garbage collection ended: `OK`, `WARNINGS: N`, or an error. Null \
                     if `gc_last_run` is null.",
                ),
                text(
                    "gc_next_run",
                    "RFC 3339 timestamp of the next garbage collection. Null if the datastore has \
                     no `gc_schedule`.",
                ),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let (pbs, name) = (cx.client()?, config.name);
        let (status, content) = pbs.datastore_content(&name).await?;
        let DatastoreContent { groups, snapshots, pending_bytes } = content;
        if status.is_none() {
            warn_of_hidden_usage(cx, &name);
        }
        let full_date = pbs.estimated_full_date(&name).await?;
        let gc_state = pbs.job_state(JobType::GarbageCollection, name.as_str()).await?;
        let (last_run_end, last_result, next_run) = match gc_state {
            Some(state) => (state.last_run_end, state.last_run_result, state.next_run),
            None => (None, None, None),
        };
        Ok(State {
            name,
            total_bytes: status.map(|status| status.total),
            used_bytes: status.map(|status| status.used),
            available_bytes: status.map(|status| status.avail),
            estimated_full_date: full_date.and_then(Moment::from_unix),
            groups: Some(groups),
            snapshots: Some(snapshots),
            gc_pending_bytes: Some(pending_bytes),
            gc_last_run: last_run_end.and_then(Moment::from_unix),
            gc_last_result: last_result,
            gc_next_run: next_run.and_then(Moment::from_unix),
        })
    }
}
