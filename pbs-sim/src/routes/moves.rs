//! `/admin/datastore/{store}/move-group` and `move-namespace` (recorded from PBS 4.2.3).

use super::{
    Call, Route,
    datastore_access::{
        CHANGE, CHANGE_NAMESPACES, GroupName, PRUNE, Reach, available_datastore, is_locked,
        namespace_directory, relative_directory,
    },
    namespaces::{depth, is_below, is_within},
    write,
};
use crate::{
    datastore::{Datastore, Group, MAX_DEPTH, time_text},
    response::{ApiError, CallResult, Success},
    tasks::{NewTask, Progress, Work},
};

pub(super) const ROUTES: &[Route] = &[
    write("POST", "/admin/datastore/{store}/move-group", &[], move_group),
    write("POST", "/admin/datastore/{store}/move-namespace", &[], move_namespace),
];

/// Moves a group to another namespace, which must exist.
fn move_group(call: &mut Call) -> CallResult {
    let name = GroupName::of(call);
    let target = call.args.text("target-ns").unwrap_or_default().to_string();
    let merges = call.args.boolean("merge-group") != Some(false);
    let reach = PRUNE.check(call, &name.namespace)?;
    CHANGE.check(call, &target)?;
    available_datastore(call, true)?;
    if reach == Reach::Own {
        name.check_owner(call)?;
    }
    let refuse = |text: String| Err(ApiError::bad_request(text));
    let (store, namespace) = (&name.store, &name.namespace);
    if *namespace == target {
        return refuse("source and target namespace must be different".into());
    }
    if !call.world.datastore_mut(store).has_namespace(&target) {
        return refuse(format!("target namespace '{target}' does not exist"));
    }
    if name.find(call).is_none() {
        return refuse(format!(
            "group '{}' does not exist in namespace '{namespace}'",
            name.text()
        ));
    }
    let store = call.world.datastore_mut(store);
    if !merges && store.group(&target, &name.backup_type, &name.backup_id).is_some() {
        return refuse(already_exists(&name.text(), &target));
    }
    let worker_id = format!("{}:{namespace}/{}:{target}", name.store, name.text());
    let directory = namespace_directory(call, &name.store, "");
    let work: Work = Box::new(move |progress| {
        let Progress { world, log, .. } = progress;
        let store = world.datastore_mut(&name.store);
        let group = (name.namespace.as_str(), name.backup_type.as_str(), name.backup_id.as_str());
        transfer_group(store, group, &target, merges, &directory, log)?;
        Ok(0)
    });
    let worker_type = "move-group";
    let task =
        NewTask { worker_type, worker_id: &worker_id, first_lines: &[], holds_locks: false, work };
    Ok(Success::Data(call.start_task(task).into()))
}

/// PBS's error if the target namespace has a group of the same name and groups must not be merged.
fn already_exists(group: &str, target: &str) -> String {
    format!(
        "group '{group}' already exists in target namespace '{target}' and merge-group is disabled"
    )
}

