//! `/admin/datastore/{store}`: snapshots with their files, notes and protection (recorded from PBS
//! 4.2.3).

use serde_json::{Value, json};

use super::{
    Call, Route,
    datastore_access::{CHANGE, GroupName, PRUNE, READ, READ_FILES, available_content, not_found},
    get, object_of_present_fields, write,
};
use crate::{
    datastore::{BackupFile, Group, Snapshot, first_line, time_text},
    response::{ApiError, CallResult, Success},
    tasks::Task,
};

pub(super) const ROUTES: &[Route] = &[
    get("/admin/datastore/{store}/snapshots", list),
    write("DELETE", "/admin/datastore/{store}/snapshots", &[], delete),
    get("/admin/datastore/{store}/files", list_files),
    get("/admin/datastore/{store}/notes", read_notes),
    write("PUT", "/admin/datastore/{store}/notes", &[], set_notes),
    get("/admin/datastore/{store}/protected", read_protection),
    write("PUT", "/admin/datastore/{store}/protected", &[], set_protection),
];

/// Lists the snapshots of one namespace. The call fails if the namespace does not exist, or if no
/// group in the namespace has the requested backup type. If the request contains both a backup type
/// and a backup id, the call does not fail in these cases, but returns an empty list.
fn list(call: &mut Call) -> CallResult {
    let (namespace, backup_type, backup_id) =
        (call.args.text("ns"), call.args.text("backup-type"), call.args.text("backup-id"));
    let namespace = namespace.unwrap_or_default();
    let reach = READ.check(call, namespace)?;
    let store = available_content(call)?;
    let in_namespace = || store.groups.iter().filter(|group| group.namespace == namespace);
    let has_type = |group: &&Group| backup_type.is_none_or(|text| group.backup_type == text);
    let has_id = |group: &&Group| backup_id.is_none_or(|text| group.backup_id == text);
    if backup_type.is_none() || backup_id.is_none() {
        let lacks_type = backup_type.is_some() && !in_namespace().any(|group| has_type(&group));
        if !store.has_namespace(namespace) || lacks_type {
            return Err(not_found());
        }
    }
    let groups = in_namespace().filter(has_type).filter(has_id);
    let groups = groups.filter(|group| reach.includes(call.caller, &group.owner));
    let rows = groups.flat_map(|group| {
        let to_row = |snapshot| to_row(group, snapshot);
        group.snapshots.iter().map(to_row).collect::<Vec<Value>>()
    });
    Ok(Success::Streamed(rows.collect()))
}

fn to_row(group: &Group, snapshot: &Snapshot) -> Value {
    let files: Vec<Value> = snapshot.files.iter().map(file_row).collect();
    let verification = snapshot.verification.as_ref().map(|state| {
        json!({ "state": state, "upid": snapshot.verified_by.as_deref().unwrap_or_default() })
    });
    object_of_present_fields([
        ("backup-type", Some(group.backup_type.as_str().into())),
        ("backup-id", Some(group.backup_id.as_str().into())),
        ("backup-time", Some(snapshot.time.into())),
        ("comment", first_line(&snapshot.notes).map(|line| line.trim_end_matches('\n').into())),
        ("fingerprint", snapshot.fingerprint.as_deref().map(Value::from)),
        ("verification", verification),
        ("files", Some(files.into())),
        ("size", snapshot.size().map(Value::from)),
        ("owner", Some(group.owner.as_str().into())),
        ("protected", Some(snapshot.is_protected.into())),
    ])
    .into()
}

fn file_row(file: &BackupFile) -> Value {
    json!({ "filename": file.name, "crypt-mode": file.crypt_mode, "size": file.size })
}

/// The group and the time of the snapshot that the request names.
fn snapshot_of(call: &Call) -> (GroupName, i64) {
    (GroupName::of(call), call.args.integer("backup-time").unwrap_or_default())
}

fn list_files(call: &mut Call) -> CallResult {
    let (name, time) = snapshot_of(call);
    name.check(call, READ_FILES, false)?;
    let group = name.find(call).ok_or_else(not_found)?;
    let snapshot = group.snapshot(time).ok_or_else(not_found)?;
    if snapshot.files.is_empty() {
        let text = format!("manifest not found for snapshot '{}'", name.snapshot_text(time));
        return Err(ApiError::bad_request(text));
    }
    Ok(Success::Data(snapshot.files.iter().map(file_row).collect()))
}

