//! Garbage collection of datastores (recorded from PBS 4.2.3).

use serde_json::{Value, json};

use super::{
    Call, Route,
    datastore_access::{
        available_datastore, can_see_some_namespace, find_available_datastore, no_such_datastore,
    },
    get, write,
};
use crate::{
    calendar::next_run,
    datastore::{Datastore, time_text},
    kinds::DATASTORE,
    response::{CallResult, Success},
    sections::Section,
    tasks::{NewTask, Progress, Task, Work},
};

pub(super) const ROUTES: &[Route] = &[
    get("/admin/gc", list),
    get("/admin/gc/{store}", list),
    get("/admin/datastore/{store}/gc", read),
    write("POST", "/admin/datastore/{store}/gc", &[], start),
];

const WORKER_TYPE: &str = "garbage_collection";

/// The statistics of the last successful garbage collection. All values are 0 if no garbage
/// collection has succeeded.
pub(super) fn last_result(store: &Datastore) -> Value {
    let (garbage, upid) = store.collected.clone().unzip();
    let was_collected = garbage.is_some();
    let garbage = garbage.unwrap_or_default();
    let mut fields = json!({
        "disk-bytes": garbage.disk_bytes,
        "disk-chunks": garbage.disk_chunks,
        "index-data-bytes": garbage.index_data_bytes,
        "index-file-count": garbage.index_file_count,
        "pending-bytes": garbage.pending_bytes,
        "pending-chunks": garbage.pending_chunks,
        "removed-bad": garbage.removed_bad,
        "removed-bytes": garbage.removed_bytes,
        "removed-chunks": garbage.removed_chunks,
        "still-bad": garbage.still_bad,
        "upid": upid,
    });
    if was_collected {
        fields["cache-stats"] =
            json!({ "hits": garbage.cache_hits, "misses": garbage.cache_misses });
    }
    fields
}

/// The statistics of the last successful garbage collection, the state of the last run if this run
/// has ended, and the schedule. PBS shows no last run until a garbage collection has succeeded.
fn status(call: &Call, section: &Section) -> Value {
    let mut fields = match call.world.datastores.get(&section.id) {
        Some(store) => last_result(store),
        None => json!({}),
    };
    fields["store"] = section.id.as_str().into();
    let is_run = |task: &&Task| task.worker_type == WORKER_TYPE && task.worker_id == section.id;
    let last_run = call.world.tasks().iter().rfind(is_run).filter(|_| !fields["upid"].is_null());
    if let Some((task, end)) = last_run.and_then(|task| Some((task, task.end?))) {
        fields["duration"] = end.saturating_sub(task.start).into();
        fields["last-run-endtime"] = end.into();
        fields["last-run-state"] = task.exit_status.as_deref().into();
    }
    if let Some(schedule) = section.text("gc-schedule") {
        fields["schedule"] = schedule.into();
        if let Some(next) = next_run(schedule, call.now) {
            fields["next-run"] = next.into();
        }
    }
    fields
}

fn read(call: &mut Call) -> CallResult {
    let section = available_datastore(call, false)?;
    Ok(Success::Data(status(call, section)))
}

/// Lists the [`status`] of each datastore in which the caller is allowed to see at least one
/// namespace. If the path names a datastore, the list contains only this datastore. Datastores that
/// are not available are left out.
fn list(call: &mut Call) -> CallResult {
    let wanted_store = call.args.text("store");
    let exists = |name: &str| call.world.sections.get(&DATASTORE, name).is_some();
    if let Some(store) = wanted_store.filter(|name| !exists(name)) {
        return Err(no_such_datastore(store));
    }
    let stores = call.world.sections.of(&DATASTORE);
    let stores = stores.filter(|store| wanted_store.is_none_or(|name| store.id == name));
    let stores = stores.filter(|store| can_see_some_namespace(call, &store.id, ""));
    let stores = stores.filter(|store| find_available_datastore(call, &store.id, false).is_ok());
    Ok(Success::Data(stores.map(|store| status(call, store)).collect()))
}

/// Starts a garbage collection. If a garbage collection of the same datastore already runs, the
/// request waits until that garbage collection ends.
fn start(call: &mut Call) -> CallResult {
    let store = available_datastore(call, true)?.id.clone();
    let first_line = format!("starting garbage collection on store {store}");
    let minimum_access_time = time_text(call.now.cast_signed() - 24 * 3600 - 300);
    let id = store.clone();
    let work: Work = Box::new(move |progress| {
        let Progress { world, log, upid } = progress;
        log.push("Access time update check successful, proceeding with GC.".into());
        log.push(format!(
            "Using access time cutoff 1d 5m, minimum access time is {minimum_access_time}"
        ));
        log.push("Start GC phase1 (mark used chunks)".into());
        log.push("Start GC phase2 (sweep unused chunks)".into());
        if let Some(store) = world.datastores.get_mut(&id) {
            log.push(format!("Removed chunks: {}", store.garbage.removed_chunks));
            log.push(format!("On-Disk chunks: {}", store.garbage.disk_chunks));
            store.collected = Some((store.garbage, (*upid).into()));
        }
        Ok(0)
    });
    let task = NewTask {
        worker_type: WORKER_TYPE,
        worker_id: &store,
        first_lines: &[&first_line],
        holds_locks: true,
        work,
    };
    Ok(Success::Data(call.start_task(task).into()))
}
