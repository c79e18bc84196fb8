//! `pbs_run_job`: runs a job now.

use crate::{
    pbs::{Client, JobType, TaskStart},
    shared::task,
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
             for its end. A job that is disabled or has no schedule runs, too. The action fails if \
             the run fails. If it is interrupted, the run continues on the server.\n\n\
             Without this action, for example with OpenTofu, run `proxmox-backup-manager prune-job \
             run ID`, `sync-job run ID`, `verify-job run ID` or `garbage-collection start \
             DATASTORE` on the server.\n\n\
             Privileges on PBS: `Datastore.Audit` on `/datastore/DATASTORE`, so that the provider \
             sees whether the job is running. In addition, `Datastore.Modify` there for a prune job \
             or a garbage collection, `Datastore.Verify` for a verify job, and for a sync job the \
             privileges to change it, see `pbs_sync_job`.",
            [
                Attribute::string(
                    "type",
                    "Type of the job: `prune`, `sync`, `verify` or `garbage_collection`.",
                )
                .one_of(&["prune", "sync", "verify", "garbage_collection"])
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
        let found = JobType::ALL.into_iter().find(|(name, _)| *name == r#type);
        // Validation accepts only these types.
        let job_type = found.map_or(JobType::Prune, |(_, job_type)| job_type);
        let states = cx.client()?.job_states(job_type).await?;
        let state = states.into_iter().find(|state| state.id == id);
        // PBS would let a second start wait, and then run the job again (4.2.3, recorded).
        if let Some(upid) = state.filter(|state| state.is_running()).and_then(|it| it.last_run) {
            return Err(Diagnostic::error(
                format!("The job {id} is running already"),
                format!("The task is {upid}. Wait for its end, and start the action again."),
            ));
        }
        task::run(cx, &TaskStart::job(job_type, &id), progress).await
    }
}
