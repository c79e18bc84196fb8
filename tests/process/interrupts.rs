//! An apply of ten tokens is interrupted at a read and at each kind of write. The interruption is
//! SIGTERM, SIGKILL, or a signal that a terminal sends. A signal of the terminal reaches Terraform
//! and the provider. The target of SIGTERM and SIGKILL is either Terraform or the provider. If
//! neither Terraform nor the provider ends at once, no secret is lost. If one of them ends at once,
//! the state might lack the secret of a token that PBS has created. The next apply then stops with
//! an error that names the token and says what to do. A user who does what the error says can
//! complete the apply. No process ever remains.

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
    cli::{Outcome, REQUIRED_PROVIDERS, Running, Workspace, World, newest_of_each_product},
    processes::{self, Process},
    report,
};

use xtask::cli::Cli;

use crate::machine;

/// The number of tokens. It equals Terraform's default parallelism, so that Terraform creates all
/// tokens at the same time.
const TOKENS: usize = 10;

/// How long the server delays a response. The server carries out the request at once.
const DELAY: Duration = Duration::from_secs(4);

/// How long a test waits for a request, or for the end of all processes.
const LIMIT: Duration = Duration::from_secs(60);

/// The kinds of requests at which the apply is interrupted. Each kind has a method, a path, and the
/// number of requests that the provider sends at the same time. The other requests of the apply are
/// reads, like the first of these four.
const REQUESTS: [(&str, &str, usize); 4] = [
    ("GET", "/access/users", 1),
    ("POST", "/access/users/*/token/*", TOKENS),
    ("PUT", "/access/acl", TOKENS),
    ("PUT", "/access/users/*/token/*", 1),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Interruption {
    /// Ctrl-C in the terminal.
    Interrupt,
    /// Ctrl-\ in the terminal.
    Quit,
    /// The terminal is closed, or its SSH connection is lost.
    HangUp,
    Terminate(Target),
    Kill(Target),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Provider,
    Terraform,
}

const INTERRUPTIONS: [Interruption; 7] = [
    Interruption::Interrupt,
    Interruption::Quit,
    Interruption::HangUp,
    Interruption::Terminate(Target::Provider),
    Interruption::Terminate(Target::Terraform),
    Interruption::Kill(Target::Provider),
    Interruption::Kill(Target::Terraform),
];

impl Interruption {
    fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT to the process group",
            Self::Quit => "SIGQUIT to the process group",
            Self::HangUp => "SIGHUP to the process group",
            Self::Terminate(Target::Provider) => "SIGTERM to the provider",
            Self::Terminate(Target::Terraform) => "SIGTERM to Terraform or OpenTofu",
            Self::Kill(Target::Provider) => "SIGKILL to the provider",
            Self::Kill(Target::Terraform) => "SIGKILL to Terraform or OpenTofu",
        }
    }

    /// Whether the provider and Terraform can both finish their work, which includes storing
    /// secrets. Terraform handles neither SIGQUIT nor SIGHUP, so each of these signals ends
    /// Terraform at once.
    fn lets_both_finish(self) -> bool {
        matches!(self, Self::Interrupt | Self::Terminate(_))
    }

    /// Whether the interruption ends Terraform at once, but not the provider.
    fn ends_only_terraform(self) -> bool {
        matches!(self, Self::Quit | Self::HangUp | Self::Kill(Target::Terraform))
    }

    fn interrupt(self, workspace: &Workspace, running: &Running) {
        let (target, signal) = match self {
            Self::Interrupt => return running.interrupt(),
            Self::Quit => return running.signal(Signal::QUIT),
            Self::HangUp => return running.signal(Signal::HUP),
            Self::Terminate(target) => (target, Signal::TERM),
            Self::Kill(target) => (target, Signal::KILL),
        };
        let processes = processes::working_in(&workspace.directory());
        let is_target = |process: &&Process| process.is_provider == (target == Target::Provider);
        let mut targets = processes.iter().filter(is_target);
        targets.next().expect("the target is running").signal(signal);
        // A wrapper might have started Terraform, so there can be more than one process.
        targets.for_each(|process| process.signal(signal));
    }
}

/// The numbers in one row of the table in `docs/reliability.md`.
#[derive(Default)]
struct Columns {
    cases: usize,
    /// Tokens that exist on the server after the interruption.
    created: usize,
    /// Tokens whose secret is in the state after the interruption.
    stored: usize,
    /// Cases in which the next apply succeeded.
    completed: usize,
    /// Cases in which the next apply stopped with an error that said what to do.
    advised: usize,
    remaining_processes: usize,
}

fn configuration(world: &World, arguments: &str) -> String {
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
    format!(
        "{REQUIRED_PROVIDERS}{}",
        world.names.insert_into(&text.replace("ARGUMENTS", arguments))
    )
}

