//! `/admin/datastore` and `/status/datastore-usage`: datastores with their namespaces, backup
//! groups and the owners of these groups.

use serde_json::{Value, json};

use super::{
    Call, Route,
    datastore_config::{check_tuning, unavailable},
    get, write,
};
use crate::{
    datastore::Datastore,
    id::{token_name_of, user_of},
    kinds::DATASTORE,
    response::{ApiError, CallResult, Success},
    sections::Section,
};

pub(super) const ROUTES: &[Route] = &[
    get("/admin/datastore", list),
    get("/admin/datastore/{store}/status", status),
    get("/admin/datastore/{store}/groups", list_groups),
    write("POST", "/admin/datastore/{store}/change-owner", &[], change_owner),
    get("/status/datastore-usage", usage),
];

/// Whether the caller is allowed to see a namespace of the datastore. An empty `namespace` stands
/// for the datastore itself.
fn can_see(call: &Call, store: &str, namespace: &str) -> bool {
    let path = acl_path(store, namespace);
    call.caller_has("Datastore.Audit", &path) || call.caller_has("Datastore.Backup", &path)
}

/// Lists the datastores that the caller is allowed to see.
fn list(call: &mut Call) -> CallResult {
    let stores = call.world.sections.of(&DATASTORE).filter(|store| can_see(call, &store.id, ""));
    let stores: Vec<Value> = stores
        .map(|store| {
            let mut fields = json!({
                "store": store.id,
                "comment": store.text("comment"),
                "mount-status": "nonremovable",
            });
            if let Some(mode) = store.text("maintenance-mode") {
                fields["maintenance"] = mode.into();
            }
            with_backend_type(call, fields)
        })
        .collect();
    Ok(Success::Data(stores.into()))
}

/// Disk usage of a datastore.
fn status(call: &mut Call) -> CallResult {
    let store = visible_content(call, "")?;
    let fields = json!({ "total": store.total, "used": store.used, "avail": store.avail });
    Ok(Success::Data(with_backend_type(call, fields)))
}

/// Adds the type of the datastore's storage, which PBS 3.4.8 does not show.
fn with_backend_type(call: &Call, mut fields: Value) -> Value {
    if call.is_4_0_or_later() {
        fields["backend-type"] = "filesystem".into();
    }
    fields
}

/// Lists the backup groups of one namespace. A caller with `Datastore.Audit` gets all groups. Any
/// other caller gets only the groups that it owns.
fn list_groups(call: &mut Call) -> CallResult {
    let namespace = call.args.text("ns").unwrap_or_default();
    let store = visible_content(call, namespace)?;
    if !store.has_namespace(namespace) {
        return Err(ApiError::bad_request("ENOENT: No such file or directory"));
    }
    let sees_all =
        call.caller_has("Datastore.Audit", &acl_path(call.args.required_text("store"), namespace));
    let listed: Vec<Value> = store
        .groups
        .iter()
        .filter(|group| group.namespace == namespace)
        .filter(|group| sees_all || is_owner(call.caller, &group.owner))
        .map(|group| {
            json!({
                "backup-type": group.backup_type,
                "backup-id": group.backup_id,
                "backup-count": group.backup_count,
                "last-backup": group.last_backup,
                "owner": group.owner,
                "files": [],
            })
        })
        .collect();
    Ok(Success::Data(listed.into()))
}

/// Changes the owner of a backup group. A caller without `Datastore.Modify` must own the group. A
/// user that owns it can give it only to itself or to one of its tokens. A token that owns it can
/// give it only to itself.
fn change_owner(call: &mut Call) -> CallResult {
    let args = &call.args;
    let (backup_type, backup_id) =
        (args.required_text("backup-type"), args.required_text("backup-id"));
    let (namespace, new_owner) =
        (args.text("ns").unwrap_or_default(), args.required_text("new-owner"));
    let store = visible_datastore(call, namespace, true)?;
    let path = store.text("path").unwrap_or_default().to_string();
    let may_change_all =
        call.caller_has("Datastore.Modify", &acl_path(args.required_text("store"), namespace));
    let new_owner_is_active = call.world.is_active(new_owner, call.now);
    let store = call.world.datastores.get_mut(args.required_text("store"));
    let group = store.and_then(|store| {
        store.groups.iter_mut().find(|group| {
            group.namespace == namespace
                && group.backup_type == backup_type
                && group.backup_id == backup_id
        })
    });
    let Some(group) = group else {
        let namespace_directories: String = namespace
            .split('/')
            .filter(|ns| !ns.is_empty())
            .map(|ns| format!("ns/{ns}/"))
            .collect();
        return Err(ApiError::bad_request(format!(
            "unable to read \"{path}/{namespace_directories}{backup_type}/{backup_id}/owner\" - No such file or directory (os error 2)"
        )));
    };
    let owns_both = is_owner(call.caller, &group.owner) && is_owner(call.caller, new_owner);
    if !(may_change_all || owns_both) {
        return Err(ApiError::forbidden());
    }
    if !new_owner_is_active {
        let kind = if token_name_of(new_owner).is_some() { "API token" } else { "user" };
        return Err(ApiError::bad_request(format!(
            "{kind} '{new_owner}' is inactive or non-existent"
        )));
    }
    group.owner = new_owner.into();
    Ok(Success::Data(Value::Null))
}

