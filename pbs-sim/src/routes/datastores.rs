//! `/admin/datastore` and `/status/datastore-usage`: datastores with their disk usage (recorded
//! from PBS 4.2.3).

use serde_json::{Value, json};

use super::{
    Call, Route,
    datastore_access::{
        available_datastore, can_see, can_see_some_namespace, find_available_datastore, is_owner,
    },
    garbage_collection, get, subdirectories,
};
use crate::{
    datastore::{Datastore, Group},
    kinds::DATASTORE,
    response::{ApiError, CallResult, Success},
    sections::Section,
};

pub(super) const ROUTES: &[Route] = &[
    get("/admin/datastore", list),
    get("/admin/datastore/{store}", |_| subdirectories(&SUBDIRECTORIES)),
    get("/admin/datastore/{store}/status", status),
    get("/status/datastore-usage", usage),
];

/// The endpoints that PBS lists below the path of a datastore, even if the datastore does not
/// exist.
const SUBDIRECTORIES: [&str; 25] = [
    "active-operations",
    "catalog",
    "change-owner",
    "download",
    "download-decoded",
    "files",
    "gc",
    "group-notes",
    "groups",
    "mount",
    "move-group",
    "move-namespace",
    "namespace",
    "notes",
    "protected",
    "prune",
    "prune-datastore",
    "pxar-file-download",
    "rrd",
    "s3-refresh",
    "snapshots",
    "status",
    "unmount",
    "upload-backup-log",
    "verify",
];

/// Lists the datastores in which the caller is allowed to see at least one namespace.
fn list(call: &mut Call) -> CallResult {
    let stores = call.world.sections.of(&DATASTORE);
    let stores = stores.filter(|store| can_see_some_namespace(call, &store.id, ""));
    let stores: Vec<Value> = stores
        .map(|store| {
            let mut fields = json!({
                "store": store.id,
                "comment": store.text("comment"),
                "mount-status": mount_status(call, store),
            });
            if let Some(mode) = store.text("maintenance-mode") {
                fields["maintenance"] = mode.into();
            }
            with_backend_type(call, fields)
        })
        .collect();
    Ok(Success::Data(stores.into()))
}

/// Whether a removable datastore is mounted. If its device exists, the datastore is mounted until a
/// client unmounts it.
pub(super) fn mount_status(call: &Call, store: &Section) -> &'static str {
    let world = &call.world;
    match store.text("backing-device") {
        None => "nonremovable",
        Some(device) if !world.devices.contains(device) => "notmounted",
        Some(_) if world.unmounted_datastores.contains(&store.id) => "notmounted",
        Some(_) => "mounted",
    }
}

/// Disk usage of a datastore. With `verbose`, the result also contains the numbers of groups and
/// snapshots in all namespaces, and the last garbage collection. If the caller has privileges on a
/// namespace of the datastore, but not on the datastore itself, the disk usage is 0.
fn status(call: &mut Call) -> CallResult {
    let name = call.args.required_text("store").to_string();
    if !can_see_some_namespace(call, &name, "") {
        return Err(ApiError::forbidden());
    }
    available_datastore(call, false)?;
    let sees_all = can_see(call, &name, "");
    let caller = call.caller;
    let has_audit = call.caller_has("Datastore.Audit", &format!("/datastore/{name}"));
    let is_verbose = call.args.boolean("verbose") == Some(true);
    let store = call.world.datastore_mut(&name);
    let (total, used, avail) = match sees_all {
        true => (store.total, store.used, store.avail),
        false => (0, 0, 0),
    };
    let mut fields = json!({ "total": total, "used": used, "avail": avail });
    if is_verbose {
        let is_counted = |group: &Group| has_audit || is_owner(caller, &group.owner);
        fields["counts"] = counts(store, is_counted);
        fields["gc-status"] = garbage_collection::last_result(store);
    }
    Ok(Success::Data(with_backend_type(call, fields)))
}

/// The numbers of groups and snapshots of each backup type. The value of a backup type without
/// groups is `null`.
fn counts(store: &Datastore, is_counted: impl Fn(&Group) -> bool) -> Value {
    let count = |backup_type: &str| {
        let groups = store.groups.iter().filter(|group| group.backup_type == backup_type);
        let groups: Vec<&Group> = groups.filter(|group| is_counted(group)).collect();
        let snapshots: u64 = groups.iter().map(|group| group.backup_count()).sum();
        let counts = json!({ "groups": groups.len(), "snapshots": snapshots });
        if groups.is_empty() { Value::Null } else { counts }
    };
    json!({ "ct": count("ct"), "host": count("host"), "vm": count("vm"), "other": null })
}

/// Adds the type of the datastore's storage, which PBS 3.4.8 does not show.
fn with_backend_type(call: &Call, mut fields: Value) -> Value {
    if call.is_4_0_or_later() {
        fields["backend-type"] = "filesystem".into();
    }
    fields
}

/// Disk usage of the datastores in which the caller is allowed to see at least one namespace. The
/// history covers the last 30 days with one value for every 30 minutes. All values are `null`, as
/// on a server that has not measured anything yet.
fn usage(call: &mut Call) -> CallResult {
    let step_seconds = 1800;
    let steps = 1440;
    let stores = call.world.sections.of(&DATASTORE);
    let stores = stores.filter(|store| can_see_some_namespace(call, &store.id, ""));
    let to_row = |section: &Section| {
        let name = &section.id;
        let mut fields = json!({ "store": name, "mount-status": mount_status(call, section) });
        let sees_all = can_see(call, name, "");
        match (call.world.datastores.get(name), find_available_datastore(call, name, false)) {
            (_, Err(error)) if sees_all => fields["error"] = error.text.into(),
            (Some(store), Ok(_)) if sees_all => {
                fields["total"] = store.total.into();
                fields["used"] = store.used.into();
                fields["avail"] = store.avail.into();
                fields["gc-status"] = garbage_collection::last_result(store);
                fields["history"] = vec![Value::Null; steps].into();
                fields["history-delta"] = step_seconds.into();
                fields["history-start"] =
                    call.now.saturating_sub(step_seconds * steps as u64).into();
            }
            _ => {}
        }
        with_backend_type(call, fields)
    };
    let usage: Vec<Value> = stores.map(to_row).collect();
    Ok(Success::Data(usage.into()))
}