/// The secrets in the state by the id of the token.
fn secrets(workspace: &Workspace) -> BTreeMap<String, String> {
    (0..TOKENS)
        .map(|index| workspace.state(&format!("pbs_api_token.it[{index}]")))
        .filter_map(|token| {
            Some((token["id"].as_str()?.to_owned(), token["secret"].as_str()?.to_owned()))
        })
        .collect()
}

/// The ids of the user's tokens on the server.
fn tokens(world: &World, simulator: &Simulator) -> Vec<String> {
    let user = world.names.insert_into("<user>!");
    let of_user = |world: &mut pbs_sim::World| {
        world.tokens().keys().filter(|id| id.starts_with(&user)).cloned().collect()
    };
    simulator.world(of_user)
}

/// The grants of the user's tokens that are on the server and not in the state. The result contains
/// the index of the resource and the id of each grant.
fn unknown_grants(
    world: &World,
    simulator: &Simulator,
    workspace: &Workspace,
) -> Vec<(usize, String)> {
    let user = world.names.insert_into("<user>!t");
    let grants = simulator.world(|world| world.acl());
    let grants = grants.into_iter().filter_map(|grant| {
        let index = grant.auth_id.strip_prefix(&user)?.parse().ok()?;
        Some((index, format!("{}?{}?{}", grant.path, grant.auth_id, grant.role)))
    });
    let is_unknown =
        |(index, _): &(usize, String)| workspace.state(&format!("pbs_acl.it[{index}]")).is_null();
    grants.filter(is_unknown).collect()
}

fn run_case(cli: &Cli, request: (&str, &str, usize), interruption: Interruption) -> Columns {
    let world = World::new(cli);
    let simulator = world.simulator("a server that delays responses").expect("a simulator");
    let workspace = world.workspace();
    workspace.write(&configuration(&world, ""));
    let (method, path, simultaneous) = request;
    let fault = simulator.fault(Fault::new(method, path, FaultKind::Slow(DELAY)));
    let running = workspace.start(&["apply", "-auto-approve"]);
    // Wait until `simultaneous` requests have arrived. After the first of them, wait at most half
    // of the time by which the server delays a response.
    let (deadline, mut first) = (Instant::now() + LIMIT, None);
    loop {
        let count = simulator.fault_count(fault) as usize;
        let begin = *first.get_or_insert_with(Instant::now);
        if count == 0 {
            first = None;
        } else if count >= simultaneous || begin.elapsed() > DELAY / 2 {
            break;
        }
        assert!(Instant::now() < deadline, "the provider has not sent {method} {path}");
        thread::sleep(Duration::from_millis(5));
    }
    interruption.interrupt(&workspace, &running);
    let outcome = running.wait();
    // An interruption after the last write might come too late to stop the apply.
    assert!(
        outcome.code != Some(0) || interruption.lets_both_finish(),
        "{method} {path}, {}: {outcome}",
        interruption.name()
    );
    if interruption.ends_only_terraform() {
        // After its connection is closed, the provider waits five seconds for another connection.
        let provider_runs =
            processes::working_in(&workspace.directory()).iter().any(|it| it.is_provider);
        assert!(
            provider_runs,
            "{method} {path}, {}: the provider has ended too early",
            interruption.name()
        );
    }
    let remaining_processes = remaining_processes(&workspace);
    simulator.clear_faults();

    let created = tokens(&world, simulator);
    let stored = secrets(&workspace);
    let works =
        |(id, secret): (&String, &String)| simulator.world(|world| world.check_secret(id, secret));
    assert!(stored.iter().all(works), "{method} {path}, {}: a wrong secret", interruption.name());
    if interruption.lets_both_finish() {
        assert!(
            created.iter().all(|id| stored.contains_key(id)),
            "{method} {path}, {}: {} of {} secrets are in the state\n{outcome}{}",
            interruption.name(),
            stored.len(),
            created.len(),
            world.last_requests()
        );
    }
    let lost: Vec<_> = created.iter().filter(|id| !stored.contains_key(*id)).collect();
    let unknown_grants = unknown_grants(&world, simulator, &workspace);
    let next = workspace.run(&["apply", "-auto-approve"]);
    let completed = lost.is_empty() && unknown_grants.is_empty();
    let case = format!("{method} {path}, {}", interruption.name());
    assert_eq!(next.code == Some(0), completed, "{case}: {outcome}{next}");
    if !completed {
        follow_advice(&world, &workspace, next, &lost, &unknown_grants);
    }
    workspace.assert_plan_is_empty();
    let secrets = secrets(&workspace);
    assert!(secrets.len() == TOKENS && secrets.iter().all(works), "{case}: not completed");
    Columns {
        cases: 1,
        created: created.len(),
        stored: stored.len(),
        completed: usize::from(completed),
        advised: usize::from(!completed),
        remaining_processes,
    }
}

