//! A thousand tokens with a thousand grants (ACL entries) are created, planned, changed and
//! destroyed. The memory of the provider does not grow from plan to plan. Deletions of users and
//! tokens do not run into a deadlock of PBS. The tests act in place of Terraform. They can
//! therefore choose how many objects are handled at a time.

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

/// The number of tokens, and also the number of grants.
const MANY: usize = 1000;

/// A resource of the configuration, and its state.
#[derive(Clone)]
struct Object {
    type_name: &'static str,
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
        let status = status.expect("the provider is running");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

#[derive(Clone, Copy)]
enum Step {
    /// Refreshes, plans and applies.
    Apply,
    /// Refreshes and plans. The plan must be empty.
    Plan,
    Destroy,
}

/// Runs the step with all objects. Handles `parallelism` objects at a time. Returns the objects
/// with their new states.
async fn run_all(
    core: &Arc<Core>,
    step: Step,
    parallelism: usize,
    objects: Vec<Object>,
) -> Vec<Object> {
    let slots = Arc::new(Semaphore::new(parallelism));
    let mut running = JoinSet::new();
    for (index, mut object) in objects.into_iter().enumerate() {
        let (core, slots) = (core.clone(), slots.clone());
        running.spawn(async move {
            let _slot = slots.acquire().await.expect("the semaphore is never closed");
            let Object { type_name, config, state } = &mut object;
            let mut diagnostics = Diagnostics::default();
            match step {
                Step::Apply => {
                    core.refresh(type_name, state, &mut diagnostics).await;
                    core.change(type_name, state, config, &mut diagnostics).await;
                }
                Step::Plan => {
                    core.refresh(type_name, state, &mut diagnostics).await;
                    let empty =
                        core.plan_is_empty(type_name, state, config, &mut diagnostics).await;
                    assert_eq!(empty, Some(true), "{type_name} {index}: {:?}", diagnostics.errors);
                }
                Step::Destroy => {
                    core.destroy(type_name, state, &mut diagnostics).await;
                }
            }
            assert!(diagnostics.errors.is_empty(), "{type_name} {index}: {:?}", diagnostics.errors);
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
        .map(|index| Object { type_name: TOKEN, config: token(index), state: State::default() })
        .collect()
}

fn grants(role: &str) -> Vec<Object> {
    let grant = |index| json!({ "path": "/datastore/store1", "auth_id": format!("owner@pbs!t{index}"), "role_id": role });
    (0..MANY)
        .map(|index| Object { type_name: ACL, config: grant(index), state: State::default() })
        .collect()
}

/// The resources of `after`, each with the state that the resource has in `before`.
fn with_configs(before: Vec<Object>, after: Vec<Object>) -> Vec<Object> {
    let pairs = before.into_iter().zip(after);
    pairs.map(|(before, after)| Object { state: before.state, ..after }).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tokens_and_grants_are_created_changed_and_destroyed_without_an_error() {
    let _machine = machine::alone().await;
    let mut table = String::from(
        "| parallel operations | tokens + grants | time to create | time of six plans | time to change | time to destroy | requests of one plan | resident memory after plan 2 → after plan 6 |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for parallelism in [10, 64] {
        let simulator =
            Simulator::start(Settings { users: vec!["owner@pbs".into()], ..Settings::default() });
        simulator.world(|world| world.put_acl("/", "owner@pbs", "Admin", true));
        let count = || simulator.world(|world| (world.tokens().len(), world.acl().len()));
        let (tokens_before, grants_before) = count();
        let provider = Provider::start(&simulator).await;
        let core = &provider.core;
        let mut laps = Vec::new();
        let mut begin = Instant::now();
        let mut lap = || {
            laps.push(format!("{:.1} s", begin.elapsed().as_secs_f64()));
            begin = Instant::now();
        };

        let first = run_all(core, Step::Apply, parallelism, tokens("one")).await;
        let second = run_all(core, Step::Apply, parallelism, grants("DatastoreBackup")).await;
        lap();
        assert_eq!(count(), (MANY + tokens_before, MANY + grants_before));
        let has_its_secret = |object: &Object| {
            let [id, secret] =
                ["id", "secret"].map(|name| object.state.text(name).unwrap_or_default());
            simulator.world(|world| world.check_secret(&id, &secret))
        };
        assert!(first.iter().all(has_its_secret), "a secret is lost or belongs to another token");

        let mut objects = [first, second].concat();
        let mut memory = Vec::new();
        let mut requests = 0;
        for _ in 0..PLANS {
            simulator.clear_requests();
            objects = run_all(core, Step::Plan, parallelism, objects).await;
            requests = requests.max(simulator.requests().len());
            memory.push(provider.memory());
        }
        lap();
        let later_grants = objects.split_off(MANY);
        let first =
            run_all(core, Step::Apply, parallelism, with_configs(objects, tokens("two"))).await;
        let second = run_all(
            core,
            Step::Apply,
            parallelism,
            with_configs(later_grants, grants("DatastoreReader")),
        )
        .await;
        lap();
        assert!(simulator.world(|world| {
            world
                .tokens()
                .iter()
                .filter(|(_, token)| token.comment.as_deref() == Some("two"))
                .count()
                == MANY
        }));
        run_all(core, Step::Destroy, parallelism, second).await;
        run_all(core, Step::Destroy, parallelism, first).await;
        lap();
        assert_eq!(count(), (tokens_before, grants_before));

        let (early, late) = (memory[1], memory[PLANS - 1]);
        let growth = (late as f64 / early as f64 - 1.0) * 100.0;
        writeln!(
            table,
            "| {parallelism} | {MANY} + {MANY} | {} | {} | {} | {} | {requests} | {:.1} → {:.1} MiB ({growth:+.1} %) |",
            laps[0], laps[1], laps[2], laps[3], early as f64 / 1024.0, late as f64 / 1024.0,
        )
        .expect("writing to a string succeeds");
        assert!(growth <= 10.0, "memory grows from plan to plan: {memory:?} KiB");
        // The provider reuses a list for 30 seconds, so on a slow machine it requests a list more
        // than once.
        assert!(requests <= 20, "{requests} requests for a plan");
    }
    report::section("load", &table);
}

/// How often the unchanged objects are planned.
const PLANS: usize = 6;

/// PBS has a deadlock: the deletion of a user and the deletion of a token can each hold the lock
/// that the other deletion needs. A real server gives up after 10 seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_and_tokens_that_are_destroyed_together_do_not_run_into_the_deadlock() {
    let _machine = machine::alone().await;
    const LOCK_WAIT: Duration = Duration::from_secs(10);
    let settings =
        Settings { lock_wait: LOCK_WAIT, users: vec!["owner@pbs".into()], ..Settings::default() };
    let simulator = Simulator::start(settings);
    let variables = Variables::from([
        ("PBS_ENDPOINT", simulator.endpoint()),
        ("PBS_FINGERPRINT", simulator.fingerprint().to_owned()),
        ("PBS_API_TOKEN", simulator.admin_token().to_owned()),
        ("PBS_MAX_RETRIES", "0".to_owned()),
    ]);
    let (core, _session) = InProcess::start(variables).await.into_parts();
    let core = Arc::new(core);
    // The objects are destroyed in an order that alternates between users, tokens of these users,
    // and tokens of another user that remains.
    let user = |index: usize| format!("u{index}@pbs");
    let users = (0..30).map(|index| (USER, json!({ "user_id": user(index) })));
    let tokens = (0..60).map(|index| {
        let owner = if index % 2 == 0 { "owner@pbs".to_owned() } else { user(index / 2) };
        (TOKEN, json!({ "user_id": owner, "token_name": format!("t{index}") }))
    });
    let object = |(type_name, config)| Object { type_name, config, state: State::default() };
    let users = run_all(&core, Step::Apply, 10, users.map(object).collect()).await;
    let tokens = run_all(&core, Step::Apply, 10, tokens.map(object).collect()).await;
    let mut mixed = Vec::new();
    for (index, user) in users.into_iter().enumerate() {
        mixed.extend([tokens[2 * index].clone(), user, tokens[2 * index + 1].clone()]);
    }

    simulator.clear_requests();
    let begin = Instant::now();
    run_all(&core, Step::Destroy, 10, mixed).await;
    let took = begin.elapsed();
    let deletions = simulator.requests_to("DELETE", "**");
    let longest = deletions.iter().map(|request| request.took).max().expect("there are deletions");
    assert_eq!(simulator.world(|world| (world.users().len(), world.tokens().len())), (2, 1));
    assert!(longest < LOCK_WAIT / 2, "a deletion waited {longest:?} for its locks");
    report::section(
        "locks",
        &format!(
            "| parallel operations | users | tokens | errors | time of the run | slowest deletion | PBS's timeout for locks |\n|---|---|---|---|---|---|---|\n\
             | 10 | 30 | 60 | 0 | {:.1} s | {:.2} s | 10 s |\n",
            took.as_secs_f64(),
            longest.as_secs_f64()
        ),
    );
}
