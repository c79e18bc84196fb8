//! An apply with ten tokens in flight is interrupted at every request that it makes: Ctrl-C, SIGTERM and SIGKILL, to Terraform and to
//! the provider. Where the provider lives to answer, no secret is lost. Where it is killed, PBS may have made a token whose secret
//! nobody has: the next apply stops and says which one it is and what to do, and doing that puts it right. Nothing goes on running.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use pbs_sim::{Fault, FaultKind, Simulator};
use rustix::process::Signal;
use test_support::{
    cli::{Outcome, REQUIRED_PROVIDERS, Running, Workspace, World, clis},
    processes, report,
};

use crate::machine;

/// How many tokens there are, and Terraform's usual parallelism.
const TOKENS: usize = 10;

/// How long the server keeps an answer back: what it was asked for is done at once.
const HELD: Duration = Duration::from_secs(4);

const LIMIT: Duration = Duration::from_secs(60);

/// Every kind of request of the apply, and how many of it come at the same time.
const REQUESTS: [(&str, &str, usize); 5] = [
    ("GET", "/access/users", 1),
    ("GET", "/access/users/*/token/*", TOKENS),
    ("POST", "/access/users/*/token/*", TOKENS),
    ("PUT", "/access/acl", TOKENS),
    ("PUT", "/access/users/*/token/*", 1),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Interruption {
    CtrlC,
    Terminate(Whom),
    Kill(Whom),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whom {
    Provider,
    Terraform,
}

const INTERRUPTIONS: [Interruption; 5] = [
    Interruption::CtrlC,
    Interruption::Terminate(Whom::Provider),
    Interruption::Terminate(Whom::Terraform),
    Interruption::Kill(Whom::Provider),
    Interruption::Kill(Whom::Terraform),
];

impl Interruption {
    fn name(self) -> &'static str {
        match self {
            Self::CtrlC => "SIGINT to the process group",
            Self::Terminate(Whom::Provider) => "SIGTERM to the provider",
            Self::Terminate(Whom::Terraform) => "SIGTERM to Terraform",
            Self::Kill(Whom::Provider) => "SIGKILL to the provider",
            Self::Kill(Whom::Terraform) => "SIGKILL to Terraform",
        }
    }

    /// Whether the provider and Terraform both live to hand the secret over.
    fn lets_live(self) -> bool {
        !matches!(self, Self::Kill(_))
    }

    fn strike(self, workspace: &Workspace, running: &Running) {
        let (whom, signal) = match self {
            Self::CtrlC => return running.interrupt(),
            Self::Terminate(whom) => (whom, Signal::TERM),
            Self::Kill(whom) => (whom, Signal::KILL),
        };
        let struck = processes::working_in(&workspace.directory());
        let mut struck = struck.iter().filter(|it| it.is_provider == (whom == Whom::Provider));
        struck.next().expect("it is running").signal(signal);
        // Its wrapper, if there is one, is not Terraform.
        struck.for_each(|process| process.signal(signal));
    }
}

/// What is to be seen.
#[derive(Default)]
struct Columns {
    cases: usize,
    /// Tokens that exist, and how many of their secrets are in the state.
    made: usize,
    kept: usize,
    /// Cases in which the next apply did all by itself, and in which it said what was to be done.
    by_itself: usize,
    told: usize,
    left_running: usize,
}

fn configuration(world: &World, more: &str) -> String {
    let text = r#"
        resource "pbs_api_token" "it" {
          count      = 10
          user_id    = "<user>"
          token_name = "t${count.index}"
          ARGUMENTS
        }
        resource "pbs_acl" "it" {
          count   = 10
          path    = "<path>"
          auth_id = pbs_api_token.it[count.index].id
          role_id = "DatastoreBackup"
        }
    "#;
    format!("{REQUIRED_PROVIDERS}{}", world.names.fill(&text.replace("ARGUMENTS", more)))
}

/// The secrets in the state, by the token's id.
fn secrets(workspace: &Workspace) -> BTreeMap<String, String> {
    (0..TOKENS)
        .map(|index| workspace.state(&format!("pbs_api_token.it[{index}]")))
        .filter_map(|it| Some((it["id"].as_str()?.to_owned(), it["secret"].as_str()?.to_owned())))
        .collect()
}

/// The user's tokens on the server.
fn tokens(world: &World, simulator: &Simulator) -> Vec<String> {
    let user = world.names.fill("<user>!");
    let own = |world: &mut pbs_sim::World| {
        world.tokens().keys().filter(|id| id.starts_with(&user)).cloned().collect()
    };
    simulator.world(own)
}

fn interrupted(request: (&str, &str, usize), by: Interruption) -> Columns {
    let world = World::new(clis().last().expect("there is one"));
    let simulator = world.simulator("a server that keeps answers back").expect("a simulator");
    let workspace = world.workspace();
    workspace.write(&configuration(&world, ""));
    let (method, path, at_once) = request;
    let fault = simulator.fault(Fault::new(method, path, FaultKind::Slow(HELD)));
    let running = workspace.start(&["apply", "-auto-approve"]);
    // All ten, or as many as came while the first one waits.
    let (deadline, mut first) = (Instant::now() + LIMIT, None);
    loop {
        let count = simulator.fault_count(fault) as usize;
        let begun = *first.get_or_insert_with(Instant::now);
        if count == 0 {
            first = None;
        } else if count >= at_once || begun.elapsed() > HELD / 2 {
            break;
        }
        assert!(Instant::now() < deadline, "{method} {path} never came");
        thread::sleep(Duration::from_millis(5));
    }
    by.strike(&workspace, &running);
    let outcome = running.wait();
    // After the last write there is nothing left that an interruption could stop.
    assert!(outcome.code != Some(0) || by.lets_live(), "{method} {path}, {}: {outcome}", by.name());
    let left_running = outlived(&workspace);
    simulator.clear_faults();

    let made = tokens(&world, simulator);
    let kept = secrets(&workspace);
    let works =
        |(id, secret): (&String, &String)| simulator.world(|world| world.check_secret(id, secret));
    assert!(kept.iter().all(works), "{method} {path}, {}: a wrong secret", by.name());
    if by.lets_live() {
        assert!(
            made.iter().all(|id| kept.contains_key(id)),
            "{method} {path}, {}: {} of {} secrets are in the state\n{outcome}{}",
            by.name(),
            kept.len(),
            made.len(),
            world.last_requests()
        );
    }
    let lost: Vec<_> = made.iter().filter(|id| !kept.contains_key(*id)).collect();
    let next = workspace.run(&["apply", "-auto-approve"]);
    if !lost.is_empty() {
        put_right(&world, &workspace, &next, &lost);
    }
    let what = format!("{method} {path}, {}", by.name());
    assert!(next.code == Some(0) || !lost.is_empty(), "{what}: {outcome}{next}");
    workspace.assert_plan_is_empty();
    let secrets = secrets(&workspace);
    assert!(secrets.len() == TOKENS && secrets.iter().all(works), "{what}: not put right");
    Columns {
        cases: 1,
        made: made.len(),
        kept: kept.len(),
        by_itself: usize::from(lost.is_empty()),
        told: usize::from(!lost.is_empty()),
        left_running,
    }
}

/// Does what the error says: imports the tokens whose secrets are lost, and has new ones made.
fn put_right(world: &World, workspace: &Workspace, next: &Outcome, lost: &[&String]) {
    assert_eq!(next.code, Some(1), "{next}");
    // Terraform breaks the lines of an error.
    let said = next.stderr.replace(['\n', '│'], " ");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let user = world.names.fill("<user>");
    let mut more = String::new();
    for id in lost {
        assert!(said.contains(&format!("The token {id} already exists")), "{id}: {next}");
        assert!(said.contains(&format!("id = \"{id}\"")), "no import block for {id}: {next}");
        let index = id.strip_prefix(&format!("{user}!t")).expect("one of ours");
        writeln!(more, "import {{\n  to = pbs_api_token.it[{index}]\n  id = \"{id}\"\n}}")
            .expect("a text takes everything");
    }
    let renewed = configuration(world, "rotation_triggers = { lost = \"once\" }");
    workspace.write(&format!("{renewed}{more}"));
    workspace.apply();
    workspace.write(&renewed);
}

/// How many processes are left when the last one should be gone.
fn outlived(workspace: &Workspace) -> usize {
    let deadline = Instant::now() + LIMIT;
    loop {
        let left = processes::working_in(&workspace.directory());
        if left.is_empty() || Instant::now() > deadline {
            return left.len();
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_interruption_at_any_request_loses_no_secret_that_somebody_lived_to_keep() {
    let _machine = machine::alone_blocking();
    let mut jobs: Vec<_> = INTERRUPTIONS
        .iter()
        .flat_map(|by| REQUESTS.iter().map(move |request| (*request, *by)))
        .collect();
    jobs.reverse();
    let (jobs, totals) = (Mutex::new(jobs), Mutex::new(BTreeMap::<_, Columns>::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((request, by)) = { jobs.lock().expect("nobody panics").pop() } {
                    let one = interrupted(request, by);
                    let mut totals = totals.lock().expect("nobody panics with it");
                    let total = totals.entry(by).or_default();
                    total.cases += one.cases;
                    total.made += one.made;
                    total.kept += one.kept;
                    total.by_itself += one.by_itself;
                    total.told += one.told;
                    total.left_running += one.left_running;
                }
            });
        }
    });
    let mut table = String::from(
        "| interruption | at requests | tokens that PBS had made | their secrets in the state | the next apply went through | it stopped and named every token, and its advice put it right | processes left |\n\
         |---|---|---|---|---|---|---|\n",
    );
    let totals = totals.into_inner().expect("nobody panics with it");
    for (by, total) in &totals {
        let Columns { cases, made, kept, by_itself, told, left_running } = total;
        writeln!(
            table,
            "| {} | {cases} | {made} | {kept} | {by_itself} | {told} | {left_running} |",
            by.name()
        )
        .expect("a text takes everything");
        assert_eq!(*left_running, 0, "{}: processes go on running", by.name());
        assert!(!by.lets_live() || made == kept, "{table}");
    }
    assert!(totals.values().any(|total| total.told > 0), "no kill has hit a creation:\n{table}");
    report::section("interrupts", &table);
}

/// So many applies run side by side; most of them wait.
const AT_ONCE: usize = 4;
