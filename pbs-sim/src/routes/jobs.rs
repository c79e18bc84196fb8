//! `/admin/prune`, `/admin/verify` and `/admin/sync`: listing jobs with their states, and starting
//! jobs (recorded from PBS 4.2.3).

use serde_json::Value;

use super::{
    Call, Route,
    config::{check_access, is_listed, object_error},
    datastore_access::{Reach, find_available_datastore},
    get,
    prune::{self, Prune},
    subdirectories, sync,
    verification::{SkipRule, Target, Verification},
    write,
};
use crate::{
    calendar::next_run,
    datastore::MAX_DEPTH,
    kinds::{Kind, PRUNE, SYNC, VERIFY},
    response::{ApiError, CallResult, Success},
    sections::Section,
    tasks::{NewTask, Work},
};

pub(super) const ROUTES: &[Route] = &[
    get("/admin/prune", |call| list(call, &PRUNE)),
    get("/admin/prune/{id}", |_| subdirectories(&["run"])),
    write("POST", "/admin/prune/{id}/run", &[], run_prune),
    get("/admin/verify", |call| list(call, &VERIFY)),
    get("/admin/verify/{id}", |_| subdirectories(&["run"])),
    write("POST", "/admin/verify/{id}/run", &[], run_verification),
    get("/admin/sync", |call| list(call, &SYNC)),
    get("/admin/sync/{id}", |_| subdirectories(&["run"])),
    write("POST", "/admin/sync/{id}/run", &[], run_sync),
];

/// Lists the jobs that the caller is allowed to see, with their last and next runs. While a job
/// runs, its last run has no state yet. A disabled job has no next run.
fn list(call: &mut Call, kind: &'static Kind) -> CallResult {
    let wanted_store = call.args.text("store");
    let jobs = call.world.sections.of(kind);
    let jobs = jobs.filter(|job| wanted_store.is_none_or(|store| job.text("store") == Some(store)));
    let jobs = jobs.filter(|job| is_listed(call, job));
    let jobs: Vec<Value> = jobs.map(|job| to_row(call, job)).collect();
    Ok(Success::WithDigest(jobs.into(), call.world.sections.digest(kind.file)))
}

fn to_row(call: &Call, job: &Section) -> Value {
    let mut row = job.shown_object();
    let upid = call.world.job_runs.get(&(job.kind.path, job.id.clone()));
    if let Some(upid) = upid {
        row.insert("last-run-upid".into(), upid.as_str().into());
    }
    if let Some(task) = upid.and_then(|upid| call.world.tasks.get(upid))
        && let (Some(status), Some(end)) = (&task.exit_status, task.end)
    {
        row.insert("last-run-state".into(), status.as_str().into());
        row.insert("last-run-endtime".into(), end.into());
    }
    let is_disabled = row.get("disable") == Some(&Value::Bool(true));
    let schedule = job.text("schedule").filter(|_| !is_disabled);
    if let Some(next) = schedule.and_then(|schedule| next_run(schedule, call.now)) {
        row.insert("next-run".into(), next.into());
    }
    row.into()
}

/// The job in the path of the request.
///
/// # Errors
/// PBS's message with status 400 if the job does not exist.
fn job_of<'a>(call: &'a Call, kind: &'static Kind) -> Result<&'a Section, ApiError> {
    let id = call.args.required_text("id");
    call.world.sections.get(kind, id).ok_or_else(|| object_error(kind.missing, id))
}

/// Starts the task of a job, and remembers the task as the last run of the job.
fn start(
    call: &mut Call,
    kind: &'static Kind,
    worker_type: &str,
    worker_id: &str,
    first_lines: &[&str],
    work: Work,
) -> CallResult {
    let task = NewTask { worker_type, worker_id, first_lines, holds_locks: true, work };
    let upid = call.start_task(task);
    let id = call.args.required_text("id").to_string();
    call.world.job_runs.insert((kind.path, id), upid.clone());
    Ok(Success::Data(upid.into()))
}

fn run_prune(call: &mut Call) -> CallResult {
    let job = job_of(call, &PRUNE)?;
    check_access(call, &PRUNE, &job.properties, true)?;
    let store = job.text("store").unwrap_or_default().to_string();
    let namespace = job.text("ns").unwrap_or_default();
    find_available_datastore(call, &store, true)?;
    let worker_id = match namespace {
        "" => store.clone(),
        namespace => format!("{store}:{namespace}"),
    };
    let first_line = format!("prune job '{}'", job.id);
    let prune = Prune::new(call, &store, prune::Options::of(&job.properties));
    let work: Work = Box::new(move |progress| prune.carry_out(progress));
    start(call, &PRUNE, "prunejob", &worker_id, &[&first_line], work)
}

fn run_verification(call: &mut Call) -> CallResult {
    let job = job_of(call, &VERIFY)?;
    check_access(call, &VERIFY, &job.properties, true)?;
    let store = job.text("store").unwrap_or_default().to_string();
    find_available_datastore(call, &store, false)?;
    let worker_id = format!("{store}:{}", job.id);
    let first_line = format!("Starting datastore verify job '{worker_id}'");
    let skip_rule = SkipRule::of(&job.properties, call.now);
    let max_depth = job.properties.get("max-depth").and_then(Value::as_u64);
    let max_depth = max_depth.map_or(MAX_DEPTH, |depth| depth as usize);
    let target = Target::Namespace { max_depth };
    let namespace = job.text("ns").unwrap_or_default().to_string();
    let location = (store, namespace);
    let verification =
        Verification::of_namespace(call, location, target, skip_rule, Reach::All, &job.properties);
    let work: Work = Box::new(move |progress| verification.carry_out(progress));
    start(call, &VERIFY, "verificationjob", &worker_id, &[&first_line], work)
}

fn run_sync(call: &mut Call) -> CallResult {
    let job = job_of(call, &SYNC)?;
    if check_access(call, &SYNC, &job.properties, true).is_err() {
        let text = format!("permission check failed, '{}' is missing access", call.caller);
        return Err(ApiError::bad_request(text));
    }
    let text = |name| job.text(name).unwrap_or_default();
    let remote = job.text("remote").unwrap_or("-");
    let worker_id =
        format!("{remote}:{}:{}:{}:{}", text("remote-store"), text("store"), text("ns"), job.id);
    let first_line = format!("Starting datastore sync job '{worker_id}'");
    let sync = sync::Sync::of(&job.properties);
    let second_line = format!("sync {}", sync.description());
    let work: Work = Box::new(move |progress| sync.carry_out(progress));
    start(call, &SYNC, "syncjob", &worker_id, &[&first_line, &second_line], work)
}
