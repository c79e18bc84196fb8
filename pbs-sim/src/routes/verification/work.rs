//! The work of a verification, with the log that PBS writes.

use serde_json::{Map, Value};

use super::{
    super::{
        Call,
        datastore_access::{GroupName, Reach, levels_directory, namespace_directory},
        namespaces::is_within,
        prune::place,
    },
    Skipping, Target,
};
use crate::{
    datastore::{Datastore, Group, Snapshot, time_text},
    tasks::{Progress, Task},
};

const FAILED: &str = "verification failed - please check the log for details";

/// A verification to carry out.
pub(in super::super) struct Verification {
    name: GroupName,
    target: Target,
    skipping: Skipping,
    reach: Reach,
    caller: String,
    /// Directory of the datastore, with a slash at its end.
    directory: String,
    /// Numbers of threads that read and verify.
    threads: [u64; 2],
}

/// How much of a verification is done.
struct Done {
    groups: usize,
    all_groups: usize,
    snapshots: usize,
    all_snapshots: usize,
}

impl Done {
    /// The line of the log.
    fn line(&self) -> String {
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
        skipping: Skipping,
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
            skipping,
            reach,
        }
    }

    /// A verification of a namespace in a datastore.
    pub(in super::super) fn of_namespace(
        call: &Call,
        (store, namespace): (String, String),
        target: Target,
        skipping: Skipping,
        reach: Reach,
        options: &Map<String, Value>,
    ) -> Self {
        let (backup_type, backup_id) = (String::new(), String::new());
        let name = GroupName { store, namespace, backup_type, backup_id };
        Self::new(call, name, target, skipping, reach, options)
    }

    /// Verifies the snapshots and stores the results.
    pub(in super::super) fn carry_out(self, progress: &mut Progress) -> Result<u32, String> {
        let Progress { world, log, upid } = progress;
        let Some(store) = world.datastores.get_mut(&self.name.store) else { return Ok(0) };
        let mut failed = Vec::new();
        match self.target {
            Target::Snapshot(time) => {
                let snapshot = store
                    .group_mut(&self.name.namespace, &self.name.backup_type, &self.name.backup_id)
                    .and_then(|group| group.snapshot_mut(time));
                let text = self.name.snapshot_text(time);
                match snapshot {
                    Some(snapshot) => {
                        if !self.verify(snapshot, &self.name.namespace, &text, upid, log) {
                            failed.push(text);
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
                    Some(group) => failed = self.verify_group(group, (0, 1), upid, log),
                    None => log.push(format!(
                        "verify {}, group {} - unable to list backups: ENOENT: No such file or directory",
                        place(&self.name.store, &self.name.namespace),
                        self.name.text()
                    )),
                }
            }
            Target::Namespace { max_depth } => {
                failed = self.verify_namespace(store, max_depth, upid, log);
            }
        }
        if failed.is_empty() {
            return Ok(0);
        }
        log.push("Failed to verify the following snapshots/groups:".into());
        log.extend(failed.into_iter().map(|name| format!("\t{name}")));
        Err(FAILED.into())
    }

    /// Verifies the groups in the order of their names. Returns the names of the snapshots that
    /// have failed. If the namespace does not exist, returns an error text in place of a name.
    fn verify_namespace(
        &self,
        store: &mut Datastore,
        max_depth: usize,
        upid: &str,
        log: &mut Vec<String>,
    ) -> Vec<String> {
        let top = &self.name.namespace;
        log.push(format!("verify datastore {}", self.name.store));
        let mut failed = Vec::new();
        if !store.has_namespace(top) {
            let error = "ENOENT: No such file or directory";
            log.push(format!("error on iterating groups in ns '{top}' - {error}"));
            failed.push(error.into());
        }
        let is_included = |group: &&mut Group| {
            is_within(&group.namespace, top, max_depth)
                && self.reach.includes(&self.caller, &group.owner)
        };
        let mut groups: Vec<&mut Group> = store.groups.iter_mut().filter(is_included).collect();
        groups.sort_by_key(|group| (group.name(), group.namespace.clone()));
        log.push(format!("found {} groups", groups.len()));
        let [readers, verifiers] = self.threads;
        log.push(format!("using {readers} read and {verifiers} verify thread(s)"));
        let count = groups.len();
        for (index, group) in groups.into_iter().enumerate() {
            failed.extend(self.verify_group(group, (index, count), upid, log));
        }
        failed
    }

    /// Verifies the snapshots of a group, newest first. `index` is the number of the groups before
    /// this one, and `count` is the number of all groups. Returns the names of the snapshots that
    /// have failed.
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
        let mut failed = Vec::new();
        for (done, snapshot) in snapshots.into_iter().enumerate() {
            let text = format!("{name}/{}", time_text(snapshot.time));
            if !self.verify(snapshot, &namespace, &text, upid, log) {
                failed.push(format!("{}{text}", levels_directory(&namespace)));
            }
            let snapshots = done + 1;
            let done = Done { groups: index, all_groups: count, snapshots, all_snapshots };
            log.push(done.line());
        }
        failed
    }

    /// Verifies a snapshot. Returns false if the snapshot has errors. A skipped snapshot counts as
    /// one without errors.
    fn verify(
        &self,
        snapshot: &mut Snapshot,
        namespace: &str,
        name: &str,
        upid: &str,
        log: &mut Vec<String>,
    ) -> bool {
        let name = format!("{}:{name}", self.name.store);
        let last = snapshot.verified_by.as_deref().and_then(Task::from_upid);
        let verified_at = last.map_or(self.skipping.now, |task| task.start);
        if snapshot.verification.is_some() && self.skipping.skips(verified_at) {
            log.push(format!("SKIPPED: verify {name} (recently verified)"));
            return true;
        }
        if snapshot.files.is_empty() {
            let (_, path) = name.split_once(':').unwrap_or_default();
            let directory = format!("{}{}{path}", self.directory, levels_directory(namespace));
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