/// Carries out the move of the group with this namespace, type and id. If the target namespace has
/// a group of the same type and id, all snapshots of the moved group must be newer than the
/// snapshots of the existing group. `directory` is the directory of the datastore, with a slash at
/// its end.
///
/// # Errors
/// PBS's message. In this case, nothing is moved.
fn transfer_group(
    store: &mut Datastore,
    (namespace, backup_type, backup_id): (&str, &str, &str),
    target: &str,
    merges: bool,
    directory: &str,
    log: &mut Vec<String>,
) -> Result<(), String> {
    let is_source = |group: &Group| group.is(namespace, backup_type, backup_id);
    let Some(source) = store.groups.iter().position(is_source) else { return Ok(()) };
    let text = store.groups[source].name();
    let existing = store.groups.iter().position(|group| group.is(target, backup_type, backup_id));
    match existing {
        Some(_) if !merges => return Err(already_exists(&text, target)),
        Some(existing) => {
            log.push(format!("merging group '{text}' from '{namespace}' to '{target}'"));
            let merge_error = |reason: String| {
                format!("cannot merge group '{text}' from '{namespace}' into '{target}': {reason}")
            };
            let (source, existing) = (&store.groups[source], &store.groups[existing]);
            if source.owner != existing.owner {
                let (source, target) = (&source.owner, &existing.owner);
                return Err(merge_error(format!(
                    "owner mismatch (source: {source}, target: {target})"
                )));
            }
            let oldest = source.snapshots.iter().map(|snapshot| snapshot.time).min().unwrap_or(0);
            let mut times = existing.snapshots.iter().map(|snapshot| snapshot.time);
            if let Some(conflict) = times.find(|time| *time >= oldest) {
                log.push(format!("oldest source snapshot: {}", time_text(oldest)));
                log.push(format!("conflicting target snapshot: {}", time_text(conflict)));
                return Err(merge_error("snapshot time mismatch".into()));
            }
        }
        None => log.push(format!("moving group '{text}' from '{namespace}' to '{target}'")),
    }
    log.push(format!(
        "removing backup group \"{directory}{}{text}\"",
        relative_directory(namespace)
    ));
    let mut group = store.groups.remove(source);
    match store.group_mut(target, backup_type, backup_id) {
        Some(existing) => existing.snapshots.append(&mut group.snapshots),
        None => {
            group.namespace = target.into();
            store.groups.push(group);
        }
    }
    Ok(())
}

/// Moves a namespace with its groups and the namespaces below it. The parent of the target must
/// exist.
fn move_namespace(call: &mut Call) -> CallResult {
    let store = call.args.required_text("store").to_string();
    let text = |name| call.args.text(name).unwrap_or_default().to_string();
    let (source, target) = (text("ns"), text("target-ns"));
    let parent_of = |namespace: &str| {
        namespace.rsplit_once('/').map_or(String::new(), |(parent, _)| parent.into())
    };
    CHANGE_NAMESPACES.check(call, &parent_of(&source))?;
    CHANGE_NAMESPACES.check(call, &parent_of(&target))?;
    available_datastore(call, true)?;
    let directory = namespace_directory(call, &store, "");
    let content = call.world.datastore_mut(&store);
    let parent = parent_of(&target);
    let refusal = if source.is_empty() || target.is_empty() {
        Some("Cannot create/delete root namespace!".into())
    } else if source == target {
        Some("source and target namespace must be different".into())
    } else if is_below(&target, &source) {
        Some(format!("cannot move namespace '{source}' into its own subtree (target: '{target}')"))
    } else if !content.has_namespace(&source) {
        Some(format!("source namespace '{source}' does not exist"))
    } else if !content.has_namespace(&parent) {
        Some(format!("target parent namespace '{parent}' does not exist"))
    } else {
        None
    };
    if let Some(text) = refusal {
        return Err(ApiError::bad_request(text));
    }
    let worker_id = format!("{store}:{source}:{target}");
    let namespaces = call.world.datastore_mut(&store).namespaces.clone();
    let locked_namespaces =
        namespaces.into_iter().filter(|ns| is_locked(call, &store, ns)).collect();
    let max_depth = call.args.integer("max-depth").map_or(MAX_DEPTH, |depth| depth as usize);
    let namespace_move = NamespaceMove {
        source,
        target,
        max_depth,
        merges: call.args.boolean("merge-groups") != Some(false),
        deletes_source: call.args.boolean("delete-source") != Some(false),
        directory,
        locked_namespaces,
    };
    let work: Work = Box::new(move |progress| {
        let Progress { world, log, .. } = progress;
        namespace_move.carry_out(world.datastore_mut(&store), log)
    });
    let worker_type = "move-namespace";
    let task =
        NewTask { worker_type, worker_id: &worker_id, first_lines: &[], holds_locks: false, work };
    Ok(Success::Data(call.start_task(task).into()))
}

