//! Requests that start a worker task on existing objects, such as a garbage collection.

use crate::pbs::{
    Client, DatastoreName, JobType, Namespace, Property, Result, Retention, http::Call,
    jobs::JobState, tasks::Upid,
};
use std::collections::BTreeMap;

/// A request that starts a task.
#[derive(Clone, Debug)]
pub struct TaskStart {
    is_put: bool,
    path: Vec<String>,
    parameters: BTreeMap<&'static str, Property>,
    /// The type of the task, and its worker id, which names the object that the task works on. With
    /// the type and the worker id, the client finds the task in the list of tasks. The forms of the
    /// worker ids for mounting and unmounting were read in the source of PBS 4.2.3. All other forms
    /// were recorded (PBS 4.2.3).
    worker: (&'static str, String),
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
    /// Whether the task leaves out snapshots that were verified before.
    pub ignore_verified: bool,
    /// Number of days after which an earlier verification is outdated, so that the task does not
    /// leave out the snapshot. `None` if an earlier verification is never outdated.
    pub outdated_after: Option<i64>,
}

impl TaskStart {
    /// A task that is started by a `POST` request without parameters.
    fn post(
        path: &[&str],
        worker: (&'static str, String),
        privilege: &'static str,
        acl_path: String,
    ) -> Self {
        Self {
            is_put: false,
            path: path.iter().map(|&segment| segment.to_owned()).collect(),
            parameters: BTreeMap::new(),
            worker,
            privilege: (privilege, acl_path),
        }
    }

    /// A task that works on a datastore. Its worker id is the name of the datastore, followed by
    /// `detail`.
    fn on_datastore(
        store: &DatastoreName,
        operation: &str,
        (worker_type, detail): (&'static str, String),
        privilege: &'static str,
    ) -> Self {
        let path = ["admin", "datastore", store.as_str(), operation];
        let worker = (worker_type, format!("{store}{detail}"));
        Self::post(&path, worker, privilege, store.acl_path(None))
    }

    /// Adds the parameter, if there is a value.
    fn with(mut self, name: &'static str, value: Option<Property>) -> Self {
        self.parameters.extend(value.map(|value| (name, value)));
        self
    }

    fn with_text(self, name: &'static str, text: Option<&str>) -> Self {
        self.with(name, text.map(Property::text))
    }

    /// Runs a job now.
    #[must_use]
    pub fn job(job_type: JobType, job: &JobState) -> Self {
        let (worker_type, privilege) = match job_type {
            JobType::Prune => ("prunejob", "Datastore.Modify"),
            JobType::Sync => ("syncjob", "Datastore.Backup"),
            JobType::Verify => ("verificationjob", "Datastore.Verify"),
            JobType::GarbageCollection => ("garbage_collection", "Datastore.Modify"),
        };
        let path = match job_type {
            JobType::GarbageCollection => ["admin", "datastore", &job.id, "gc"],
            _ => ["admin", job_type.segment(), &job.id, "run"],
        };
        let worker = (worker_type, job.worker_id.clone());
        Self::post(&path, worker, privilege, job.store.acl_path(None))
    }

    /// Verifies snapshots.
    #[must_use]
    pub fn verification(store: &DatastoreName, verification: &Verification) -> Self {
        let namespace = verification.namespace.as_ref().map(Namespace::as_str);
        // The worker id contains the directory of the namespace, for example `ns/a/ns/b` for `a/b`.
        let directory: String = namespace
            .iter()
            .flat_map(|path| path.split('/'))
            .map(|name| format!("/ns/{name}"))
            .collect();
        let directory = directory.trim_start_matches('/');
        let (worker, backup_type, backup_id) = match &verification.group {
            None if directory.is_empty() => (("verify", String::new()), None, None),
            None => (("verify", format!(":{directory}")), None, None),
            Some((backup_type, backup_id)) => {
                let worker = ("verify_group", format!(":{directory}/{backup_type}/{backup_id}"));
                (worker, Some(backup_type.as_str()), Some(backup_id.as_str()))
            }
        };
        Self::on_datastore(store, "verify", worker, "Datastore.Verify")
            .with_text("ns", namespace)
            .with("max-depth", verification.max_depth.map(Property::Integer))
            .with_text("backup-type", backup_type)
            .with_text("backup-id", backup_id)
            .with("ignore-verified", Some(Property::Flag(verification.ignore_verified)))
            .with("outdated-after", verification.outdated_after.map(Property::Integer))
    }

    /// Removes the snapshots that a retention does not keep, in a namespace and in the namespaces
    /// below it, down to `max_depth` levels. If `max_depth` is `None`, there is no limit.
    #[must_use]
    pub fn prune(
        store: &DatastoreName,
        namespace: Option<&Namespace>,
        max_depth: Option<i64>,
        retention: Retention,
    ) -> Self {
        let namespace = namespace.map(Namespace::as_str);
        let worker = ("prune", format!(":{}", namespace.unwrap_or_default()));
        let start = Self::on_datastore(store, "prune-datastore", worker, "Datastore.Modify")
            .with_text("ns", namespace)
            .with("max-depth", max_depth.map(Property::Integer));
        let with_rule = |start: Self, (name, keep): (_, Option<_>)| {
            start.with(name, keep.map(Property::Integer))
        };
        retention.rules().into_iter().fold(start, with_rule)
    }

    /// Mounts a removable datastore.
    #[must_use]
    pub fn mount(store: &DatastoreName) -> Self {
        Self::on_datastore(store, "mount", ("mount-device", String::new()), "Datastore.Modify")
    }

    /// Unmounts a removable datastore.
    #[must_use]
    pub fn unmount(store: &DatastoreName) -> Self {
        Self::on_datastore(store, "unmount", ("unmount-device", String::new()), "Datastore.Modify")
    }

    /// Refreshes the local cache of a datastore on S3. PBS reads the content of the datastore from
    /// its bucket again.
    #[must_use]
    pub fn s3_refresh(store: &DatastoreName) -> Self {
        let worker = ("s3-refresh", String::new());
        let start = Self::on_datastore(store, "s3-refresh", worker, "Datastore.Modify");
        Self { is_put: true, ..start }
    }

    /// Moves a group to the namespace `target` of the same datastore. If `merges` is true, and
    /// `target` contains a group with the same type and id, PBS adds the snapshots to this group.
    #[must_use]
    pub fn move_group(
        store: &DatastoreName,
        namespace: Option<&Namespace>,
        (backup_type, backup_id): (&str, &str),
        target: Option<&Namespace>,
        merges: bool,
    ) -> Self {
        let [namespace, target] = [namespace, target].map(|path| path.map(Namespace::as_str));
        let [from, to] = [namespace, target].map(Option::unwrap_or_default);
        let worker = ("move-group", format!(":{from}/{backup_type}/{backup_id}:{to}"));
        Self::on_datastore(store, "move-group", worker, "Datastore.Modify")
            .with_text("ns", namespace)
            .with_text("backup-type", Some(backup_type))
            .with_text("backup-id", Some(backup_id))
            .with_text("target-ns", target)
            .with("merge-group", Some(Property::Flag(merges)))
    }

    /// Moves a namespace with everything in it to the path `target`. If `merges` is true, PBS
    /// merges groups with existing groups of the same type and id.
    #[must_use]
    pub fn move_namespace(
        store: &DatastoreName,
        namespace: &Namespace,
        target: &Namespace,
        merges: bool,
    ) -> Self {
        let worker = ("move-namespace", format!(":{namespace}:{target}"));
        Self::on_datastore(store, "move-namespace", worker, "Datastore.Modify")
            .with_text("ns", Some(namespace.as_str()))
            .with_text("target-ns", Some(target.as_str()))
            .with("merge-groups", Some(Property::Flag(merges)))
    }
}

impl Client {
    /// Starts a task. In two cases, the client does not repeat the request. If the response is
    /// lost, PBS may have started the task, and a second request would start a second task. The
    /// client then looks for the task in the list of tasks. If PBS cannot get a lock in time,
    /// another run of the same job may hold the lock.
    ///
    /// # Errors
    /// - PBS refuses to start the task.
    /// - The response was lost, and the list of tasks shows no new task for the same object, or
    ///   several. PBS may still start the task. For this error,
    ///   [`Error::response_lost`](crate::pbs::Error::response_lost) is true.
    pub async fn start_task(&self, start: &TaskStart) -> Result<Upid> {
        let (worker_type, worker_id) = &start.worker;
        let earlier_tasks = self.own_tasks(worker_type, worker_id).await?;
        let path: Vec<_> = start.path.iter().map(String::as_str).collect();
        let call = if start.is_put { Call::put(path) } else { Call::post(path) };
        let call = call.json(&start.parameters).not_idempotent().starts_task();
        let (privilege, acl_path) = &start.privilege;
        let error = match self.send::<String>(call.needs(privilege, acl_path)).await {
            Ok(upid) => return Ok(upid.parse()?),
            Err(error) if !error.response_lost() => return Err(error),
            Err(error) => error,
        };
        let Ok(tasks) = self.uncancellable().own_tasks(worker_type, worker_id).await else {
            return Err(error);
        };
        let mut candidates = tasks.into_iter().filter(|task| !earlier_tasks.contains(task));
        match (candidates.next(), candidates.next()) {
            (Some(upid), None) => Ok(upid),
            _ => Err(error),
        }
    }
}
