//! The recording of configuration objects. Sends the recorded requests to one simulator in the
//! order of the recording, and compares its answers with the recorded answers.

mod left_out;

use std::{collections::BTreeMap, time::Duration};

use pbs_sim::{Directory, Settings, Simulator, Task, TaskOutcome, TaskRule, User, World};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use xtask::recording::{
    Credentials, Sender, compare,
    exchange::{self, Exchange},
    fixtures,
};

use self::left_out::{CALLS, CASES};

const ROOT_SECRET: &str = "3f6d1a52-7a0e-4c0e-9d55-0c8a5b1e7f11";

/// The recording does not show when the deletion of a datastore before this exchange ends. This
/// exchange is the next one whose answer depends on it.
const END_OF_DELETION: &str = "10-datastore/073-create-bad-path-root";

/// Factor for the delays of the simulator. The recording contains hundreds of delayed answers.
const DELAYS: f64 = 0.001;

/// The beginning of PBS's error if a lock does not become free. The recording contains it for
/// requests that were sent at the same time. The replay sends one request after the other, and
/// leaves these requests out, because they changed nothing.
const LOCK_ERROR: &str = "Unable to acquire lock";

fn exchanges() -> Vec<Exchange> {
    exchange::read(&fixtures().join("pbs-4.2.3/config-exchanges.json"))
        .expect("the fixture is complete")
}

