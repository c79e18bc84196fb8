//! `pbs_job_status`: when a job ran last, how this run ended, and when the job runs next.

use crate::{
    pbs::{Client, JobState, JobType, Moment},
    shared::errors::no_such_job,
};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Result, Schema};

pub(crate) struct Status;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    r#type: String,
    id: String,
    running: Option<bool>,
    last_run_end: Option<Moment>,
    last_run_end_unix: Option<i64>,
    last_run_result: Option<String>,
    last_run_upid: Option<String>,
    next_run: Option<Moment>,
}

impl DataSource<Client> for Status {
    const NAME: &'static str = "job_status";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads when a job ran last, how this run ended, and when the job runs next. A `check` \
             block can use the result to warn of a job whose last run failed.\n\n\
             Privileges on PBS: the privileges to read the job, see `pbs_prune_job`, \
             `pbs_sync_job` and `pbs_verify_job`. To read the state of a garbage collection, \
             `Datastore.Audit` on `/datastore/DATASTORE` is necessary.",
            [
                Attribute::string(
                    "type",
                    "Type of the job: `prune`, `sync`, `verify` or `garbage_collection`.",
                )
                .one_of(&JobType::NAMES)
                .required(),
                Attribute::string(
                    "id",
                    "Id of the job. The id of a garbage collection is the name of its datastore.",
                )
                .required(),
                Attribute::boolean("running", "Whether the job is running.").computed(),
                Attribute::string(
                    "last_run_end",
                    "RFC 3339 timestamp of the end of the last run. Null if the job has not run \
                     yet, or while the job is running.",
                )
                .computed(),
                Attribute::number(
                    "last_run_end_unix",
                    "The same time as `last_run_end`, in seconds since 1970.",
                )
                .computed(),
                Attribute::string(
                    "last_run_result",
                    "How the last run ended: `OK`, `WARNINGS: N`, or an error. Null if \
                     `last_run_end` is null.",
                )
                .computed(),
                Attribute::string(
                    "last_run_upid",
                    "Id (UPID) of the task of the last run. While the job is running, id of the \
                     task of the current run. Null if the job has not run yet.",
                )
                .computed(),
                Attribute::string(
                    "next_run",
                    "RFC 3339 timestamp of the next run. Null if the job has no schedule, or if \
                     the job is disabled.",
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        let State { r#type, id, .. } = config;
        let job_type = JobType::from_name(&r#type);
        let state = match job_type {
            Some(job_type) => cx.client()?.job_state(job_type, &id).await?,
            None => None,
        };
        let Some(state) = state else { return Err(no_such_job(&r#type, &id)) };
        let JobState { running, last_run, last_run_end, last_run_result, next_run, .. } = state;
        Ok(State {
            running: Some(running),
            last_run_end: last_run_end.and_then(Moment::from_unix),
            last_run_end_unix: last_run_end,
            last_run_result,
            last_run_upid: last_run.map(|upid| upid.to_string()),
            next_run: next_run.and_then(Moment::from_unix),
            r#type,
            id,
        })
    }
}
