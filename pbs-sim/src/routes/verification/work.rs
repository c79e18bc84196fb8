//! The work of a verification, with the log that PBS writes.

use serde_json::{Map, Value};

use super::{
    super::{
        Call,
        datastore_access::{GroupName, Reach, namespace_directory, relative_directory},
        namespaces::is_within,
        prune::location_text,
    },
    SkipRule, Target,
};
use crate::{
    datastore::{Datastore, Group, Snapshot, time_text},
    tasks::{Progress, Task},
};

/// The exit status of a verification that has found errors.
const FAILURE_STATUS: &str = "verification failed - please check the log for details";

/// A verification that a task carries out.
pub(in super::super) struct Verification {
    /// The group to verify, or the group of the snapshot. For a namespace, only `store` and
    /// `namespace` of the name are set.
    name: GroupName,
    target: Target,
    skip_rule: SkipRule,
    /// The groups that the caller may verify.
    reach: Reach,
    caller: String,
    /// Directory of the datastore, with a slash at its end.
    directory: String,
    /// Number of threads that read, and number of threads that verify.
    threads: [u64; 2],
}

/// The part of a verification that is completed.
struct Completion {
    /// Number of completed groups.
    groups: usize,
    all_groups: usize,
    /// Number of completed snapshots in the current group.
    snapshots: usize,
    /// Number of all snapshots in the current group.
    all_snapshots: usize,
}

impl Completion {
    /// The line of the log that states the completed part.
    fn log_line(&self) -> String {
        let Self { groups, all_groups, snapshots, all_snapshots } = self;
        let in_group = *snapshots as f64 / *all_snapshots as f64;
        let percent = (*groups as f64 + in_group) * 100.0 / *all_groups as f64;
        let counts = match snapshots == all_snapshots {
            _ if *all_groups == 1 => format!("{snapshots}/{all_snapshots} snapshots"),
            true => format!("{}/{all_groups} groups", groups + 1),
            false => format!(
                "{groups}/{all_groups} groups, {snapshots}/{all_snapshots} snapshots in group #{}",
                groups + 1
            ),
        };
        format!("percentage done: {percent:.2}% ({counts})")
    }
}

impl Verification {
    pub(in super::super) fn new(
        call: &Call,
        name: GroupName,
        target: Target,
        skip_rule: SkipRule,
        reach: Reach,
        options: &Map<String, Value>,
    ) -> Self {
        let threads =
            |name: &str, default| options.get(name).and_then(Value::as_u64).unwrap_or(default);
        Self {
            directory: namespace_directory(call, &name.store, ""),
            caller: call.caller.into(),
            threads: [threads("read-threads", 1), threads("verify-threads", 4)],
            name,
            target,
            skip_rule,
            reach,
        }
    }

    /// A verification of a namespace in a datastore.
    pub(in super::super) fn of_namespace(
        call: &Call,
        (store, namespace): (String, String),
        target: Target,
        skip_rule: SkipRule,
        reach: Reach,
        options: &Map<String, Value>,
    ) -> Self {
        let (backup_type, backup_id) = (String::new(), String::new());
        let name = GroupName { store, namespace, backup_type, backup_id };
        Self::new(call, name, target, skip_rule, reach, options)
    }

    /// Verifies the snapshots and stores the results.
    pub(in super::super) fn carry_out(self, progress: &mut Progress) -> Result<u32, String> {
        let Progress { world, log, upid } = progress;
        let Some(store) = world.datastores.get_mut(&self.name.store) else { return Ok(0) };
        let mut failed_names = Vec::new();
        match self.target {
            Target::Snapshot(time) => {
                let snapshot = store
                    .group_mut(&self.name.namespace, &self.name.backup_type, &self.name.backup_id)
                    .and_then(|group| group.snapshot_mut(time));
                let text = self.name.snapshot_text(time);
                match snapshot {
                    Some(snapshot) => {
                        if !self.verify(snapshot, &self.name.namespace, &text, upid, log) {
                            failed_names.push(text);
                        }
                    }
                    None => log.push(format!(
                        "SKIPPED: verify {}:{text} - snapshot does not exist (anymore).",
                        self.name.store
                    )),
                }
            }
            Target::Group => {
                let group = store.group_mut(
                    &self.name.namespace,
                    &self.name.backup_type,
                    &self.name.backup_id,
                );
                match group {
                    Some(group) => failed_names = self.verify_group(group, (0, 1), upid, log),
                    None => log.push(format!(
                        "verify {}, group {} - unable to list backups: ENOENT: No such file or directory",
                        location_text(&self.name.store, &self.name.namespace),
                        self.name.text()
                    )),
                }
            }
            Target::Namespace { max_depth } => {
                failed_names = self.verify_namespace(store, max_depth, upid, log);
            }
        }
        if failed_names.is_empty() {
            return Ok(0);
        }
        log.push("Failed to verify the following snapshots/groups:".into());
        log.extend(failed_names.into_iter().map(|name| format!("\t{name}")));
        Err(FAILURE_STATUS.into())
    }

