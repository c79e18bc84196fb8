//! `pbs_job_status`: when a job ran, how it ended, and when it runs next.

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
            "Reads when a job ran last, how the run ended, and when the job runs next. A `check` \
             block can then warn of a job that fails.\n\n\
             Privileges on PBS: the privileges to read the job, see `pbs_prune_job`, \
             `pbs_sync_job` and `pbs_verify_job`. For a garbage collection, `Datastore.Audit` on \
             `/datastore/DATASTORE`.",
            [
                Attribute::string(
                    "type",
                    "Type of the job: `prune`, `sync`, `verify` or `garbage_collection`.",
                )
                .one_of(&JobType::NAMES)
                .required(),
                Attribute::string(
                    "id",
                    "Id of the job. For a garbage collection, name of the datastore.",
                )
                .required(),
                Attribute::boolean("running", "Whether the job is running.").computed(),
                Attribute::string(
                    "last_run_end",
                    "RFC 3339 timestamp of the end of the last run. Null if the job has not run yet, \
                     or while it is running.",
                )
                .computed(),
                Attribute::number(
                    "last_run_end_unix",
                    "Like `last_run_end`, in seconds since 1970.",
                )
                .computed(),
                Attribute::string(
                    "last_run_result",
                    "How the last run ended: `OK`, `WARNINGS: N`, or an error. Null in the same \
                     cases as `last_run_end`.",
                )
                .computed(),
                Attribute::string(
                    "last_run_upid",
                    "Id of the task of the last run, or of the present run. Null if the job has not \
                     run yet.",
                )
                .computed(),
                Attribute::string(
                    "next_run",
                    "RFC 3339 timestamp of the next run. Null if the job has no schedule, or is \
                     disabled.",
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
