//! Creation and deletion of datastores. Both calls start a task. The task of a creation holds the
//! lock of `datastore.cfg` until the task ends. The task of a deletion does not hold this lock.
//! While a deletion runs, PBS immediately refuses to create a datastore of the same name (recorded
//! from PBS 4.2.3).

use serde_json::{Value, json};

use super::{
    Call, Route, check_digest,
    config::{new_object, object_error},
    get, write,
};
use crate::{
    datastore::Directory,
    description::unquoted_parts,
    kinds::{DATASTORE, Kind, PRUNE, SYNC, VERIFY},
    locks::Lock,
    objects::normalized_path,
    response::{ApiError, CallResult, Success},
    sections::{Properties, Section},
    tasks::{NewTask, Progress, Work},
    world::{World, sha256_hex},
};

const LOCKS: &[Lock] = &[Lock(".datastore.lck")];

pub(super) const ROUTES: &[Route] = &[
    write("POST", "/config/datastore", LOCKS, create),
    write("DELETE", "/config/datastore/{name}", LOCKS, delete),
    get("/admin/datastore/{store}/active-operations", active_operations),
];

/// Starts the creation of a datastore. The task checks the directory, and then adds the datastore
/// to the configuration.
fn create(call: &mut Call) -> CallResult {
    let name = call.args.required_text("name").to_string();
    let properties = new_object(call, &DATASTORE, &name)?;
    check_access_to_disks(call, &properties)?;
    let reuses_directory = call.args.boolean("reuse-datastore") == Some(true);
    create_prune_job(call, &name);
    let id = name.clone();
    let work: Work =
        Box::new(move |progress| create_in_directory(progress, &id, properties, reuses_directory));
    let task = NewTask {
        worker_type: "create-datastore",
        worker_id: &name,
        first_lines: &[],
        holds_locks: true,
        work,
    };
    Ok(Success::Data(call.start_task(task).into()))
}

/// Checks the privilege that a caller also needs to create or delete a datastore on a removable
/// device (from the source of PBS 4.2).
fn check_access_to_disks(call: &Call, datastore: &Properties) -> Result<(), ApiError> {
    let is_removable = datastore.contains_key("backing-device");
    match is_removable && !call.caller_has("Sys.Modify", "/system/disks") {
        true => Err(ApiError::bad_request("missing permissions 'Sys.Modify' on '/system/disks'")),
        false => Ok(()),
    }
}

/// If the request has a prune schedule, creates a prune job with the prune settings of the request.
/// PBS does not store these settings in the datastore.
fn create_prune_job(call: &mut Call, name: &str) {
    let Some(schedule) = call.args.owned_text("prune-schedule") else { return };
    let params = call.args.all_except(&[]);
    let mut job: Properties =
        params.into_iter().filter(|(name, _)| name.starts_with("keep-")).collect();
    job.insert("schedule".into(), schedule.into());
    job.insert("store".into(), name.into());
    let mut id = format!("default-{name}-{}", call.world.random.uuid());
    id.truncate(32);
    call.world.sections.put(&PRUNE, &id, job);
}

/// The work of the task that creates a datastore. See [`Work`].
fn create_in_directory(
    progress: &mut Progress,
    name: &str,
    properties: Properties,
    reuses_directory: bool,
) -> Result<u32, String> {
    let Progress { world, log, .. } = progress;
    let text = |key| properties.get(key).and_then(Value::as_str).unwrap_or_default();
    let path = text("path").to_string();
    let device = properties.get("backing-device").and_then(Value::as_str);
    if let Some(device) = device.filter(|uuid| !world.devices.contains(*uuid)) {
        let mount = format!("/run/proxmox-backup/mount/{}", world.random.uuid());
        return Err(format!(
            "mounting to tmp path failed: command \"mount\" \"UUID={device}\" \"{mount}\" failed - status code: 1 - mount: {mount}: can't find UUID={device}."
        ));
    }
    check_tuning(text("tuning"))?;
    check_directory(world, name, &path, reuses_directory)?;
    world.set_directory(&path, Some(Directory::ChunkStore));
    if !reuses_directory {
        log.extend((1..100).map(|percent| format!("Chunkstore create: {percent}%")));
    }
    log.push("Access time update check successful.".into());
    if path.chars().any(char::is_control) {
        return Err(format!(
            "writing \"/etc/proxmox-backup/datastore.cfg\" failed: detected unexpected control character in section '{name}' key 'path'"
        ));
    }
    world.put_object(DATASTORE.path, name, properties.into());
    if let Some(content) = world.abandoned_content.remove(&normalized_path(&path)) {
        world.datastores.insert(name.into(), content);
    }
    Ok(0)
}

