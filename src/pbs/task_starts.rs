//! Requests that start a worker task on existing objects, such as a garbage collection.

use crate::pbs::{
    Client, DatastoreName, JobType, Namespace, Property, Result, Retention,
    http::Call,
    tasks::{TaskEnd, Upid},
};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;

/// What a task does, as the request that starts it.
#[derive(Clone, Debug)]
pub struct TaskStart {
    is_put: bool,
    path: Vec<String>,
    parameters: BTreeMap<&'static str, Property>,
    /// The type of the task, which finds it in the list of tasks.
    worker_type: &'static str,
    /// A part of the id of what the task works on: the name of the datastore or the id of the job.
    /// `None` if the id does not contain it.
    subject: Option<String>,
    /// The privilege that the caller needs, and its ACL path.
    privilege: (&'static str, String),
}

/// Which snapshots of a datastore a task verifies.
#[derive(Clone, Debug, Default)]
pub struct Verification {
    /// The namespace. `None` for the root namespace.
    pub namespace: Option<Namespace>,
    /// Number of levels below the namespace. `None` for all levels.
    pub max_depth: Option<i64>,
    /// The type and the id of a group. `None` for all groups.
    pub group: Option<(String, String)>,
    /// Whether snapshots that were verified before are left out.
    pub ignore_verified: bool,
    /// Number of days after which a snapshot is verified again. `None` for never.
    pub outdated_after: Option<i64>,
}

/// The first delay between two looks at a running task, and the longest.
const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(2);

impl TaskStart {
    fn post(
        path: &[&str],
        worker_type: &'static str,
        privilege: &'static str,
        acl_path: String,
    ) -> Self {
        Self {
            is_put: false,
            path: path.iter().map(|&segment| segment.to_owned()).collect(),
            parameters: BTreeMap::new(),
            worker_type,
            subject: path.get(2).map(|&subject| subject.to_owned()),
            privilege: (privilege, acl_path),
        }
    }

    fn on_datastore(
        store: &DatastoreName,
        operation: &str,
        worker_type: &'static str,
        privilege: &'static str,
    ) -> Self {
        let path = ["admin", "datastore", store.as_str(), operation];
        Self::post(&path, worker_type, privilege, format!("/datastore/{store}"))
    }

    fn with(mut self, name: &'static str, value: Option<Property>) -> Self {
        self.parameters.extend(value.map(|value| (name, value)));
        self
    }

    fn with_text(self, name: &'static str, text: Option<&str>) -> Self {
        self.with(name, text.map(Property::text))
    }

    /// Runs a job. The garbage collection of a datastore has the id of the datastore.
    #[must_use]
    pub fn job(job_type: JobType, id: &str) -> Self {
        let store = "/datastore/DATASTORE".to_owned();
        match job_type {
            JobType::Prune => {
                let path = ["admin", "prune", id, "run"];
                // The task of a prune job has the datastore and the namespace as id (recorded).
                Self { subject: None, ..Self::post(&path, "prunejob", "Datastore.Modify", store) }
            }
            JobType::Sync => {
                Self::post(&["admin", "sync", id, "run"], "syncjob", "Datastore.Backup", store)
            }
            JobType::Verify => {
                let path = ["admin", "verify", id, "run"];
                Self::post(&path, "verificationjob", "Datastore.Verify", store)
            }
            JobType::GarbageCollection => {
                let path = ["admin", "datastore", id, "gc"];
                let acl_path = format!("/datastore/{id}");
                Self::post(&path, "garbage_collection", "Datastore.Modify", acl_path)
            }
        }
    }

    /// Verifies snapshots.
    #[must_use]
    pub fn verification(store: &DatastoreName, what: &Verification) -> Self {
        let (backup_type, backup_id) = what
            .group
            .as_ref()
            .map_or((None, None), |(kind, id)| (Some(kind.as_str()), Some(id.as_str())));
        Self::on_datastore(store, "verify", "verify", "Datastore.Verify")
            .with_text("ns", what.namespace.as_ref().map(Namespace::as_str))
            .with("max-depth", what.max_depth.map(Property::Integer))
            .with_text("backup-type", backup_type)
            .with_text("backup-id", backup_id)
            .with("ignore-verified", Some(Property::Flag(what.ignore_verified)))
            .with("outdated-after", what.outdated_after.map(Property::Integer))
    }

    /// Removes the snapshots of a namespace that a retention does not keep.
    #[must_use]
    pub fn prune(
        store: &DatastoreName,
        namespace: Option<&Namespace>,
        max_depth: Option<i64>,
        retention: Retention,
    ) -> Self {
        let start = Self::on_datastore(store, "prune-datastore", "prune", "Datastore.Modify")
            .with_text("ns", namespace.map(Namespace::as_str))
            .with("max-depth", max_depth.map(Property::Integer));
        let rules = [
            ("keep-last", retention.keep_last),
            ("keep-hourly", retention.keep_hourly),
            ("keep-daily", retention.keep_daily),
            ("keep-weekly", retention.keep_weekly),
            ("keep-monthly", retention.keep_monthly),
            ("keep-yearly", retention.keep_yearly),
        ];
        rules
            .into_iter()
            .fold(start, |start, (name, keep)| start.with(name, keep.map(Property::Integer)))
    }

