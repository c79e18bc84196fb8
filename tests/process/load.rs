//! Much at once: PBS's own deadlock, a thousand tokens with a thousand grants through all of their life, and memory that does not grow
//! from plan to plan. The provider is the built program, attached to as a debugger does; Terraform's parallelism is ours.

use std::{
    fmt::Write as _,
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use pbs_sim::{Settings, Simulator};
use serde_json::{Value as Json, json};
use test_support::{
    core::{Core, Diagnostics, State},
    in_process::{InProcess, Variables},
    provider_process::{ProviderProcess, Start},
    report,
};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::machine;

const TOKEN: &str = "pbs_api_token";
const USER: &str = "pbs_user";
const ACL: &str = "pbs_acl";

/// How many tokens, and as many grants.
const MANY: usize = 1000;

/// An object of the configuration, and what the state has of it.
#[derive(Clone)]
struct Object {
    kind: &'static str,
    config: Json,
    state: State,
}

/// The provider as a process, and a connection to it.
struct Provider {
    core: Arc<Core>,
    process: ProviderProcess,
}

impl Provider {
    async fn start(simulator: &Simulator) -> Self {
        let start = Start::by_hand(&[])
            .env("PBS_ENDPOINT", &simulator.endpoint())
            .env("PBS_FINGERPRINT", simulator.fingerprint())
            .env("PBS_API_TOKEN", simulator.admin_token());
        let process = start.debug().await;
        let core = Core::connect(process.connect().await).await;
        Self { core: Arc::new(core), process }
    }

    /// Resident memory in KiB.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.pid()));
        let status = status.expect("it is running");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

#[derive(Clone, Copy)]
enum Step {
    /// Refresh and plan, and apply what the plan says.
    Apply,
    /// Refresh and plan; there has to be nothing to do.
    Plan,
    Destroy,
}

/// Does it with each object, so many at a time, and gives what the state has then.
async fn all(core: &Arc<Core>, step: Step, at_once: usize, objects: Vec<Object>) -> Vec<Object> {
    let places = Arc::new(Semaphore::new(at_once));
    let mut running = JoinSet::new();
    for (index, mut object) in objects.into_iter().enumerate() {
        let (core, places) = (core.clone(), places.clone());
        running.spawn(async move {
            let _place = places.acquire().await.expect("never closed");
            let Object { kind, config, state } = &mut object;
            let mut diagnostics = Diagnostics::default();
            match step {
                Step::Apply => {
                    core.refresh(kind, state, &mut diagnostics).await;
                    core.change(kind, state, config, &mut diagnostics).await;
                }
                Step::Plan => {
                    core.refresh(kind, state, &mut diagnostics).await;
                    let settled = core.plan_is_empty(kind, state, config, &mut diagnostics).await;
                    assert_eq!(settled, Some(true), "{kind} {index}: {:?}", diagnostics.errors);
                }
                Step::Destroy => {
                    core.destroy(kind, state, &mut diagnostics).await;
                }
            }
            assert!(diagnostics.errors.is_empty(), "{kind} {index}: {:?}", diagnostics.errors);
            (index, object)
        });
    }
    let mut done = running.join_all().await;
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, object)| object).collect()
}

fn tokens(comment: &str) -> Vec<Object> {
    let token = |index| json!({ "user_id": "owner@pbs", "token_name": format!("t{index}"), "comment": comment });
    (0..MANY)
        .map(|index| Object { kind: TOKEN, config: token(index), state: State::default() })
        .collect()
}

fn grants(role: &str) -> Vec<Object> {
    let grant = |index| json!({ "path": "/datastore/store1", "auth_id": format!("owner@pbs!t{index}"), "role_id": role });
    (0..MANY)
        .map(|index| Object { kind: ACL, config: grant(index), state: State::default() })
        .collect()
}

