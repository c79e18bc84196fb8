//! Replays a recording: sends the recorded requests to one simulator in the order of the recording,
//! and compares the answers of the simulator with the recorded answers.

use std::{collections::BTreeMap, time::Duration};

use pbs_sim::{Simulator, Task, TaskOutcome, TaskRule};
use serde_json::Value;
use tokio::time::{sleep, timeout};
use xtask::recording::{
    Credentials, Sender, compare,
    exchange::{self, Exchange},
    fixtures,
};

pub(crate) const ROOT_SECRET: &str = "3f6d1a52-7a0e-4c0e-9d55-0c8a5b1e7f11";

/// Factor for the delays of the simulator. The recordings contain hundreds of delayed answers,
/// so the tests shorten the delays.
pub(crate) const DELAYS: f64 = 0.001;

/// The beginning of PBS's error if a lock does not become free. In the recordings, requests that
/// were sent at the same time as others failed with this error and changed nothing. The replay
/// sends one request after the other, so it leaves these requests out. It does send a request that
/// failed because its job was running. The error of such a request contains the folder `jobstates`.
const LOCK_ERROR: &str = "Unable to acquire lock";

/// Answers that differ: the beginning of the paths or names of their exchanges, the number of
/// answers, and the reason. An answer counts for the first row whose beginning fits.
pub(crate) type LeftOut = &'static [(&'static str, usize, &'static str)];

/// The exchanges of a fixture.
pub(crate) fn exchanges(file: &str) -> Vec<Exchange> {
    exchange::read(&fixtures().join(file)).expect("the fixture is complete")
}

/// Checks that exactly the answers in `calls` and `cases` differ. `calls` lists the answers of
/// calls that the simulator does not have, and `cases` lists all other answers that differ.
pub(crate) fn check(differences: &[(&Exchange, String)], calls: LeftOut, cases: LeftOut) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unexpected = Vec::new();
    for (exchange, difference) in differences {
        let path = exchange.path.trim_start_matches("/api2/json");
        let (rows, text) = match difference.contains("Path '/api2/json/") {
            true => (calls, path),
            false => (cases, exchange.case.as_str()),
        };
        match rows.iter().find(|(start, ..)| text.starts_with(start)) {
            Some((start, ..)) => *counts.entry(start).or_default() += 1,
            None => unexpected.push(format!("{}: {difference}", exchange.case)),
        }
    }
    for (start, expected, _) in calls.iter().chain(cases) {
        let count = counts.get(start).copied().unwrap_or_default();
        if count != *expected {
            unexpected.push(format!("{start}: {count} answers differ instead of {expected}"));
        }
    }
    let count = unexpected.len();
    assert!(unexpected.is_empty(), "{count} differences:\n\n{}", unexpected.join("\n\n"));
}

/// A task that the recording shows running.
struct RunningTask {
    recorded_upid: String,
    upid: String,
    /// Folder of the exchange that has started the task.
    folder: String,
    /// Whether the recording shows the end of the task. If not, the task ends with its folder.
    ends: bool,
}

/// A simulator and the sender of the recorded requests.
pub(crate) struct Replay {
    pub(crate) simulator: Simulator,
    pub(crate) sender: Sender,
    /// The tasks that run until the recording shows their end.
    running: Vec<RunningTask>,
    /// Before each of these exchanges, a task is running whose end the recording does not show. The
    /// exchange is the first exchange whose answer depends on the end of the task.
    pub(crate) ends_of_tasks: &'static [&'static str],
}

impl Replay {
    pub(crate) fn new(simulator: Simulator) -> Self {
        let credentials =
            Credentials { root_secret: ROOT_SECRET.into(), password: "Recorded-Passw0rd".into() };
        let sender = Sender::new(&simulator.endpoint(), simulator.fingerprint(), credentials);
        let mut sender = sender.expect("TLS can be set up");
        sender.substitutions.digests_can_coincide = true;
        Self { simulator, sender, running: Vec::new(), ends_of_tasks: &[] }
    }

    /// Sends the request of the exchange and compares the answer. `later` contains the exchanges
    /// after this exchange.
    pub(crate) async fn compare(
        &mut self,
        exchange: &Exchange,
        later: &[Exchange],
    ) -> Result<(), String> {
        let recorded = exchange.answer.as_ref().ok_or("the answer is not recorded")?;
        if recorded.body().starts_with(LOCK_ERROR) && !recorded.body().contains("jobstates") {
            return Err("the request is not sent".into());
        }
        self.end_tasks(exchange, later).await;
        self.learn_digest(exchange).await;
        let task = started_task(exchange).filter(|upid| {
            let mut states = later.iter().filter_map(|later| shows_running(later, upid));
            states.next() == Some(true)
        });
        if let Some(worker_type) = task.as_deref().and_then(worker_type) {
            self.simulator.on_task(TaskRule::new(worker_type, TaskOutcome::Hangs).times(1));
        }
        let answer = self.sender.send(exchange).await.map_err(|error| error.to_string())?;
        self.simulator.clear_task_rules();
        if let Some(recorded_upid) = task {
            let last = self.simulator.world(|world| world.tasks().last().cloned());
            let ends = |later: &Exchange| shows_running(later, &recorded_upid) == Some(false);
            self.running.push(RunningTask {
                upid: last.map(|task| task.upid).unwrap_or_default(),
                folder: folder(exchange).into(),
                ends: later.iter().any(ends),
                recorded_upid,
            });
        }
        compare(recorded, &answer, &mut self.sender.substitutions, DELAYS)
    }