    /// Verifies the groups in the order of their names. Returns the names of the snapshots with
    /// errors. If the namespace does not exist, returns an error text in place of a name.
    fn verify_namespace(
        &self,
        store: &mut Datastore,
        max_depth: usize,
        upid: &str,
        log: &mut Vec<String>,
    ) -> Vec<String> {
        let top_namespace = &self.name.namespace;
        log.push(format!("verify datastore {}", self.name.store));
        let mut failed_names = Vec::new();
        if !store.has_namespace(top_namespace) {
            let error = "ENOENT: No such file or directory";
            log.push(format!("error on iterating groups in ns '{top_namespace}' - {error}"));
            failed_names.push(error.into());
        }
        let is_included = |group: &&mut Group| {
            is_within(&group.namespace, top_namespace, max_depth)
                && self.reach.includes(&self.caller, &group.owner)
        };
        let mut groups: Vec<&mut Group> = store.groups.iter_mut().filter(is_included).collect();
        groups.sort_by_key(|group| (group.name(), group.namespace.clone()));
        log.push(format!("found {} groups", groups.len()));
        let [readers, verifiers] = self.threads;
        log.push(format!("using {readers} read and {verifiers} verify thread(s)"));
        let count = groups.len();
        for (index, group) in groups.into_iter().enumerate() {
            failed_names.extend(self.verify_group(group, (index, count), upid, log));
        }
        failed_names
    }

    /// Verifies the snapshots of a group, newest first. `index` is the number of groups that were
    /// verified before this group, and `count` is the number of all groups. Returns the names of
    /// the snapshots with errors.
    fn verify_group(
        &self,
        group: &mut Group,
        (index, count): (usize, usize),
        upid: &str,
        log: &mut Vec<String>,
    ) -> Vec<String> {
        let (name, namespace) = (group.name(), group.namespace.clone());
        let all_snapshots = group.snapshots.len();
        log.push(format!("verify group {}:{name} ({all_snapshots} snapshots)", self.name.store));
        let mut snapshots: Vec<&mut Snapshot> = group.snapshots.iter_mut().collect();
        snapshots.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.time));
        let mut failed_names = Vec::new();
        for (position, snapshot) in snapshots.into_iter().enumerate() {
            let text = format!("{name}/{}", time_text(snapshot.time));
            if !self.verify(snapshot, &namespace, &text, upid, log) {
                failed_names.push(format!("{}{text}", relative_directory(&namespace)));
            }
            let snapshots = position + 1;
            let completion =
                Completion { groups: index, all_groups: count, snapshots, all_snapshots };
            log.push(completion.log_line());
        }
        failed_names
    }

    /// Verifies a snapshot. Returns false if the snapshot has errors. Returns true if the snapshot
    /// is skipped.
    fn verify(
        &self,
        snapshot: &mut Snapshot,
        namespace: &str,
        name: &str,
        upid: &str,
        log: &mut Vec<String>,
    ) -> bool {
        let name = format!("{}:{name}", self.name.store);
        let last_task = snapshot.verified_by.as_deref().and_then(Task::from_upid);
        let verified_at = last_task.map_or(self.skip_rule.now, |task| task.start);
        if snapshot.verification.is_some() && self.skip_rule.skips(verified_at) {
            log.push(format!("SKIPPED: verify {name} (recently verified)"));
            return true;
        }
        if snapshot.files.is_empty() {
            let (_, path) = name.split_once(':').unwrap_or_default();
            let directory = format!("{}{}{path}", self.directory, relative_directory(namespace));
            log.push(format!(
                "verify {name} - manifest load error: unable to load blob '\"{directory}/index.json.blob\"' - No such file or directory (os error 2)"
            ));
            return false;
        }
        log.push(format!("verify {name}"));
        let mut errors = u8::from(snapshot.is_corrupt);
        for file in snapshot.files.iter().filter(|file| file.name != "index.json.blob") {
            log.push(format!("  check {}", file.name));
            if !file.name.ends_with("idx") {
                continue;
            }
            log.push(format!(
                "  verified 0.00/0.00 MiB in 0.00 seconds, speed 0.00/0.00 MiB/s ({errors} errors)"
            ));
            if errors > 0 {
                log.push(format!(
                    "verify {name}/{} failed: chunks could not be verified",
                    file.name
                ));
            }
            errors = 0;
        }
        let state = if snapshot.is_corrupt { "failed" } else { "ok" };
        snapshot.verification = Some(state.into());
        snapshot.verified_by = Some(upid.into());
        !snapshot.is_corrupt
    }
}
