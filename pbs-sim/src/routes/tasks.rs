//! `/nodes/{node}/tasks`: tasks with their states and logs (recorded from PBS 4.2.3). PBS does not
//! check the name of the node.

use serde_json::{Map, Value, json};

use super::{Call, Route, get, object_of_present_fields, subdirectories, write};
use crate::{
    id::{token_name_of, user_of},
    response::{ApiError, CallResult, Success},
    tasks::{Signal, Task},
};

pub(super) const ROUTES: &[Route] = &[
    get("/nodes/{node}/tasks", list),
    get("/nodes/{node}/tasks/{upid}", |_| subdirectories(&["log", "status"])),
    get("/nodes/{node}/tasks/{upid}/status", status),
    get("/nodes/{node}/tasks/{upid}/log", log),
    write("DELETE", "/nodes/{node}/tasks/{upid}", &[], stop),
];

/// Maximum number of tasks or log lines in the response to a request without the parameter `limit`.
const DEFAULT_LIMIT: i64 = 50;

/// Whether the caller is allowed to see a task. `sees_all` says whether the caller may see all
/// tasks.
fn can_see(call: &Call, task: &Task, sees_all: bool) -> bool {
    let could_start = || {
        let privileges = task.privileges();
        privileges.is_some_and(|all| all.iter().all(|(name, path)| call.caller_has(name, path)))
    };
    sees_all || task.was_started_by(call.caller) || could_start()
}

/// Whether the caller may see all tasks.
fn sees_all(call: &Call) -> bool {
    call.caller_has("Sys.Audit", "/system/tasks")
}

/// The task in the path of the request. PBS treats a task that it does not know like a task that
/// has ended in an unknown way.
///
/// # Errors
/// PBS's message if the caller is not allowed to see the task.
fn visible_task(call: &Call) -> Result<Task, ApiError> {
    let upid = call.args.required_text("upid");
    let task = call.world.tasks.get(upid).cloned().or_else(|| Task::from_upid(upid));
    let task = task.ok_or_else(|| ApiError::bad_request("unable to parse UPID"))?;
    match can_see(call, &task, sees_all(call)) {
        true => Ok(task),
        false => Err(ApiError::bad_request("task access not allowed")),
    }
}

/// Lists the running tasks, newest first, and then the other tasks, newest first.
fn list(call: &mut Call) -> CallResult {
    let args = &call.args;
    let sees_all = sees_all(call);
    let status_filter = args.list("statusfilter");
    let matches = |task: &&Task| {
        let status = filter_status(task);
        let has_wanted_status = status_filter.is_empty()
            || status.is_some_and(|status| status_filter.contains(&status));
        let contains =
            |name: &str, text: &str| args.text(name).is_none_or(|part| text.contains(part));
        let time = |name: &str| args.integer(name).map(i64::cast_unsigned);
        has_wanted_status
            && (args.boolean("running") != Some(true) || status.is_none())
            && (args.boolean("errors") != Some(true) || status != Some("ok"))
            && contains("typefilter", &task.worker_type)
            && contains("userfilter", &task.auth_id)
            && time("since").is_none_or(|since| task.start >= since)
            && time("until").is_none_or(|until| task.start <= until)
            && args.text("store").is_none_or(|store| task.works_on(store))
            && can_see(call, task, sees_all)
    };
    let mut tasks: Vec<&Task> = call.world.tasks().iter().rev().filter(matches).collect();
    tasks.sort_by_key(|task| task.exit_status.is_some());
    let start = args.integer("start").unwrap_or(0).cast_unsigned() as usize;
    let limit = args.integer("limit").unwrap_or(DEFAULT_LIMIT).cast_unsigned() as usize;
    let limit = if limit == 0 { usize::MAX } else { limit };
    let rows: Vec<Value> = tasks.into_iter().skip(start).take(limit).map(to_row).collect();
    // PBS does not count the tasks. The field `total` is the number of the last listed task. If the
    // list is full, PBS adds 1, because more tasks could follow.
    let total = start + rows.len() + usize::from(rows.len() == limit);
    let fields = Map::from_iter([("total".to_string(), total.into())]);
    Ok(Success::WithFields(rows.into(), fields))
}