    /// Mounts a removable datastore.
    #[must_use]
    pub fn mount(store: &DatastoreName) -> Self {
        Self::on_datastore(store, "mount", "mount-device", "Datastore.Modify")
    }

    /// Unmounts a removable datastore.
    #[must_use]
    pub fn unmount(store: &DatastoreName) -> Self {
        Self::on_datastore(store, "unmount", "unmount-device", "Datastore.Modify")
    }

    /// Reads the content of a bucket into the local cache of its datastore again.
    #[must_use]
    pub fn s3_refresh(store: &DatastoreName) -> Self {
        let start = Self::on_datastore(store, "s3-refresh", "s3-refresh", "Datastore.Modify");
        Self { is_put: true, ..start }
    }

    /// Moves a group to another namespace of its datastore.
    #[must_use]
    pub fn move_group(
        store: &DatastoreName,
        namespace: Option<&Namespace>,
        (backup_type, backup_id): (&str, &str),
        target: Option<&Namespace>,
        merges: bool,
    ) -> Self {
        Self::on_datastore(store, "move-group", "move-group", "Datastore.Modify")
            .with_text("ns", namespace.map(Namespace::as_str))
            .with_text("backup-type", Some(backup_type))
            .with_text("backup-id", Some(backup_id))
            .with_text("target-ns", target.map(Namespace::as_str))
            .with("merge-group", Some(Property::Flag(merges)))
    }

    /// Moves a namespace with everything in it.
    #[must_use]
    pub fn move_namespace(
        store: &DatastoreName,
        namespace: &Namespace,
        target: &Namespace,
        merges: bool,
    ) -> Self {
        Self::on_datastore(store, "move-namespace", "move-namespace", "Datastore.Modify")
            .with_text("ns", Some(namespace.as_str()))
            .with_text("target-ns", Some(target.as_str()))
            .with("merge-groups", Some(Property::Flag(merges)))
    }
}

impl Client {
    /// Starts a task. A start whose response was lost is not repeated, because PBS may have carried
    /// it out, and would run the task twice. The task is then looked for in the list of tasks. A
    /// start that waits in vain for a lock is not repeated either, because PBS can hold the lock
    /// for another run of the same job.
    ///
    /// # Errors
    /// PBS refuses to start the task. Or the response was lost, and the list of tasks does not show
    /// exactly one new task of this type: the task may still start, see
    /// [`Error::response_lost`](crate::pbs::Error::response_lost).
    pub async fn start_task(&self, start: &TaskStart) -> Result<Upid> {
        let before = self.own_tasks_of_type(start.worker_type).await?;
        let path: Vec<_> = start.path.iter().map(String::as_str).collect();
        let call = if start.is_put { Call::put(path) } else { Call::post(path) };
        let call = call.json(&start.parameters).not_idempotent().starts_task();
        let (privilege, acl_path) = &start.privilege;
        let error = match self.send::<String>(call.needs(privilege, acl_path)).await {
            Ok(upid) => return Ok(upid.parse()?),
            Err(error) if !error.response_lost() => return Err(error),
            Err(error) => error,
        };
        let Ok(tasks) = self.uncancellable().own_tasks_of_type(start.worker_type).await else {
            return Err(error);
        };
        let is_of_start = |task: &Upid| {
            !before.contains(task)
                && start
                    .subject
                    .as_ref()
                    .is_none_or(|subject| task.worker_id().split(':').any(|part| part == subject))
        };
        let mut candidates = tasks.into_iter().filter(is_of_start);
        match (candidates.next(), candidates.next()) {
            (Some(upid), None) => Ok(upid),
            _ => Err(error),
        }
    }

    /// Waits until the task has ended, and passes the latest line of its log to `say` whenever
    /// there is a new one.
    ///
    /// # Errors
    /// A request fails, or [`Error::Stopped`]: the run was asked to stop. The task itself continues
    /// on the server in both cases.
    pub async fn follow_task(&self, upid: &Upid, mut say: impl FnMut(String)) -> Result<TaskEnd> {
        let name = format!("waiting for the task {upid}");
        let (mut delay, mut shown) = (FIRST_DELAY, String::new());
        loop {
            let end = self.task_status(upid).await?;
            // The log only informs, so an error does not end the wait.
            let log = self.task_log(upid, 1).await.unwrap_or_default();
            if let Some(line) = log.into_iter().next().filter(|line| *line != shown) {
                shown.clone_from(&line);
                say(line);
            }
            if let Some(end) = end {
                return Ok(end);
            }
            self.pause_until(Instant::now() + delay, &name).await?;
            delay = (delay * 2).min(LONGEST_DELAY);
        }
    }
}