/// PBS's error if it cannot read the manifest of a snapshot. The manifest contains the notes.
fn no_manifest(call: &Call, name: &GroupName, time: i64) -> String {
    let directory = name.snapshot_directory(call, time);
    format!(
        "unable to load blob '\"{directory}/index.json.blob\"' - No such file or directory (os error 2)"
    )
}

fn read_notes(call: &mut Call) -> CallResult {
    let (name, time) = snapshot_of(call);
    name.check(call, READ, false)?;
    let snapshot = name.find(call).and_then(|group| group.snapshot(time));
    match snapshot.filter(|snapshot| !snapshot.files.is_empty()) {
        Some(snapshot) => Ok(Success::Data(snapshot.notes.as_str().into())),
        None => Err(ApiError::bad_request(no_manifest(call, &name, time))),
    }
}

fn set_notes(call: &mut Call) -> CallResult {
    let (name, time) = snapshot_of(call);
    name.check(call, CHANGE, true)?;
    let notes = call.args.required_text("notes").to_string();
    let error = format!("unable to update manifest blob - {}", no_manifest(call, &name, time));
    let snapshot = name.snapshot_mut(call, time);
    let snapshot = snapshot.filter(|snapshot| !snapshot.files.is_empty());
    snapshot.ok_or_else(|| ApiError::bad_request(error))?.notes = notes;
    Ok(Success::Data(Value::Null))
}

/// Returns whether a snapshot is protected. A snapshot that does not exist is not protected.
fn read_protection(call: &mut Call) -> CallResult {
    let (name, time) = snapshot_of(call);
    name.check(call, READ, false)?;
    let snapshot = name.find(call).and_then(|group| group.snapshot(time));
    Ok(Success::Data(snapshot.is_some_and(|snapshot| snapshot.is_protected).into()))
}

fn set_protection(call: &mut Call) -> CallResult {
    let (name, time) = snapshot_of(call);
    name.check(call, CHANGE, true)?;
    let is_protected = call.args.boolean("protected") == Some(true);
    let Some(snapshot) = name.snapshot_mut(call, time) else {
        let text = format!("snapshot {} does not exist!", name.snapshot_text(time));
        return Err(ApiError::bad_request(text));
    };
    snapshot.is_protected = is_protected;
    Ok(Success::Data(Value::Null))
}

/// Deletes a snapshot. The deletion of the last snapshot of a group also removes the group.
fn delete(call: &mut Call) -> CallResult {
    let (name, time) = snapshot_of(call);
    name.check(call, PRUNE, true)?;
    let error = |text: String| ApiError::bad_request(format!("failed to delete snapshot - {text}"));
    let directory = name.snapshot_directory(call, time);
    match name.find(call).and_then(|group| group.snapshot(time)) {
        None => Err(error(format!(
            "removing backup snapshot \"{directory}\" failed - No such file or directory (os error 2)"
        ))),
        Some(snapshot) if snapshot.is_protected => {
            Err(error("cannot remove protected snapshot".into()))
        }
        Some(_) if is_being_verified(call, &name.store) => {
            let lock = lock_path(&name, time);
            Err(error(format!(
                "while destroying snapshot \"{directory}\": unable to acquire snapshot lock {lock:?}"
            )))
        }
        Some(_) => {
            if let Some(group) = name.find_mut(call) {
                group.snapshots.retain(|snapshot| snapshot.time != time);
            }
            call.world.datastore_mut(&name.store).remove_empty_groups();
            Ok(Success::Data(Value::Null))
        }
    }
}

/// Whether a verification of the datastore runs. During a verification, PBS locks only the snapshot
/// that it is reading. The simulator locks all snapshots of the datastore.
fn is_being_verified(call: &Call, store: &str) -> bool {
    let is_running_verification = |task: &Task| {
        task.exit_status.is_none() && task.worker_type.starts_with("verif") && task.works_on(store)
    };
    call.world.tasks().iter().any(is_running_verification)
}

/// The path of the lock file of a snapshot.
fn lock_path(name: &GroupName, time: i64) -> String {
    let directory = format!("/run/proxmox-backup/locks/{}/{}", name.store, name.namespace);
    let time = time_text(time).replace('-', "\\x2d").replace(':', "\\x3a");
    let GroupName { backup_type, backup_id, .. } = name;
    format!("{}/{backup_type}-{backup_id}-{time}", directory.trim_end_matches('/'))
}