/// The value of `statusfilter` that selects a task. `None` while the task runs.
fn filter_status(task: &Task) -> Option<&'static str> {
    Some(match task.exit_status.as_deref()? {
        "OK" => "ok",
        "unknown" => "unknown",
        status if status.starts_with("WARNINGS: ") => "warning",
        _ => "error",
    })
}

fn to_row(task: &Task) -> Value {
    let (_, pid, pstart) = task.process();
    let id = Some(task.worker_id.as_str()).filter(|id| !id.is_empty());
    object_of_present_fields([
        ("upid", Some(task.upid.as_str().into())),
        ("node", Some("localhost".into())),
        ("pid", Some(pid.into())),
        ("pstart", Some(pstart.into())),
        ("starttime", Some(task.start.into())),
        ("worker_type", Some(task.worker_type.as_str().into())),
        ("worker_id", id.map(Value::from)),
        ("user", Some(task.auth_id.as_str().into())),
        ("endtime", task.end.map(Value::from)),
        ("status", task.exit_status.as_deref().map(Value::from)),
    ])
    .into()
}

fn status(call: &mut Call) -> CallResult {
    let task = visible_task(call)?;
    let (node, pid, pstart) = task.process();
    let state = if task.exit_status.is_some() { "stopped" } else { "running" };
    let id = Some(task.worker_id.as_str()).filter(|id| !id.is_empty());
    let fields = object_of_present_fields([
        ("upid", Some(task.upid.as_str().into())),
        ("node", Some(node.into())),
        ("pid", Some(pid.into())),
        ("pstart", Some(pstart.into())),
        ("starttime", Some(task.start.into())),
        ("type", Some(task.worker_type.as_str().into())),
        ("id", id.map(Value::from)),
        ("user", Some(user_of(&task.auth_id).into())),
        ("tokenid", token_name_of(&task.auth_id).map(Value::from)),
        ("status", Some(state.into())),
        ("exitstatus", task.exit_status.as_deref().map(Value::from)),
        ("endtime", task.end.map(Value::from)),
    ]);
    Ok(Success::Data(fields.into()))
}

/// Returns some lines of the log. The parameter `start` is the number of the first line. The log
/// begins with line 1. With `download`, the response is the whole log as plain text.
fn log(call: &mut Call) -> CallResult {
    let task = visible_task(call)?;
    let is_download = call.args.boolean("download") == Some(true);
    if is_download && !call.args.all_except(&["node", "upid", "download"]).is_empty() {
        let text = "Parameter 'download' cannot be used with other parameters";
        return Err(ApiError::bad_request(text));
    }
    if call.world.tasks.get(&task.upid).is_none() {
        return Err(ApiError::bad_request("No such file or directory (os error 2)"));
    }
    if is_download {
        return Ok(Success::Text(task.log.iter().map(|line| format!("{line}\n")).collect()));
    }
    let start = call.args.integer("start").unwrap_or(0).cast_unsigned() as usize;
    let start = start.saturating_sub(1);
    let limit = call.args.integer("limit").unwrap_or(DEFAULT_LIMIT).cast_unsigned() as usize;
    let limit = if limit == 0 { usize::MAX } else { limit };
    let lines = task.log.iter().enumerate().skip(start).take(limit);
    let lines: Vec<Value> =
        lines.map(|(index, text)| json!({ "n": index + 1, "t": text })).collect();
    let mut fields = Map::from_iter([
        ("total".to_string(), task.log.len().into()),
        ("success".to_string(), 1.into()),
    ]);
    if call.args.boolean("test-status") == Some(true) {
        fields.insert("active".into(), task.exit_status.is_none().into());
    }
    Ok(Success::WithFields(lines.into(), fields))
}

/// Stops a task. The call succeeds even if the task has ended or is unknown.
fn stop(call: &mut Call) -> CallResult {
    let upid = call.args.required_text("upid");
    let is_own = Task::from_upid(upid).is_some_and(|task| task.auth_id == call.caller);
    if !is_own && !call.caller_has("Sys.Modify", "/system/tasks") {
        return Err(ApiError::bad_request("missing permissions 'Sys.Modify' on '/system/tasks'"));
    }
    call.world.tasks.signal(upid, Signal::Abort);
    Ok(Success::Data(Value::Null))
}