/// Checks those values in the property `tuning` that PBS does not check when it stores the
/// property.
///
/// # Errors
/// PBS's message.
pub(super) fn check_tuning(tuning: &str) -> Result<(), String> {
    for (key, value) in unquoted_parts(tuning) {
        let expected = match key.as_deref() {
            Some("chunk-order") if !["none", "inode"].contains(&value.as_str()) => {
                "`none` or `inode`"
            }
            Some("sync-level") if !["none", "file", "filesystem"].contains(&value.as_str()) => {
                "one of `none`, `file`, `filesystem`"
            }
            _ => continue,
        };
        return Err(format!("unknown variant `{value}`, expected {expected}"));
    }
    Ok(())
}

/// Checks the directory of a new datastore. If `reuses_directory` is true, the directory must
/// contain the chunks of a deleted datastore. If it is false, the directory must be empty or must
/// not exist.
///
/// # Errors
/// PBS's message.
fn check_directory(
    world: &World,
    name: &str,
    path: &str,
    reuses_directory: bool,
) -> Result<(), String> {
    let directory = normalized_path(path);
    if directory.is_empty() {
        return Err("cannot create datastore in root path".into());
    }
    let is_in = |path: &str, parent: &str| {
        path.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let is_nested = |store: &&Section| {
        let other_directory = normalized_path(store.text("path").unwrap_or_default());
        is_in(&directory, &other_directory) || is_in(&other_directory, &directory)
    };
    if let Some(store) = world.sections.of(&DATASTORE).find(is_nested) {
        return Err(format!(
            "parameter verification failed - 'path': nested datastores not allowed: '{}' already in {:?}",
            store.id,
            store.text("path").unwrap_or_default()
        ));
    }
    let is_file = |path: &str| world.directory(path) == Some(Directory::File);
    let is_below_file = directory.match_indices('/').any(|(end, _)| is_file(&directory[..end]));
    match world.directory(&directory) {
        None if is_below_file => Err(not_a_directory(name, path)),
        Some(Directory::File) => Err(not_a_directory(name, path)),
        None if reuses_directory => Err(format!(
            "unable to open existing chunk store path {path:?} - ENOENT: No such file or directory"
        )),
        Some(Directory::Empty | Directory::NonEmpty) if reuses_directory => Err(format!(
            "unable to open existing chunk store path {path:?} - permissions or owner not correct"
        )),
        Some(Directory::NonEmpty) => Err("datastore path not empty".into()),
        Some(Directory::ChunkStore) if !reuses_directory => {
            let chunks = format!("{}/.chunks", path.trim_end_matches('/'));
            Err(format!(
                "unable to create chunk store '{name}' subdir {chunks:?} - unable to create directory {chunks:?} - EEXIST: File exists"
            ))
        }
        _ => Ok(()),
    }
}

fn not_a_directory(name: &str, path: &str) -> String {
    format!("unable to create chunk store '{name}' at {path:?} - ENOTDIR: Not a directory")
}

/// Starts the deletion of a datastore. Without `keep-job-configs`, the request itself deletes the
/// jobs and the ACL entries of the datastore. The request also sets the maintenance mode `delete`.
/// If the task fails, this maintenance mode stays.
fn delete(call: &mut Call) -> CallResult {
    let name = call.args.required_text("name").to_string();
    check_digest(call.args.text("digest"), || call.world.sections.digest(DATASTORE.file))?;
    let Some(store) = call.world.sections.get(&DATASTORE, &name) else {
        return Err(object_error(DATASTORE.missing_on_delete, &name));
    };
    let mut properties = store.properties.clone();
    check_access_to_disks(call, &properties)?;
    properties.insert("maintenance-mode".into(), "delete".into());
    call.world.sections.put(&DATASTORE, &name, properties);
    let keeps_jobs = call.args.boolean("keep-job-configs") == Some(true);
    if !keeps_jobs {
        let is_job = |job: &Section| job.text("store") == Some(name.as_str());
        let tape_jobs = Kind::find("tape-backup-job").into_iter();
        for kind in [&PRUNE, &VERIFY, &SYNC].into_iter().chain(tape_jobs) {
            call.world.sections.remove_if(kind.file, is_job);
        }
        call.world.acl_mut().remove_entries_below(&format!("/datastore/{name}"));
        call.world.invalidate_acl_cache();
    }
    let destroys_data = call.args.boolean("destroy-data") == Some(true);
    let is_unused = operations(call.world, &name) == (0, 0);
    let first_lines: &[&str] =
        if destroys_data && is_unused { &["Deleting datastore data..."] } else { &[] };
    let id = name.clone();
    let work: Work = Box::new(move |progress| remove(progress, &id, destroys_data));
    let task = NewTask {
        worker_type: "delete-datastore",
        worker_id: &name,
        first_lines,
        holds_locks: false,
        work,
    };
    let upid = call.start_task(task).into();
    Ok(match keeps_jobs {
        true => Success::Data(upid),
        // PBS returns the digest of an empty text, and not the digest of `datastore.cfg`
        // (recorded).
        false => Success::WithDigest(upid, sha256_hex("")),
    })
}

/// The work of the task that deletes a datastore. See [`Work`].
fn remove(progress: &mut Progress, name: &str, destroys_data: bool) -> Result<u32, String> {
    let Progress { world, log, .. } = progress;
    if operations(world, name) != (0, 0) {
        return Err("datastore is currently in use".into());
    }
    let content = world.datastores.get(name).filter(|_| !destroys_data).cloned();
    let store = world.sections.get(&DATASTORE, name);
    let path = store.and_then(|store| store.text("path")).unwrap_or_default().to_string();
    world.delete_object(DATASTORE.path, name);
    log.push("Removing datastore from config...".into());
    world.set_directory(&path, content.is_some().then_some(Directory::ChunkStore));
    world.abandoned_content.extend(content.map(|content| (normalized_path(&path), content)));
    if destroys_data {
        log.push("Finished deleting data.".into());
        log.push("Removed empty datastore directory.".into());
    }
    Ok(0)
}

/// Returns the number of operations on a datastore. PBS does not check whether the datastore
/// exists.
fn active_operations(call: &mut Call) -> CallResult {
    let (reads, writes) = operations(call.world, call.args.required_text("store"));
    Ok(Success::Data(json!({ "read": reads, "write": writes })))
}

/// Number of operations that read from a datastore, and number of operations that write to it. Both
/// numbers include the operations that a test has set, and the running tasks.
fn operations(world: &World, store: &str) -> (u64, u64) {
    let content = world.datastores.get(store);
    let (mut reads, mut writes) = content.map_or((0, 0), |content| (content.reads, content.writes));
    let running_tasks = world.tasks().iter().filter(|task| task.exit_status.is_none());
    for task in running_tasks.filter(|task| task.works_on(store)) {
        match task.worker_type.as_str() {
            worker_type if worker_type.starts_with("verif") => reads += 1,
            _ => writes += 1,
        }
    }
    (reads, writes)
}

/// PBS's error for a call that the maintenance mode of a datastore does not allow. `None` if the
/// call is allowed. `is_write` says whether the call changes the content of the datastore.
pub(super) fn maintenance_error(store: &Section, is_write: bool) -> Option<ApiError> {
    let mode = store.text("maintenance-mode")?;
    let parts = unquoted_parts(mode);
    let message = parts.iter().find(|(key, _)| key.as_deref() == Some("message"));
    let message = message.map_or("", |(_, message)| message);
    let (_, mode_type) =
        parts.iter().find(|(key, _)| key.as_deref().is_none_or(|key| key == "type"))?;
    let reason = match mode_type.as_str() {
        "delete" => "datastore is being deleted".to_string(),
        "read-only" if !is_write => return None,
        "read-only" => format!("read-only maintenance mode: {message}"),
        "offline" => format!("offline maintenance mode: {message}"),
        "unmount" => "datastore is being unmounted".into(),
        "s3-refresh" => format!("S3 refresh maintenance mode: {message}"),
        _ => return None,
    };
    let text = format!("datastore '{}' is unavailable: {reason}", store.id);
    Some(ApiError::bad_request(text))
}