#[tokio::test]
async fn the_simulator_gives_the_recorded_answers_about_configuration_objects() {
    let exchanges = in_order_of_effect(exchanges());
    let mut replay = Replay::new();
    let mut differences = Vec::new();
    for (index, exchange) in exchanges.iter().enumerate() {
        let result = replay.compare(exchange, &exchanges[index + 1..]).await;
        differences.extend(result.err().map(|difference| (exchange, difference)));
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unexpected = Vec::new();
    for (exchange, difference) in &differences {
        let path = exchange.path.trim_start_matches("/api2/json");
        let (rows, text) = match difference.contains("Path '/api2/json/") {
            true => (CALLS, path),
            false => (CASES, exchange.case.as_str()),
        };
        match rows.iter().find(|(start, ..)| text.starts_with(start)) {
            Some((start, ..)) => *counts.entry(start).or_default() += 1,
            None => unexpected.push(format!("{}: {difference}", exchange.case)),
        }
    }
    for (start, expected, _) in CALLS.iter().chain(CASES) {
        let count = counts.get(start).copied().unwrap_or_default();
        if count != *expected {
            unexpected.push(format!("{start}: {count} answers differ instead of {expected}"));
        }
    }
    let count = unexpected.len();
    assert!(unexpected.is_empty(), "{count} differences:\n\n{}", unexpected.join("\n\n"));
}

/// The exchanges in an order in which the server can have carried them out. Requests that were sent
/// at the same time are recorded in the order of sending. If several of them create the same
/// object, the successful one comes first.
fn in_order_of_effect(exchanges: Vec<Exchange>) -> Vec<Exchange> {
    let group = |exchange: &Exchange| -> Option<String> {
        let (start, number) = exchange.case.rsplit_once('-')?;
        let (folder, name) = start.split_once('/')?;
        let (_, name) = name.split_once('-')?;
        let is_parallel = name.starts_with("parallel") && number.parse::<u32>().is_ok();
        is_parallel.then(|| format!("{folder}/{name}"))
    };
    let mut ordered: Vec<Exchange> = Vec::new();
    for chunk in exchanges.chunk_by(|a, b| group(a).is_some() && group(a) == group(b)) {
        let mut chunk = chunk.to_vec();
        chunk.sort_by_key(|exchange| exchange.answer.as_ref().is_some_and(|it| it.status != 200));
        ordered.extend(chunk);
    }
    ordered
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
struct Replay {
    simulator: Simulator,
    sender: Sender,
    /// The tasks that run until the recording shows their end.
    running: Vec<RunningTask>,
}

impl Replay {
    /// A simulator in the state of the recorded server before the first exchange.
    fn new() -> Self {
        let simulator = Simulator::start(Settings {
            datastores: Vec::new(),
            admin_token: Some(format!("root@pam!admin:{ROOT_SECRET}")),
            delays: DELAYS,
            acl_cache_max_age: Duration::ZERO,
            ..Settings::default()
        });
        simulator.world(|world| {
            for userid in ["admin@pbs", "bkp@pbs"] {
                world.put_user(userid, User::default());
            }
            world.put_acl("/", "admin@pbs", "Admin", true);
            for auth_id in ["bkp@pbs", "bkp@pbs!t1"] {
                world.put_acl("/datastore/pbs-store", auth_id, "DatastoreBackup", true);
            }
            world.put_object(
                "datastore",
                "pbs-store",
                json!({ "path": "/srv/rec-data/pbs-store" }),
            );
            for (name, content) in [
                ("rec-nonempty", Directory::NonEmpty),
                ("rec-emptydir", Directory::Empty),
                ("rec-file", Directory::File),
            ] {
                world.set_directory(&format!("/srv/rec-data/{name}"), Some(content));
            }
        });
        let credentials = Credentials { root_secret: ROOT_SECRET.into(), password: String::new() };
        let sender = Sender::new(&simulator.endpoint(), simulator.fingerprint(), credentials);
        let mut sender = sender.expect("TLS can be set up");
        sender.substitutions.digests_can_coincide = true;
        Self { simulator, sender, running: Vec::new() }
    }

    /// Sends a request and compares the answer. `later` are the exchanges after it.
    async fn compare(&mut self, exchange: &Exchange, later: &[Exchange]) -> Result<(), String> {
        let recorded = exchange.answer.as_ref().ok_or("it is not recorded")?;
        if recorded.body().starts_with(LOCK_ERROR) {
            return Err("it is not sent".into());
        }
        self.set_up(&exchange.case);
        self.end_tasks(exchange).await;
        self.learn_digest(exchange).await;
        let task = started_task(exchange).filter(|upid| {
            let is_first = |later: &&Exchange| is_about(later, upid);
            later.iter().find(is_first).is_some_and(shows_running_task)
        });
        if task.is_some() {
            for worker_type in ["create-datastore", "delete-datastore"] {
                self.simulator.on_task(TaskRule::new(worker_type, TaskOutcome::Hangs).times(1));
            }
        }
        let answer = self.sender.send(exchange).await.map_err(|error| error.to_string())?;
        self.simulator.clear_task_rules();
        if let Some(recorded_upid) = task {
            let last = self.simulator.world(|world| world.tasks().last().cloned());
            let ends =
                |later: &Exchange| is_about(later, &recorded_upid) && !shows_running_task(later);
            self.running.push(RunningTask {
                upid: last.map(|task| task.upid).unwrap_or_default(),
                folder: folder(exchange).into(),
                ends: later.iter().any(ends),
                recorded_upid,
            });
        }
        compare(recorded, &answer, &mut self.sender.substitutions, DELAYS)
    }

    /// Lets running tasks end: those whose end the recording shows if the exchange is not about
    /// them or shows their end, and the others at the end of their folder.
    async fn end_tasks(&mut self, exchange: &Exchange) {
        let still_runs = |task: &mut RunningTask| match task.ends {
            true => is_about(exchange, &task.recorded_upid) && shows_running_task(exchange),
            false => task.folder == folder(exchange) && exchange.case != END_OF_DELETION,
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

    /// If the request contains a digest that no recorded answer contains, and the recorded server
    /// has accepted it, reads the current digest.
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

    /// Makes the changes that were not recorded.
    fn set_up(&self, case: &str) {
        let changes = CHANGES.iter().filter(|(before, ..)| *before == case);
        let make = |world: &mut World, kind: &str, change: &Change| match change {
            Change::AddParallel(object) => {
                for number in 3..16 {
                    let object = serde_json::from_str(object).expect("the object is JSON");
                    world.put_object(kind, &format!("rec-par{number:02}"), object);
                }
            }
            Change::DeleteParallel => {
                for number in 3..16 {
                    world.delete_object(kind, &format!("rec-par{number:02}"));
                }
            }
            Change::Add(id, object) => {
                let object = serde_json::from_str(object).expect("the object is JSON");
                world.put_object(kind, id, object);
            }
            Change::Backup(namespace, time) => {
                let store = world.datastore_mut("rec-store1");
                store.add_group(namespace, "host", "rec-host", "root@pam!admin");
                let group = store.group_mut(namespace, "host", "rec-host");
                let snapshot = &mut group.expect("there is a group").snapshots[0];
                snapshot.time = *time;
                let files =
                    [("demo.pxar.didx", 216), ("catalog.pcat1.didx", 46), ("index.json.blob", 367)];
                for (file, (name, size)) in snapshot.files.iter_mut().zip(files) {
                    (file.name, file.size) = (name.into(), size);
                }
            }
            Change::DeleteAll => {
                for id in world.objects(kind).keys() {
                    world.delete_object(kind, id);
                }
            }
        };
        self.simulator.world(|world| {
            changes.for_each(|(_, kind, change)| make(world, kind, change));
        });
    }
}

/// A change of the server that was not recorded.
enum Change {
    /// Thirteen of sixteen objects were created at the same time without being recorded.
    AddParallel(&'static str),
    DeleteParallel,
    Add(&'static str, &'static str),
    DeleteAll,
    /// A client made a backup in this namespace at this time.
    Backup(&'static str, i64),
}

/// The changes, with the exchange before which they were made and the kind of the objects. The
/// folder with the unreadable file was recorded while the server had the rules of another folder.
const CHANGES: [(&str, &str, Change); 12] = [
    ("24-sync/001-list-before", "sync", Change::DeleteAll),
    // The simulator does not refuse the realms that PBS cannot connect to.
    ("62-realm-openid/000-list-before", "access/ldap", Change::DeleteAll),
    ("62-realm-openid/000-list-before", "access/ad", Change::DeleteAll),
    ("12-namespace/059-groups-ns", "datastore", Change::Backup("n0", 1_795_718_093)),
    (
        "12-namespace/067-delete-parent-of-nonempty",
        "datastore",
        Change::Backup("n1/n2", 1_795_718_094),
    ),
    (
        "20-prune/281-parallel-list",
        "prune",
        Change::AddParallel(r#"{ "keep-last": 1, "schedule": "daily", "store": "rec-store1" }"#),
    ),
    ("20-prune/285-parallel-create-same-03", "prune", Change::DeleteParallel),
    (
        "30-gotify/193-parallel-list",
        "notifications/endpoints/gotify",
        Change::AddParallel(
            r#"{ "origin": "user-created", "server": "http://127.0.0.1:1", "token": "x" }"#,
        ),
    ),
    (
        "30-gotify/194-parallel-create-same-00",
        "notifications/endpoints/gotify",
        Change::DeleteParallel,
    ),
    (
        "46-traffic-control-brick/00-create-bad-net-empty-js",
        "traffic-control",
        Change::Add("rec-tc1", r#"{ "network": ["10.0.0.0/8"] }"#),
    ),
    (
        "46-traffic-control-brick/00-create-bad-net-empty-js",
        "traffic-control",
        Change::Add(
            "rec-tc2",
            r#"{
                "network": ["192.168.0.0/16", "fd00::/8"], "users": ["root@pam", "rec-none@pbs"],
                "rate-in": "10 MiB", "rate-out": "1 GiB", "burst-in": "20 MB",
                "burst-out": "2.5 MiB", "timeframe": ["mon..fri 8-17", "sat 8:00-12:30"],
                "comment": "full"
            }"#,
        ),
    ),
    ("50-s3/000-list-before", "traffic-control", Change::DeleteAll),
];

fn folder(exchange: &Exchange) -> &str {
    exchange.case.split('/').next().unwrap_or_default()
}

/// The recorded id of the task that the request has started.
fn started_task(exchange: &Exchange) -> Option<String> {
    let body: Value = serde_json::from_str(exchange.answer.as_ref()?.body()).ok()?;
    let upid = body["data"].as_str()?;
    upid.starts_with("UPID:").then(|| upid.into())
}

/// Whether the request reads the state or the log of the task.
fn is_about(exchange: &Exchange, upid: &str) -> bool {
    let number: String = upid.split(':').take(6).collect::<Vec<_>>().join("%3A");
    exchange.path.contains(&number)
}

/// Whether the answer shows a task that has not ended.
fn shows_running_task(exchange: &Exchange) -> bool {
    let body = exchange.answer.as_ref().map_or("", |answer| answer.body());
    let is_log = exchange.path.ends_with("/log");
    body.contains(r#""status":"running""#) || (is_log && !body.contains(": TASK "))
}
