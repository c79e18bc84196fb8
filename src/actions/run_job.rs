//! `pbs_run_job`: runs a job now.

use crate::{
    pbs::{Client, JobType, TaskStart},
    shared::{errors::no_such_job, task},
};
use serde::Deserialize;
use tf_plugin::{Action, Attribute, Cx, Diagnostic, Progress, Result, Schema};

pub(crate) struct RunJob;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    r#type: String,
    id: String,
}

impl Action<Client> for RunJob {
    const NAME: &'static str = "run_job";
    type Config = Config;

    fn schema() -> Schema {
        Schema::new(
            "Runs a prune, sync or verify job, or the garbage collection of a datastore, and waits \
             for the end of the run. A job that is disabled or has no schedule runs, too. The \
             action fails if the run fails. If the action is interrupted, the run continues on the \
             server. A prune job removes snapshots at once. The data source `pbs_prune_preview` \
             shows which snapshots a retention removes.\n\n\
             Without this action, for example with OpenTofu, run `proxmox-backup-manager prune-job \
             run ID`, `sync-job run ID`, `verify-job run ID` or `garbage-collection start \
             DATASTORE` on the server.\n\n\
             Privileges on PBS: `Datastore.Audit` on `/datastore/DATASTORE`, so that the provider \
             sees whether the job is running. In addition, a prune job or a garbage collection \
             needs `Datastore.Modify` on this path, a verify job needs `Datastore.Verify` on this \
             path, and a sync job needs the privileges to change it, see `pbs_sync_job`.",
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
            ],
        )
    }

    async fn invoke(cx: &Cx<Client>, config: Config, progress: &Progress) -> Result<()> {
        let Config { r#type, id } = config;
        let Some(job_type) = JobType::from_name(&r#type) else {
            // Validation accepts only these types.
            return Err(Diagnostic::failure("The type of the job is not known."));
        };
        let Some(job) = cx.client()?.job_state(job_type, &id).await? else {
            return Err(no_such_job(&r#type, &id));
        };
        // PBS would let a second start wait, and then run the job again (PBS 4.2.3, recorded).
        if let (true, Some(upid)) = (job.running, &job.last_run) {
            return Err(Diagnostic::error(
                format!("The job {id} is running already"),
                format!("The task is {upid}. Wait for its end, and start the action again."),
            ));
        }
        task::run(cx, &TaskStart::job(job_type, &job), progress).await
    }
}