/// A move of a namespace.
struct NamespaceMove {
    source: String,
    target: String,
    max_depth: usize,
    /// Whether groups are merged with groups of the same name in the target.
    merges: bool,
    /// Whether the source namespaces are deleted after the move.
    deletes_source: bool,
    /// Directory of the datastore, with a slash at its end.
    directory: String,
    /// Namespaces into which a running sync job writes. Their groups cannot be moved.
    locked_namespaces: Vec<String>,
}

impl NamespaceMove {
    /// Moves the groups one after the other. Groups that cannot be moved stay in their namespaces,
    /// and the task then fails.
    fn carry_out(self, store: &mut Datastore, log: &mut Vec<String>) -> Result<u32, String> {
        let Self { source, target, max_depth, .. } = &self;
        let is_moved = |namespace: &str| is_within(namespace, source, *max_depth);
        let moved_namespaces: Vec<String> =
            store.namespaces.iter().filter(|namespace| is_moved(namespace)).cloned().collect();
        let count = moved_namespaces.len().max(1);
        log.push(format!("moving namespace '{source}' -> '{target}': {count} namespace(s)"));
        let target_of = |namespace: &str| format!("{target}{}", &namespace[source.len()..]);
        for namespace in moved_namespaces.iter().map(|namespace| target_of(namespace)) {
            if !store.has_namespace(&namespace) {
                store.namespaces.push(namespace);
            }
        }
        let groups: Vec<(String, String, String)> = store
            .groups
            .iter()
            .filter(|group| is_moved(&group.namespace))
            .map(|group| {
                let Group { namespace, backup_type, backup_id, .. } = group;
                (namespace.clone(), backup_type.clone(), backup_id.clone())
            })
            .collect();
        let mut moved_groups = 0;
        let (mut locked_groups, mut failed_groups) = (Vec::new(), Vec::new());
        for (namespace, backup_type, backup_id) in &groups {
            let name = format!("'{backup_type}/{backup_id}' in '{namespace}'");
            if self.locked_namespaces.contains(namespace) {
                locked_groups.push(name);
                continue;
            }
            let group = (namespace.as_str(), backup_type.as_str(), backup_id.as_str());
            let target = target_of(namespace);
            match transfer_group(store, group, &target, self.merges, &self.directory, log) {
                Ok(()) => {
                    moved_groups += 1;
                    log.push(format!("moved group {moved_groups} ({name})"));
                }
                Err(error) => {
                    log.push(format!("failed to move group {name}: {error}"));
                    failed_groups.push(name);
                }
            }
        }
        self.delete_source(store, &moved_namespaces, log);
        let reasons = [
            (
                &locked_groups,
                "still lock-conflicted (rerun move-namespace or move-group may succeed)",
            ),
            (&failed_groups, "with a fatal error (investigate before retrying)"),
        ];
        let reasons = reasons.into_iter().filter(|(groups, _)| !groups.is_empty());
        let reasons: Vec<String> = reasons
            .map(|(groups, reason)| format!("{} {reason}: {}", groups.len(), groups.join(", ")))
            .collect();
        match locked_groups.len() + failed_groups.len() {
            0 => Ok(0),
            count => Err(format!(
                "namespace move partially completed; {count} group(s) could not be moved and remain at source; {}",
                reasons.join("; ")
            )),
        }
    }

    /// Deletes the source namespaces that are empty after the move, the deepest namespace first.
    fn delete_source(
        &self,
        store: &mut Datastore,
        moved_namespaces: &[String],
        log: &mut Vec<String>,
    ) {
        if !self.deletes_source {
            return;
        }
        let mut deepest_first: Vec<&String> = moved_namespaces.iter().collect();
        deepest_first.sort_by_key(|namespace| std::cmp::Reverse(depth(namespace)));
        for namespace in deepest_first {
            if store.groups.iter().any(|group| group.namespace == *namespace) {
                log.push(format!(
                    "skipping source namespace '{namespace}' cleanup: contains group(s) that failed to move"
                ));
            } else if !store.namespaces.iter().any(|other| is_below(other, namespace)) {
                store.namespaces.retain(|other| other != namespace);
            }
        }
    }
}
