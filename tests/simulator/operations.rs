//! The recording of operations on backups.

mod left_out;
mod state;

use std::time::{Duration, SystemTime};

use pbs_sim::{TaskOutcome, TaskRule};
use serde_json::Value;
use xtask::recording::exchange::Exchange;

use self::{
    left_out::{CALLS, CASES},
    state::{add_job, change, measure, scan, simulator, tokens},
};
use crate::replay::{Replay, check, exchanges, started_task, worker_type};

/// Requests that the recorded server has carried out although their clients did not wait for the
/// answers.
const CARRIED_OUT: [&str; 3] =
    ["85-client-gone/015-ns-delete", "86-client-gone/004-verify-2", "86-client-gone/008-verify-20"];

#[tokio::test]
async fn the_simulator_gives_the_recorded_answers_about_operations() {
    let exchanges = exchanges("pbs-4.2.3/operations-exchanges.json");
    let mut replay = Replay::new(simulator());
    replay.sender.substitutions.secrets = tokens(&replay.simulator);
    replay.ends_of_tasks =
        &["80-maintenance/112-clear-while", "85-client-gone/041-snap-slow-after"];
    let mut differences = Vec::new();
    for (index, exchange) in exchanges.iter().enumerate() {
        let later = &exchanges[index + 1..];
        replay.simulator.world(|world| {
            change(world, &exchange.case);
            add_job(world, exchange, later);
            measure(world, exchange);
            scan(world, exchange);
        });
        run_unrecorded_job(&mut replay, exchange, later).await;
        prepare_task(&replay, exchange, later);
        if CARRIED_OUT.contains(&&*exchange.case) {
            replay.sender.send(exchange).await.expect("the simulator answers");
        }
        let result = replay.compare(exchange, later).await;
        differences.extend(result.err().map(|difference| (exchange, difference)));
    }
    check(&differences, CALLS, CASES);
}

/// Runs of jobs that were not recorded. The recording contains later lists that show these runs.
/// Each row has the next exchange after the run, the id of the job, and the error of the task.
const RUNS: [(&str, &str, Option<&str>); 2] = [
    (
        "50-sync/082-run-ops-pullnone",
        "ops-pullbadport",
        Some("Querying namespaces failed - client error (Connect)"),
    ),
    ("50-sync/133-job-ops-push", "ops-localenc", None),
];

/// If a job ran before the exchange without being recorded, runs this job.
async fn run_unrecorded_job(replay: &mut Replay, exchange: &Exchange, later: &[Exchange]) {
    let Some((_, id, error)) = RUNS.iter().find(|(case, ..)| *case == exchange.case) else {
        return;
    };
    let path = format!("/api2/json/admin/sync/{id}/run");
    let (method, request_body) = ("POST".into(), None);
    let run = Exchange { method, path, request_body, ..exchange.clone() };
    replay.simulator.world(|world| add_job(world, &run, later));
    if let Some(error) = error {
        let outcome = TaskOutcome::Fails((*error).into());
        replay.simulator.on_task(TaskRule::new("syncjob", outcome).times(1));
    }
    replay.sender.send(&run).await.expect("the simulator answers");
    replay.simulator.clear_task_rules();
}

/// If the exchange starts a task, sets the clock to the recorded start of the task, and gives the
/// task its recorded outcome. The simulator itself finds the outcome of verifications, prunes and
/// moves.
fn prepare_task(replay: &Replay, exchange: &Exchange, later: &[Exchange]) {
    let Some(upid) = started_task(exchange) else { return };
    let start = upid.split(':').nth(5).and_then(|start| u64::from_str_radix(start, 16).ok());
    if let Some(start) = start {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(start);
        replay.simulator.set_time(time);
    }
    let Some(worker_type @ ("sync" | "syncjob" | "garbage_collection")) = worker_type(&upid) else {
        return;
    };
    let body = |later: &Exchange| -> Value {
        let answer = later.answer.as_ref().map_or("", |answer| answer.body());
        serde_json::from_str(answer).unwrap_or_default()
    };
    let rows = later.iter().map(body).flat_map(|mut body| match body["data"].take() {
        Value::Array(rows) => rows,
        row => vec![row],
    });
    let is_of_task = |row: &Value| row["upid"] == *upid || row["last-run-upid"] == *upid;
    let mut states = rows.filter(is_of_task).filter_map(|row| {
        let fields = ["exitstatus", "status", "last-run-state"];
        let texts = fields.iter().filter_map(|field| row[*field].as_str());
        texts.filter(|text| !["running", "stopped"].contains(text)).map(String::from).next()
    });
    let outcome = match states.next().as_deref() {
        None | Some("OK") => return,
        Some(warnings) if warnings.starts_with("WARNINGS: ") => TaskOutcome::Warns(1),
        Some(text) if text.contains("abort") => return,
        Some(text) => TaskOutcome::Fails(text.into()),
    };
    replay.simulator.on_task(TaskRule::new(worker_type, outcome).times(1));
}