fn changed(before: Vec<Object>, after: Vec<Object>) -> Vec<Object> {
    let pairs = before.into_iter().zip(after);
    pairs.map(|(before, after)| Object { state: before.state, ..after }).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tokens_with_a_thousand_grants_live_and_go_without_an_error() {
    let _machine = machine::alone().await;
    let mut table = String::from(
        "| at a time | tokens + grants | created | planned 6 times, nothing to do | changed | destroyed | most requests of such a plan | resident memory, second to sixth plan |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for at_once in [10, 64] {
        let simulator =
            Simulator::start(Settings { users: vec!["owner@pbs".into()], ..Settings::default() });
        simulator.world(|world| world.put_acl("/", "owner@pbs", "Admin", true));
        let there = || simulator.world(|world| (world.tokens().len(), world.acl().len()));
        let (tokens_before, grants_before) = there();
        let provider = Provider::start(&simulator).await;
        let core = &provider.core;
        let mut laps = Vec::new();
        let mut begun = Instant::now();
        let mut lap = || {
            laps.push(format!("{:.1} s", begun.elapsed().as_secs_f64()));
            begun = Instant::now();
        };

        let first = all(core, Step::Apply, at_once, tokens("one")).await;
        let second = all(core, Step::Apply, at_once, grants("DatastoreBackup")).await;
        lap();
        assert_eq!(there(), (MANY + tokens_before, MANY + grants_before));
        let right = |object: &Object| {
            let [id, secret] =
                ["id", "secret"].map(|name| object.state.text(name).unwrap_or_default());
            simulator.world(|world| world.check_secret(&id, &secret))
        };
        assert!(first.iter().all(right), "a secret got lost or mixed up");

        let mut objects = [first, second].concat();
        let mut memory = Vec::new();
        let mut requests = 0;
        for _ in 0..PLANS {
            simulator.clear_requests();
            objects = all(core, Step::Plan, at_once, objects).await;
            requests = requests.max(simulator.requests().len());
            memory.push(provider.memory());
        }
        lap();
        let grants_then = objects.split_off(MANY);
        let first = all(core, Step::Apply, at_once, changed(objects, tokens("two"))).await;
        let second =
            all(core, Step::Apply, at_once, changed(grants_then, grants("DatastoreReader"))).await;
        lap();
        assert!(simulator.world(|world| {
            world
                .tokens()
                .iter()
                .filter(|(_, token)| token.comment.as_deref() == Some("two"))
                .count()
                == MANY
        }));
        all(core, Step::Destroy, at_once, second).await;
        all(core, Step::Destroy, at_once, first).await;
        lap();
        assert_eq!(there(), (tokens_before, grants_before));

        let (early, late) = (memory[1], memory[PLANS - 1]);
        let growth = (late as f64 / early as f64 - 1.0) * 100.0;
        writeln!(
            table,
            "| {at_once} | {MANY} + {MANY} | {} | {} | {} | {} | {requests} | {:.1} → {:.1} MiB ({growth:+.1} %) |",
            laps[0], laps[1], laps[2], laps[3], early as f64 / 1024.0, late as f64 / 1024.0,
        )
        .expect("a text takes everything");
        assert!(growth <= 10.0, "memory grows from plan to plan: {memory:?} KiB");
        // A list serves 30 seconds; a slow machine needs another one.
        assert!(requests <= 20, "{requests} requests for a plan");
    }
    report::section("load", &table);
}

const PLANS: usize = 6;

/// Deleting a user and deleting a token can each hold the lock that the other wants; a real server gives up after 10 seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_users_and_sixty_tokens_are_destroyed_without_waiting_for_a_lock() {
    let _machine = machine::alone().await;
    const PATIENCE: Duration = Duration::from_secs(10);
    let settings =
        Settings { lock_wait: PATIENCE, users: vec!["owner@pbs".into()], ..Settings::default() };
    let simulator = Simulator::start(settings);
    let variables = Variables::from([
        ("PBS_ENDPOINT", simulator.endpoint()),
        ("PBS_FINGERPRINT", simulator.fingerprint().to_owned()),
        ("PBS_API_TOKEN", simulator.admin_token().to_owned()),
        ("PBS_MAX_RETRIES", "0".to_owned()),
    ]);
    let (core, _session) = InProcess::start(variables).await.into_parts();
    let core = Arc::new(core);
    // Users that own nothing, tokens of somebody else, and tokens that go with their users: in turn.
    let user = |index: usize| format!("u{index}@pbs");
    let users = (0..30).map(|index| (USER, json!({ "user_id": user(index) })));
    let tokens = (0..60).map(|index| {
        let owner = if index % 2 == 0 { "owner@pbs".to_owned() } else { user(index / 2) };
        (TOKEN, json!({ "user_id": owner, "token_name": format!("t{index}") }))
    });
    let object = |(kind, config)| Object { kind, config, state: State::default() };
    let users = all(&core, Step::Apply, 10, users.map(object).collect()).await;
    let tokens = all(&core, Step::Apply, 10, tokens.map(object).collect()).await;
    let mut mixed = Vec::new();
    for (index, user) in users.into_iter().enumerate() {
        mixed.extend([tokens[2 * index].clone(), user, tokens[2 * index + 1].clone()]);
    }

    simulator.clear_requests();
    let begun = Instant::now();
    all(&core, Step::Destroy, 10, mixed).await;
    let took = begun.elapsed();
    let deletions = simulator.requests_to("DELETE", "**");
    let longest = deletions.iter().map(|request| request.took).max().expect("there were some");
    assert_eq!(simulator.world(|world| (world.users().len(), world.tokens().len())), (2, 1));
    assert!(longest < PATIENCE / 2, "a deletion waited {longest:?} for its locks");
    report::section(
        "locks",
        &format!(
            "| destroyed at a time | users | tokens | errors | whole | longest deletion | PBS gives up after |\n|---|---|---|---|---|---|---|\n\
             | 10 | 30 | 60 | 0 | {:.1} s | {:.2} s | 10 s |\n",
            took.as_secs_f64(),
            longest.as_secs_f64()
        ),
    );
}
