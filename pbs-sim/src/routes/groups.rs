//! `/admin/datastore/{store}`: backup groups with their owners and notes (recorded from PBS 4.2.3).

use serde_json::{Value, json};

use super::{
    Call, Route,
    datastore_access::{
        CHANGE, GroupName, PRUNE, READ, Reach, available_content, available_datastore, not_found,
    },
    get, object_of_present_fields, write,
};
use crate::{
    datastore::{Group, first_line},
    id::{token_name_of, user_of},
    response::{ApiError, CallResult, Success},
};

pub(super) const ROUTES: &[Route] = &[
    get("/admin/datastore/{store}/groups", list),
    write("DELETE", "/admin/datastore/{store}/groups", &[], delete),
    get("/admin/datastore/{store}/group-notes", read_notes),
    write("PUT", "/admin/datastore/{store}/group-notes", &[], set_notes),
    write("POST", "/admin/datastore/{store}/change-owner", &[], change_owner),
];

/// Lists the backup groups of one namespace. A caller with `Datastore.Audit` gets all groups. Any
/// other caller gets only the groups that it owns.
fn list(call: &mut Call) -> CallResult {
    let namespace = call.args.text("ns").unwrap_or_default();
    let reach = READ.check(call, namespace)?;
    let store = available_content(call)?;
    if !store.has_namespace(namespace) {
        return Err(not_found());
    }
    let groups = store.groups.iter().filter(|group| group.namespace == namespace);
    let groups = groups.filter(|group| reach.includes(call.caller, &group.owner));
    Ok(Success::Data(groups.map(to_row).collect()))
}

/// The row of a group in a list of groups. It contains the files of the newest snapshot.
pub(super) fn to_row(group: &Group) -> Value {
    let files = group.newest().into_iter().flat_map(|snapshot| &snapshot.files);
    let files: Vec<&str> = files.map(|file| file.name.as_str()).collect();
    object_of_present_fields([
        ("backup-type", Some(group.backup_type.as_str().into())),
        ("backup-id", Some(group.backup_id.as_str().into())),
        ("backup-count", Some(group.backup_count().into())),
        ("last-backup", Some(group.last_backup().into())),
        ("comment", first_line(&group.notes).map(Value::from)),
        ("owner", Some(group.owner.as_str().into())),
        ("files", Some(files.into())),
    ])
    .into()
}

/// Deletes the snapshots of a group that are not protected. If the group has protected snapshots,
/// the group stays. The call then fails, unless `error-on-protected` is false.
fn delete(call: &mut Call) -> CallResult {
    let name = GroupName::of(call);
    name.check(call, PRUNE, true)?;
    let fails_on_protected = call.args.boolean("error-on-protected") != Some(false);
    let directory = name.directory(call);
    if name.find(call).is_some() {
        name.check_lock(call)?;
    }
    let Some(group) = name.find_mut(call) else {
        let text = format!("read dir \"{directory}\" - ENOENT: No such file or directory");
        return Err(ApiError::bad_request(text));
    };
    let (removed_count, protected_count) = group.delete_unprotected_snapshots();
    call.world.datastore_mut(&name.store).remove_empty_groups();
    if protected_count > 0 && fails_on_protected {
        let text = "group only partially deleted due to protected snapshots";
        return Err(ApiError::bad_request(text));
    }
    Ok(Success::Data(json!({
        "protected-snapshots": protected_count,
        "removed-groups": u8::from(protected_count == 0),
        "removed-snapshots": removed_count,
    })))
}

/// The notes of a group. A group that does not exist has no notes.
fn read_notes(call: &mut Call) -> CallResult {
    let name = GroupName::of(call);
    name.check(call, READ, false)?;
    let notes = name.find(call).map_or("", |group| group.notes.as_str());
    Ok(Success::Data(notes.into()))
}

fn set_notes(call: &mut Call) -> CallResult {
    let name = GroupName::of(call);
    name.check(call, CHANGE, true)?;
    let notes = call.args.required_text("notes").to_string();
    let directory = name.directory(call);
    let Some(group) = name.find_mut(call) else {
        return Err(ApiError::bad_request(format!(
            "failed to set group notes - failed to replace group notes file: mkstemp \"{directory}/notes.tmp_XXXXXX\" failed: ENOENT: No such file or directory"
        )));
    };
    group.notes = notes;
    Ok(Success::Data(Value::Null))
}

/// Changes the owner of a backup group. A caller without `Datastore.Modify` must be a user. The old
/// owner and the new owner must then be this user or one of its tokens.
fn change_owner(call: &mut Call) -> CallResult {
    let name = GroupName::of(call);
    let new_owner = call.args.required_text("new-owner").to_string();
    let reach = CHANGE.check(call, &name.namespace)?;
    available_datastore(call, true)?;
    let owner = name.owner(call)?;
    let caller = call.caller;
    let owns_both = user_of(owner) == caller && user_of(&new_owner) == caller;
    if reach == Reach::Own && !owns_both {
        return Err(ApiError::unauthorized(format!(
            "{caller} does not have permission to change owner of backup group '{}' to {new_owner}",
            name.text()
        )));
    }
    if !call.world.is_active(&new_owner, call.now) {
        let owner_type = if token_name_of(&new_owner).is_some() { "API token" } else { "user" };
        let text = format!("{owner_type} '{new_owner}' is inactive or non-existent");
        return Err(ApiError::bad_request(text));
    }
    if let Some(group) = name.find_mut(call) {
        group.owner = new_owner;
    }
    Ok(Success::Data(Value::Null))
}
