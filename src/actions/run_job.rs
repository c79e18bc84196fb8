//! `pbs_run_job`: starts a job immediately, and waits for the end of the run.

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
             for the end of the run. The action also runs a job that is disabled or has no \
             schedule. The action fails if the run fails. If the action is interrupted, the run \
             continues on the server. The run of a prune job removes snapshots. To see beforehand \
             which snapshots a prune job removes, use the data source `pbs_prune_preview`.\n\n\
             Without this action, for example with OpenTofu, run one of these commands on the \
             server:\n\n\
             - `proxmox-backup-manager prune-job run ID`\n\
             - `proxmox-backup-manager sync-job run ID`\n\
             - `proxmox-backup-manager verify-job run ID`\n\
             - `proxmox-backup-manager garbage-collection start DATASTORE`\n\n\
             Privileges on PBS: `Datastore.Audit` on `/datastore/DATASTORE`, so that the provider \
             can see whether the job is running. The following privileges are needed in \
             addition:\n\n\
             - To run a prune job or a garbage collection: `Datastore.Modify` on \
             `/datastore/DATASTORE`.\n\
             - To run a verify job: `Datastore.Verify` on `/datastore/DATASTORE`.\n\
             - To run a sync job: the privileges that are needed to change the job. The page of \
             `pbs_sync_job` lists these privileges.",
            [
                Attribute::string(
                    "type",
                    "Type of the job: `prune`, `sync`, `verify` or `garbage_collection`.",
                )
                .one_of(&JobType::NAMES)
                .required(),
                Attribute::string(
                    "id",
                    "Id of the job. For a garbage collection, the name of the datastore.",
                )
                .required(),
            ],
        )
    }

    async fn invoke(cx: &Cx<Client>, config: Config, progress: &Progress) -> Result<()> {
        let Config { r#type, id } = config;
        let Some(job_type) = JobType::from_name(&r#type) else {
            // The validation accepts only the types in `JobType::NAMES`.
            return Err(Diagnostic::failure("The type of the job is not known."));
        };
        let Some(job) = cx.client()?.job_state(job_type, &id).await? else {
            return Err(no_such_job(&r#type, &id));
        };
        // If a job is started while it is running, PBS runs the job again after the end of the
        // current run (PBS 4.2.3, recorded).
        if let (true, Some(upid)) = (job.running, &job.last_run) {
            return Err(Diagnostic::error(
                format!("The job {id} is running already"),
                format!(
                    "The current run is the task {upid}. Wait for the end of this task, and invoke \
                     the action again."
                ),
            ));
        }
        task::run(cx, &TaskStart::job(job_type, &job), progress).await
    }
}
