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
            "Reads the usage and the content of a datastore, and the state of its garbage \
             collection. The data source `pbs_datastore` reads the configuration.\n\n\
             Privileges on PBS: `Datastore.Audit` on `/datastore/NAME` for the provider's user or \
             token.",
            [
                Attribute::string("name", "Name of the datastore.")
                    .required()
                    .parses::<DatastoreName>(),
                number(
                    "total_bytes",
                    "Size of the file system in bytes. Null if the provider's user or token may read \
                     only namespaces of the datastore.",
                ),
                number(
                    "used_bytes",
                    "Used space of the file system in bytes. Null in the same cases as \
                     `total_bytes`.",
                ),
                number(
                    "available_bytes",
                    "Available space of the file system in bytes. Null in the same cases as \
                     `total_bytes`.",
                ),
                text(
                    "estimated_full_date",
                    "RFC 3339 timestamp at which the server expects the datastore to be full. Null if \
                     the server has not measured enough yet, or if the usage does not grow.",
                ),
                number("groups", "Number of backup groups in all namespaces."),
                number("snapshots", "Number of snapshots in all namespaces."),
                number(
                    "gc_pending_bytes",
                    "Size of the unused data that a later garbage collection removes, in bytes.",
                ),
                text(
                    "gc_last_run",
                    "RFC 3339 timestamp at which the last garbage collection ended. Null if there \
                     was none yet, or while one is running.",
                ),
                text(
                    "gc_last_result",
                    "How the last garbage collection ended: `OK`, `WARNINGS: N`, or an error. Null \
                     in the same cases as `gc_last_run`.",
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
        let full = pbs.estimated_full_date(&name).await?;
        let collection = pbs.job_state(JobType::GarbageCollection, name.as_str()).await?;
        let (last_run_end, last_result, next_run) = match collection {
            Some(job) => (job.last_run_end, job.last_run_result, job.next_run),
            None => (None, None, None),
        };
        Ok(State {
            name,
            total_bytes: status.map(|status| status.total),
            used_bytes: status.map(|status| status.used),
            available_bytes: status.map(|status| status.avail),
            estimated_full_date: full.and_then(Moment::from_unix),
            groups: Some(groups),
            snapshots: Some(snapshots),
            gc_pending_bytes: Some(pending_bytes),
            gc_last_run: last_run_end.and_then(Moment::from_unix),
            gc_last_result: last_result,
            gc_next_run: next_run.and_then(Moment::from_unix),
        })
    }
}
