//! Every request of every operation of every type goes wrong in every way the simulator knows, the first time and every time, and
//! then the operation is repeated. However it ends: what the state held stays there, no secret is lost, nothing is on the server of
//! which neither the state nor an error tells, and the repetition leaves nothing to do.
//!
//! `tests/lost_answers` looks closer at a token's secret, on old servers too; `tests/acceptance/outage.rs` does it with Terraform.

#[path = "../support/core.rs"]
mod core;
mod judge;
#[path = "../support/report.rs"]
mod report;
mod scenario;
#[path = "../protocol/wire.rs"]
mod wire;

/// The provider's messages and client.
#[allow(clippy::all, dead_code, missing_docs, unreachable_pub, reason = "generated code")]
pub(crate) mod tfplugin6 {
    include!(concat!(env!("OUT_DIR"), "/client/tfplugin6.rs"));
}

use std::{fmt::Write as _, sync::Arc, time::Duration};

use pbs_sim::{Fault, FaultKind, Request};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    judge::{Columns, judge},
    scenario::SCENARIOS,
};

/// The provider waits a second for an answer here.
const TOO_LATE: Duration = Duration::from_millis(1500);
const IN_TIME: Duration = Duration::from_millis(100);

/// So many cases run at a time; most of them wait.
const AT_ONCE: usize = 24;

fn faults() -> [(&'static str, FaultKind); 11] {
    [
        ("refused", FaultKind::Refused),
        ("dropped before", FaultKind::DroppedBefore),
        ("dropped after commit", FaultKind::DroppedAfter),
        ("hang", FaultKind::Hang),
        ("500", FaultKind::Status(500, "out of order".into())),
        ("502 HTML", FaultKind::Html502),
        ("401", FaultKind::Unauthorized),
        ("403", FaultKind::Forbidden),
        ("truncated body", FaultKind::Truncated),
        ("slow, too late", FaultKind::Slow(TOO_LATE)),
        ("slow, in time", FaultKind::Slow(IN_TIME)),
    ]
}

/// A request of a scenario, and how it goes wrong.
struct Trouble {
    fault: Fault,
    shown: String,
}

/// Every request × every fault × {first try, every try}. What the scenario itself makes go wrong is left out.
fn troubles(requests: &[Request]) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        if request.fault.is_some() {
            continue;
        }
        // The name of an ephemeral token differs from run to run.
        let pattern = match request.path.split_once("/token/tf-") {
            Some((user, _)) => format!("{user}/token/tf-*"),
            None => request.path.clone(),
        };
        let one = Fault::new(&request.method, &pattern, FaultKind::Hang);
        let alike = |other: &&Request| {
            let path = match other.path.split_once("/token/tf-") {
                Some((user, _)) => format!("{user}/token/tf-*"),
                None => other.path.clone(),
            };
            other.fault.is_none() && (&other.method, path) == (&one.method, one.path.clone())
        };
        let earlier = requests[..index].iter().filter(alike).count() as u32;
        for (name, kind) in faults() {
            for times in [Some(1), None] {
                let fault = Fault { kind: kind.clone(), times, skip: earlier, ..one.clone() };
                let how_often = if times.is_some() { "first try" } else { "every try" };
                let (method, number) = (&request.method, earlier + 1);
                let shown = format!("{method} {pattern} #{number}: {name}, {how_often}");
                troubles.push(Trouble { fault, shown });
            }
        }
    }
    troubles
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_nothing_is_lost_and_the_next_run_puts_it_right() {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (index, scenario) in SCENARIOS.iter().enumerate() {
        let (requests, expected) = scenario.rehearse().await;
        let expected = Arc::new(expected);
        assert!(!requests.is_empty(), "{} asks nothing", scenario.name);
        for Trouble { fault, shown } in troubles(&requests) {
            let (places, expected) = (places.clone(), expected.clone());
            running.spawn(async move {
                let _place = places.acquire().await.expect("never closed");
                let columns = judge(&scenario.run(fault, &expected).await);
                (index, shown, columns)
            });
        }
    }
    let mut cases = running.join_all().await;
    cases.sort_by(|(a, shown, _), (b, other, _)| (a, shown).cmp(&(b, other)));

    let mut table = String::from(
        "| type | operation | cases | ended in an error | state lost | secrets lost | unknown orphans | put right by the next run |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    let mut row = |kind: &str, name: &str, total: &Columns| {
        writeln!(table, "| {kind} | {name} | {total}").expect("a text takes everything");
    };
    for (index, scenario) in SCENARIOS.iter().enumerate() {
        let of_it = cases.iter().filter(|(of, ..)| *of == index).map(|(.., columns)| columns);
        row(&format!("`{}`", scenario.kind), scenario.name, &of_it.sum());
    }
    let total: Columns = cases.iter().map(|(.., columns)| columns).sum();
    row("**all**", "", &total);
    let bad = cases.iter().filter(|(.., columns)| columns.any()).map(|(of, shown, columns)| {
        let scenario = &SCENARIOS[*of];
        format!("\n{} {}: {shown}: {}", scenario.kind, scenario.name, columns.why())
    });
    let bad: String = bad.collect();
    assert!(!total.any(), "{table}{bad}");
    report::section("faults", &table);
}
