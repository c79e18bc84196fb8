//! Mounting and unmounting of removable datastores, and the refresh of datastores on S3. Only the
//! responses for a datastore that is neither removable nor on S3 are recorded (PBS 4.2.3).

use serde_json::{Value, json};

use super::{
    Call, Route, datastore_access::no_such_datastore, datastores::mount_status, get, write,
};
use crate::{
    kinds::DATASTORE,
    locks::Lock,
    response::{ApiError, CallResult, Success},
    tasks::{NewTask, Work},
    world::World,
};

pub(super) const ROUTES: &[Route] = &[
    write("POST", "/admin/datastore/{store}/mount", &[], mount),
    write("POST", "/admin/datastore/{store}/unmount", &[], unmount),
    write("PUT", "/admin/datastore/{store}/s3-refresh", &[Lock(".datastore.lck")], refresh),
    get("/admin/datastore/{store}/rrd", rrd),
];

/// The name of the removable datastore in the path of the request, and the UUID of the file system
/// on its device.
///
/// # Errors
/// PBS's message with status 400 if the datastore does not exist or is not removable.
fn removable_datastore(call: &Call) -> Result<(String, String), ApiError> {
    let name = call.args.required_text("store");
    let store = call.world.sections.get(&DATASTORE, name);
    let store = store.ok_or_else(|| no_such_datastore(name))?;
    match store.text("backing-device") {
        Some(device) => Ok((name.into(), device.into())),
        None => Err(ApiError::bad_request(format!("datastore '{name}' is not removable"))),
    }
}

/// Sets the maintenance mode of a datastore. If `mode` is `None`, removes the maintenance mode.
fn set_mode(world: &mut World, name: &str, mode: Option<&str>) {
    let Some(store) = world.sections.get(&DATASTORE, name) else { return };
    let mut properties = store.properties.clone();
    match mode {
        Some(mode) => drop(properties.insert("maintenance-mode".into(), mode.into())),
        None => drop(properties.remove("maintenance-mode")),
    }
    world.sections.put(&DATASTORE, name, properties);
}

/// Starts a task that does not hold the locks of the request.
fn start(call: &mut Call, worker_type: &str, worker_id: &str, work: Work) -> CallResult {
    let task = NewTask { worker_type, worker_id, first_lines: &[], holds_locks: false, work };
    Ok(Success::Data(call.start_task(task).into()))
}

/// Starts to mount a removable datastore (the type of the task is from PBS's source).
fn mount(call: &mut Call) -> CallResult {
    let (name, device) = removable_datastore(call)?;
    let id = name.clone();
    let work: Work = Box::new(move |progress| {
        if !progress.world.devices.contains(&device) {
            return Err(format!("device with uuid {device} not found"));
        }
        progress.world.unmounted_datastores.remove(&id);
        Ok(0)
    });
    start(call, "mount-device", &name, work)
}

/// Starts to unmount a removable datastore. Until the task ends, the datastore is in the
/// maintenance mode `unmount` (from PBS's source).
fn unmount(call: &mut Call) -> CallResult {
    let (name, _) = removable_datastore(call)?;
    let store = call.world.sections.get(&DATASTORE, &name);
    if store.is_some_and(|store| mount_status(call, store) != "mounted") {
        return Err(ApiError::bad_request(format!("Datastore '{name}' is not mounted")));
    }
    set_mode(call.world, &name, Some("unmount"));
    let id = name.clone();
    let work: Work = Box::new(move |progress| {
        set_mode(progress.world, &id, None);
        progress.world.unmounted_datastores.insert(id);
        Ok(0)
    });
    start(call, "unmount-device", &name, work)
}

/// Starts to read the content of an S3 bucket. The request itself sets the maintenance mode of the
/// datastore to `s3-refresh`. If the datastore is not on S3, the task fails, and this maintenance
/// mode stays.
fn refresh(call: &mut Call) -> CallResult {
    let name = call.args.required_text("store").to_string();
    let store = call.world.sections.get(&DATASTORE, &name);
    let store = store.ok_or_else(|| no_such_datastore(&name))?;
    let is_on_s3 = store.text("backend").is_some_and(|backend| backend.contains("type=s3"));
    set_mode(call.world, &name, Some("s3-refresh"));
    let id = name.clone();
    let work: Work = Box::new(move |progress| {
        if !is_on_s3 {
            return Err(format!("store '{id}' not backed by S3"));
        }
        set_mode(progress.world, &id, None);
        Ok(0)
    });
    start(call, "s3-refresh", &name, work)
}

/// Statistics of a datastore. The simulator measures nothing, so each row contains only its time.
fn rrd(call: &mut Call) -> CallResult {
    let name = call.args.required_text("store");
    if call.world.sections.get(&DATASTORE, name).is_none() {
        return Err(no_such_datastore(name));
    }
    let step = match call.args.required_text("timeframe") {
        "hour" => 60,
        "day" => 1800,
        "week" => 1800,
        "month" => 12 * 3600,
        _ => 7 * 24 * 3600,
    };
    let start = call.now.saturating_sub(70 * step);
    let rows = (0..70).map(|row| json!({ "time": start + row * step }));
    Ok(Success::Data(rows.collect::<Vec<Value>>().into()))
}
