//! `/admin/prune`, `/admin/sync`, `/admin/verify` and `/admin/gc`: when jobs ran, and when they run
//! next.

use crate::pbs::{Client, DatastoreName, Result, http::Call, tasks::Upid};
use serde::Deserialize;

/// The type of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobType {
    /// Removes old snapshots.
    Prune,
    /// Copies snapshots.
    Sync,
    /// Checks snapshots.
    Verify,
    /// Removes the data that no snapshot uses any more. Each datastore has one job of this type,
    /// whose id is the name of the datastore.
    GarbageCollection,
}

/// When a job ran last, and when it runs next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobState {
    /// The id of the job.
    pub id: String,
    /// The datastore of the job.
    pub store: DatastoreName,
    /// The worker id of the job's tasks, which names the object that the tasks work on.
    pub worker_id: String,
    /// Whether the job is running.
    pub running: bool,
    /// The task of the last run, or of the current run. `None` if the job has not run yet.
    pub last_run: Option<Upid>,
    /// The end of the last run, in seconds since 1970. `None` while the job is running.
    pub last_run_end: Option<i64>,
    /// How the last run ended: `OK`, `WARNINGS: N`, or an error. `None` while the job is running.
    pub last_run_result: Option<String>,
    /// The next run, in seconds since 1970. `None` if the job has no schedule or is disabled.
    pub next_run: Option<i64>,
}

impl JobType {
    /// The names of all types.
    pub const NAMES: [&str; 4] = ["garbage_collection", "prune", "sync", "verify"];

    /// The type with this name. `None` if no type has this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "garbage_collection" => Some(Self::GarbageCollection),
            "prune" => Some(Self::Prune),
            "sync" => Some(Self::Sync),
            "verify" => Some(Self::Verify),
            _ => None,
        }
    }

    /// The segment for this type in the paths of API calls.
    pub(super) fn segment(self) -> &'static str {
        match self {
            Self::Prune => "prune",
            Self::Sync => "sync",
            Self::Verify => "verify",
            Self::GarbageCollection => "gc",
        }
    }
}

impl Client {
    /// The state of a job. `None` if PBS does not list the job.
    ///
    /// # Errors
    /// A request fails.
    pub async fn job_state(&self, job_type: JobType, id: &str) -> Result<Option<JobState>> {
        let mut call = Call::get(["admin", job_type.segment()]).waits_for_locks();
        if job_type == JobType::Sync {
            // Without this parameter, the list contains only pull jobs (PBS 4.2.3, recorded).
            call = call.query("sync-direction", "all");
        }
        let wires: Vec<Wire> = self.send(call).await?;
        let mut states = wires.into_iter().filter_map(|wire| wire.state(job_type));
        let Some(state) = states.find(|state| state.id == id) else { return Ok(None) };
        if job_type != JobType::GarbageCollection {
            return Ok(Some(state));
        }
        // While a garbage collection is running, PBS shows the task of the previous garbage
        // collection (PBS 4.2.3, recorded).
        Ok(Some(match self.running_task("garbage_collection", id).await? {
            Some(upid) => JobState {
                running: true,
                last_run: Some(upid),
                last_run_end: None,
                last_run_result: None,
                ..state
            },
            None => JobState { running: false, ..state },
        }))
    }
}

/// An entry in the list of jobs, as PBS sends it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Wire {
    id: Option<String>,
    store: String,
    ns: Option<String>,
    remote: Option<String>,
    remote_store: Option<String>,
    last_run_upid: Option<String>,
    last_run_endtime: Option<i64>,
    last_run_state: Option<String>,
    next_run: Option<i64>,
    /// The task of the last garbage collection.
    upid: Option<String>,
}

impl Wire {
    /// The state of the job. `None` if the job has no id, or if the name of its datastore cannot be
    /// parsed.
    fn state(self, job_type: JobType) -> Option<JobState> {
        let upid = self.last_run_upid.as_ref().or(self.upid.as_ref());
        Some(JobState {
            worker_id: self.worker_id(job_type),
            // While a job is running, PBS lists the task of the run, but no end of the run (PBS
            // 4.2.3, recorded).
            running: upid.is_some() && self.last_run_endtime.is_none(),
            last_run: upid.and_then(|upid| upid.parse().ok()),
            last_run_end: self.last_run_endtime,
            last_run_result: self.last_run_state,
            next_run: self.next_run,
            store: self.store.parse().ok()?,
            id: match job_type {
                JobType::GarbageCollection => self.store,
                _ => self.id?,
            },
        })
    }

    /// The worker id that PBS gives to the tasks of this job (PBS 4.2.3, recorded).
    fn worker_id(&self, job_type: JobType) -> String {
        let (store, id) = (&self.store, self.id.as_deref().unwrap_or_default());
        let namespace = self.ns.as_deref().unwrap_or_default();
        match job_type {
            JobType::GarbageCollection => store.clone(),
            JobType::Prune if namespace.is_empty() => store.clone(),
            JobType::Prune => format!("{store}:{namespace}"),
            JobType::Verify => format!("{store}:{id}"),
            JobType::Sync => {
                let remote = self.remote.as_deref().unwrap_or("-");
                let source = self.remote_store.as_deref().unwrap_or_default();
                format!("{remote}:{source}:{store}:{namespace}:{id}")
            }
        }
    }
}
