//! Runs operations with faults. A case combines one operation, one request of this operation, and
//! one kind of fault that happens at this request. The fault happens either at the first try only
//! or at every try. Afterwards the operation is repeated without the fault. In every case the state
//! must keep its object and its secret. The state or an error must name every object that was
//! created on the server. The repetition must complete the operation.
//!
//! There are three tables of scenarios. `OPERATIONS` has the operations of users, tokens, grants
//! and namespaces. `OBJECTS` has the operations of configuration objects, whose types share their
//! code. `SECRETS` has the operations that give a token a secret. These operations run on current
//! and old servers, and some have a second fault. The checks of `SECRETS` are stricter, because PBS
//! shows a secret only once and the response with the secret may get lost.
//!
//! `tests/acceptance/outage.rs` tests with the real Terraform that an outage does not change the
//! state.

mod coverage;
mod judge;
mod objects;
mod operations;
mod scenario;
mod secrets;
mod server;
mod trouble;

use std::{fmt::Write as _, sync::Arc};

use pbs_sim::FaultKind;
use test_support::report;
use tokio::{
    sync::{Mutex, Semaphore},
    task::JoinSet,
};

use crate::{
    judge::{Columns, Facts, judge},
    objects::OBJECTS,
    operations::OPERATIONS,
    scenario::Scenario,
    secrets::SECRETS,
    trouble::{operation_faults, secret_faults, troubles},
};

/// The number of cases that run at the same time. This number may exceed the number of cores,
/// because most cases only wait for a response that does not come.
const CONCURRENT_CASES: usize = 24;

/// Each test locks this mutex while it runs, so the tests run one after the other. In these tests
/// the provider waits only one second for a response. If the tests ran in parallel, a response
/// could arrive later.
static ONE_TEST: Mutex<()> = Mutex::const_new(());

/// One scenario with one fault.
struct Case {
    /// The scenario's index in its table.
    scenario: usize,
    trouble: String,
    facts: Facts,
    columns: Columns,
}

/// Runs every scenario with every fault at every request. Sorts the cases by scenario and fault.
async fn run(scenarios: &[&'static Scenario], faults: &[(&'static str, FaultKind)]) -> Vec<Case> {
    let permits = Arc::new(Semaphore::new(CONCURRENT_CASES));
    let mut running = JoinSet::new();
    for (index, scenario) in scenarios.iter().copied().enumerate() {
        let (requests, expected) = scenario.rehearse().await;
        let expected = Arc::new(expected);
        for trouble in troubles(&requests, faults) {
            let (permits, expected) = (permits.clone(), expected.clone());
            running.spawn(async move {
                let _permit = permits.acquire().await.expect("the semaphore is never closed");
                let description = trouble.description.clone();
                let facts = scenario.run(trouble, &expected).await;
                let columns = judge(&facts);
                Case { scenario: index, trouble: description, facts, columns }
            });
        }
    }
    let mut cases = running.join_all().await;
    cases.sort_by(|a, b| (a.scenario, &a.trouble).cmp(&(b.scenario, &b.trouble)));
    cases
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_at_any_request_loses_nothing_and_the_next_run_completes_the_operation() {
    let _one_test = ONE_TEST.lock().await;
    let scenarios: Vec<_> = OPERATIONS.iter().chain(&*OBJECTS).collect();
    let cases = run(&scenarios, &operation_faults()).await;
    let mut table = String::from(
        "| type | operation | cases | ended in an error | state lost | secrets lost | unknown orphans | completed by the next run |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    let mut row = |type_name: &str, name: &str, total: &Columns| {
        writeln!(table, "| {type_name} | {name} | {total}").expect("writing to a string succeeds");
    };
    for (index, scenario) in scenarios.iter().enumerate() {
        let cases = cases.iter().filter(|case| case.scenario == index);
        let total = cases.map(|case| &case.columns).sum();
        row(&format!("`{}`", scenario.type_name), scenario.name, &total);
    }
    let total: Columns = cases.iter().map(|case| &case.columns).sum();
    row("**all**", "", &total);
    let losses = cases.iter().filter(|case| case.columns.any()).map(|case| {
        let Scenario { type_name, name, .. } = scenarios[case.scenario];
        format!("\n{type_name} {name}: {}: {}", case.trouble, case.columns.reasons())
    });
    let losses: String = losses.collect();
    assert!(!total.any(), "{table}{losses}");
    report::section("faults", &table);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_response_loses_no_secret_and_leaves_no_unknown_token() {
    let _one_test = ONE_TEST.lock().await;
    let scenarios: Vec<_> = SECRETS.iter().collect();
    let cases = run(&scenarios, &secret_faults()).await;
    let line = |case: &Case| {
        let (name, outcome) = (SECRETS[case.scenario].name, case.facts.outcome());
        format!("{name:32} {} | {outcome} | {}\n", case.trouble, case.columns.reasons())
    };
    let total: Columns = cases.iter().map(|case| &case.columns).sum();
    let table: String = cases.iter().map(line).collect();
    eprintln!("{table}{} cases", cases.len());
    let losses: String = cases.iter().filter(|case| case.columns.any()).map(line).collect();
    assert!(!total.any(), "{} cases, {total}\n{losses}", cases.len());
}