    /// Lets running tasks end. If the recording shows the end of a task, the task ends, unless this
    /// exchange or the next exchange about the task shows that the task is still running. Any other
    /// task ends with its folder, or before an exchange in `ends_of_tasks`. The creation of a
    /// datastore blocks other requests, so this task ends before the next request that is not about
    /// the task.
    async fn end_tasks(&mut self, exchange: &Exchange, later: &[Exchange]) {
        let ends_of_tasks = self.ends_of_tasks;
        let still_runs = |task: &mut RunningTask| {
            let mut now_and_later = std::iter::once(exchange).chain(later);
            let state = |other: &Exchange| shows_running(other, &task.recorded_upid);
            match task.ends {
                true if worker_type(&task.upid) == Some("create-datastore") => {
                    state(exchange) == Some(true)
                }
                true => now_and_later.find_map(state) == Some(true),
                false => {
                    task.folder == folder(exchange) && !ends_of_tasks.contains(&&*exchange.case)
                }
            }
        };
        let ended: Vec<RunningTask> =
            self.running.extract_if(.., |task| !still_runs(task)).collect();
        for RunningTask { upid, .. } in ended {
            self.simulator.release_task(&upid);
            let is_running = || {
                let runs = |task: &Task| task.upid == upid && task.exit_status.is_none();
                self.simulator.world(|world| world.tasks().iter().any(runs))
            };
            let waiting = async {
                while is_running() {
                    sleep(Duration::from_millis(1)).await;
                }
            };
            timeout(Duration::from_secs(10), waiting).await.expect("the task ends within 10 s");
        }
    }

    /// Handles a request whose digest is in no recorded answer. If the recorded server has accepted
    /// this digest, reads the current digest from the simulator, and uses the current digest in
    /// place of the recorded digest.
    async fn learn_digest(&mut self, exchange: &Exchange) {
        let text = format!("{}&{}", exchange.path, exchange.request_body.as_deref().unwrap_or(""));
        let digest = text.split("digest=").nth(1).and_then(|rest| rest.get(..64));
        let is_accepted = exchange.answer.as_ref().is_some_and(|answer| answer.status == 200);
        let Some(digest) = digest.filter(|_| is_accepted) else { return };
        if self.sender.substitutions.digests.contains_key(digest) {
            return;
        }
        let path = exchange.path.split('?').next().unwrap_or_default().to_owned();
        let (method, request_body) = ("GET".into(), None);
        let read = Exchange { method, path, request_body, answer: None, ..exchange.clone() };
        let answer = self.sender.send(&read).await.expect("the simulator answers");
        let body: Value = serde_json::from_str(answer.body()).unwrap_or_default();
        let actual = body["digest"].as_str().unwrap_or_default().to_owned();
        self.sender.substitutions.digests.insert(digest.into(), actual);
    }
}

fn folder(exchange: &Exchange) -> &str {
    exchange.case.split('/').next().unwrap_or_default()
}

/// The recorded id of the task that the request has started.
pub(crate) fn started_task(exchange: &Exchange) -> Option<String> {
    let body: Value = serde_json::from_str(exchange.answer.as_ref()?.body()).ok()?;
    let upid = body["data"].as_str()?;
    upid.starts_with("UPID:").then(|| upid.into())
}

/// Whether the exchange shows that the task is running (true) or has ended (false). `None` if the
/// exchange shows neither. A request that stops the task shows that the task is still running.
fn shows_running(exchange: &Exchange, upid: &str) -> Option<bool> {
    let body = exchange.answer.as_ref().filter(|answer| answer.status == 200)?.body();
    let id_in_path: String = upid.split(':').take(6).collect::<Vec<_>>().join("%3A");
    if exchange.path.contains(&id_in_path) {
        let ends_log = body.contains(": TASK ");
        return match exchange.path.split_once("/log") {
            _ if exchange.method == "DELETE" => Some(true),
            None => Some(body.contains(r#""status":"running""#)),
            Some((_, "")) => Some(!ends_log),
            Some(_) => ends_log.then_some(false),
        };
    }
    if !exchange.path.split('?').next()?.ends_with("/tasks") {
        return None;
    }
    let body: Value = serde_json::from_str(body).ok()?;
    let row = body["data"].as_array()?.iter().find(|row| row["upid"] == upid)?;
    Some(row["endtime"].is_null())
}

/// The type of the task with this id.
pub(crate) fn worker_type(upid: &str) -> Option<&str> {
    upid.split(':').nth(6)
}
