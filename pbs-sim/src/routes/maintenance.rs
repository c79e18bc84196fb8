//! Mounting and unmounting of removable datastores, and the refresh of datastores on S3 (recorded
//! from PBS 4.2.3 for datastores that are neither).

use serde_json::{Value, json};

use super::{Call, Route, datastore_access::no_such_datastore, get, write};
use crate::{
    kinds::DATASTORE,
    locks::Lock,
    response::{ApiError, CallResult, Success},
    tasks::{NewTask, Work},
};

pub(super) const ROUTES: &[Route] = &[
    write("POST", "/admin/datastore/{store}/mount", &[], mount),
    write("POST", "/admin/datastore/{store}/unmount", &[], unmount),
    write("PUT", "/admin/datastore/{store}/s3-refresh", &[Lock(".datastore.lck")], refresh),
    get("/admin/datastore/{store}/rrd", rrd),
];

fn mount(call: &mut Call) -> CallResult {
    start(call, "mount-device")
}

fn unmount(call: &mut Call) -> CallResult {
    start(call, "unmount-device")
}

/// Starts a task for a removable datastore. In the simulator, the task has no effect: a datastore
/// is mounted if its device exists (from PBS's source).
fn start(call: &mut Call, worker_type: &str) -> CallResult {
    let name = call.args.required_text("store").to_string();
    let store = call.world.sections.get(&DATASTORE, &name);
    let store = store.ok_or_else(|| no_such_datastore(&name))?;
    let Some(device) = store.text("backing-device").map(String::from) else {
        return Err(ApiError::bad_request(format!("datastore '{name}' is not removable")));
    };
    let work: Work = Box::new(move |progress| match progress.world.devices.contains(&device) {
        true => Ok(0),
        false => Err(format!("device with uuid {device} not found")),
    });
    let task =
        NewTask { worker_type, worker_id: &name, first_lines: &[], holds_locks: false, work };
    Ok(Success::Data(call.start_task(task).into()))
}

/// Starts to read the content of an S3 bucket. The request itself sets the maintenance mode of the
/// datastore. For a datastore that is not on S3, the task fails, and the mode stays.
fn refresh(call: &mut Call) -> CallResult {
    let name = call.args.required_text("store").to_string();
    let store = call.world.sections.get(&DATASTORE, &name);
    let store = store.ok_or_else(|| no_such_datastore(&name))?;
    let is_on_s3 = store.text("backend").is_some_and(|backend| backend.contains("type=s3"));
    let mut properties = store.properties.clone();
    properties.insert("maintenance-mode".into(), "s3-refresh".into());
    call.world.sections.put(&DATASTORE, &name, properties);
    let id = name.clone();
    let work: Work = Box::new(move |progress| {
        if !is_on_s3 {
            return Err(format!("store '{id}' not backed by S3"));
        }
        let sections = &mut progress.world.sections;
        if let Some(store) = sections.get(&DATASTORE, &id) {
            let mut properties = store.properties.clone();
            properties.remove("maintenance-mode");
            sections.put(&DATASTORE, &id, properties);
        }
        Ok(0)
    });
    let worker_type = "s3-refresh";
    let task =
        NewTask { worker_type, worker_id: &name, first_lines: &[], holds_locks: false, work };
    Ok(Success::Data(call.start_task(task).into()))
}

/// Statistics of a datastore. The simulator has measured nothing, so each row has only its time.
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