/// Disk usage of the datastores that the caller is allowed to see. The history covers the last 30
/// days with one value for every 30 minutes. All values are `null`, as on a server that has not
/// measured anything yet.
fn usage(call: &mut Call) -> CallResult {
    let step_seconds = 1800;
    let steps = 1440;
    let stores = call.world.datastores.iter().filter(|(name, _)| can_see(call, name, ""));
    let usage: Vec<Value> = stores
        .map(|(name, store)| {
            let fields = json!({
                "store": name,
                "total": store.total,
                "used": store.used,
                "avail": store.avail,
                "mount-status": "nonremovable",
                "gc-status": {
                    "disk-bytes": 0,
                    "disk-chunks": 0,
                    "index-data-bytes": 0,
                    "index-file-count": 0,
                    "pending-bytes": 0,
                    "pending-chunks": 0,
                    "removed-bad": 0,
                    "removed-bytes": 0,
                    "removed-chunks": 0,
                    "still-bad": 0,
                    "upid": null,
                },
                "history": vec![Value::Null; steps],
                "history-delta": step_seconds,
                "history-start": call.now.saturating_sub(step_seconds * steps as u64),
            });
            with_backend_type(call, fields)
        })
        .collect();
    Ok(Success::Data(usage.into()))
}

/// The configuration of the datastore that the path names.
///
/// # Errors
/// If the caller is not allowed to see the namespace: PBS's 403. If the datastore does not exist,
/// is not available or has invalid settings: PBS's message with status 400.
fn visible_datastore<'a>(
    call: &'a Call,
    namespace: &str,
    is_write: bool,
) -> Result<&'a Section, ApiError> {
    let name = call.args.required_text("store");
    if !can_see(call, name, namespace) {
        return Err(ApiError::forbidden());
    }
    available_datastore(call, is_write)
}

/// Like [`visible_datastore`], without checking the privileges of the caller.
pub(super) fn available_datastore<'a>(
    call: &'a Call,
    is_write: bool,
) -> Result<&'a Section, ApiError> {
    let name = call.args.required_text("store");
    let store = call.world.sections.get(&DATASTORE, name);
    let store = store.ok_or_else(|| no_such_datastore(name))?;
    if let Some(error) = unavailable(store, is_write) {
        return Err(error);
    }
    check_tuning(store.text("tuning").unwrap_or_default()).map_err(ApiError::bad_request)?;
    Ok(store)
}

/// The content of the datastore that the path names. See [`visible_datastore`].
pub(super) fn visible_content<'a>(
    call: &'a Call,
    namespace: &str,
) -> Result<&'a Datastore, ApiError> {
    let name = &visible_datastore(call, namespace, false)?.id;
    call.world.datastores.get(name).ok_or_else(|| no_such_datastore(name))
}

/// The ACL path of a namespace in a datastore. The text of the root namespace is empty.
pub(super) fn acl_path(store: &str, namespace: &str) -> String {
    format!("/datastore/{store}/{namespace}").trim_end_matches('/').into()
}

fn no_such_datastore(store: &str) -> ApiError {
    ApiError::bad_request(format!("no such datastore '{store}'"))
}

/// Whether the caller counts as the owner. A user also counts as the owner of groups that belong
/// to its tokens.
fn is_owner(caller: &str, owner: &str) -> bool {
    caller == owner || caller == user_of(owner)
}