/// Does what the errors say: imports the tokens whose secrets are lost, rotates them, and imports
/// the grants that the state does not contain. `next` is the first apply after the interruption. A
/// grant whose token is missing in the state causes an error only after the token was imported.
fn follow_advice(
    world: &World,
    workspace: &Workspace,
    next: Outcome,
    lost: &[&String],
    unknown_grants: &[(usize, String)],
) {
    let user = world.names.insert_into("<user>");
    let tokens = lost.iter().map(|id| {
        let index = id.strip_prefix(&format!("{user}!t")).expect("a token of this test");
        (format!("pbs_api_token.it[{index}]"), (*id).clone())
    });
    let grants =
        unknown_grants.iter().map(|(index, id)| (format!("pbs_acl.it[{index}]"), id.clone()));
    let mut missing: Vec<_> = tokens.chain(grants).collect();
    let triggers = if lost.is_empty() { "" } else { "rotation_triggers = { lost = \"once\" }" };
    let rotated = configuration(world, triggers);
    let (mut imports, mut outcome) = (String::new(), next);
    while outcome.code != Some(0) {
        assert_eq!(outcome.code, Some(1), "{outcome}");
        // Terraform wraps the lines of an error.
        let error = outcome.stderr.replace(['\n', '│'], " ");
        let error = error.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_advised = |(_, id): &(String, String)| error.contains(&format!("id = \"{id}\""));
        let (advised, others) = missing.into_iter().partition::<Vec<_>, _>(is_advised);
        assert!(!advised.is_empty(), "no import block for any of {others:?}: {outcome}");
        for (address, id) in advised {
            writeln!(imports, "import {{\n  to = {address}\n  id = \"{id}\"\n}}")
                .expect("writing to a string succeeds");
        }
        missing = others;
        workspace.write(&format!("{rotated}{imports}"));
        outcome = workspace.run(&["apply", "-auto-approve"]);
    }
    assert!(missing.is_empty(), "the errors do not mention {missing:?}");
    workspace.write(&rotated);
}

/// Waits until all processes have ended, but at most for [`LIMIT`]. Returns the number of processes
/// that still run.
fn remaining_processes(workspace: &Workspace) -> usize {
    let deadline = Instant::now() + LIMIT;
    loop {
        let remaining = processes::working_in(&workspace.directory());
        if remaining.is_empty() || Instant::now() > deadline {
            return remaining.len();
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_interruption_at_any_request_loses_no_secret_unless_a_process_ends_at_once() {
    let _machine = machine::alone_blocking();
    processes::assert_that_hangups_are_not_ignored();
    let mut jobs = Vec::new();
    for cli in newest_of_each_product() {
        for interruption in INTERRUPTIONS {
            jobs.extend(REQUESTS.map(|request| (cli, request, interruption)));
        }
    }
    jobs.reverse();
    let (jobs, totals) = (Mutex::new(jobs), Mutex::new(BTreeMap::<_, Columns>::new()));
    thread::scope(|scope| {
        for _ in 0..PARALLEL_APPLIES {
            scope.spawn(|| {
                while let Some((cli, request, interruption)) =
                    { jobs.lock().expect("no thread panics with the lock").pop() }
                {
                    let case = run_case(cli, request, interruption);
                    let mut totals = totals.lock().expect("no thread panics with the lock");
                    let total = totals.entry((cli.to_string(), interruption)).or_default();
                    total.cases += case.cases;
                    total.created += case.created;
                    total.stored += case.stored;
                    total.completed += case.completed;
                    total.advised += case.advised;
                    total.remaining_processes += case.remaining_processes;
                }
            });
        }
    });
    let mut table = String::from(
        "| program | interruption | interrupted applies | tokens on the server | secrets in the state | completed by the next apply | completed after an import | processes left |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    let totals = totals.into_inner().expect("no thread panics with the lock");
    for ((program, interruption), total) in &totals {
        let Columns { cases, created, stored, completed, advised, remaining_processes } = total;
        writeln!(
            table,
            "| {program} | {} | {cases} | {created} | {stored} | {completed} | {advised} | {remaining_processes} |",
            interruption.name()
        )
        .expect("writing to a string succeeds");
        assert_eq!(*remaining_processes, 0, "{program}, {}: processes remain", interruption.name());
        assert!(!interruption.lets_both_finish() || created == stored, "{table}");
    }
    assert!(
        totals.values().any(|total| total.advised > 0),
        "no kill has interrupted a creation:\n{table}"
    );
    report::section("interrupts", &table);
}

/// How many applies run at the same time. Most of them wait for a delayed response.
const PARALLEL_APPLIES: usize = 4;
