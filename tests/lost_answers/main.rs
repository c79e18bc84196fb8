//! A token's secret is told once, in an answer that may never come. Here every request of making a token and of giving it a new
//! secret goes wrong in every way the simulator knows, the first time and every time. However it ends, the secret in the state is the
//! one that works, or an error names the token and the next apply puts it right; and no token is left that nobody knows of.

#[path = "../support/core.rs"]
mod core;
mod judge;
mod scenario;
#[path = "../protocol/wire.rs"]
mod wire;

/// The provider's messages and client.
#[allow(clippy::all, dead_code, missing_docs, unreachable_pub, reason = "generated code")]
pub(crate) mod tfplugin6 {
    include!(concat!(env!("OUT_DIR"), "/client/tfplugin6.rs"));
}

use std::{sync::Arc, time::Duration};

use pbs_sim::{Fault, FaultKind, Request};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    judge::{Columns, judge},
    scenario::{SCENARIOS, Scenario},
};

/// Longer than the provider waits for an answer here.
const TOO_LATE: Duration = Duration::from_millis(1500);

/// So many cases run at a time; most of them wait.
const AT_ONCE: usize = 16;

fn faults() -> [FaultKind; 11] {
    [
        FaultKind::Refused,
        FaultKind::DroppedBefore,
        FaultKind::DroppedAfter,
        FaultKind::Hang,
        FaultKind::Slow(TOO_LATE),
        FaultKind::Truncated,
        FaultKind::Status(500, "out of order".into()),
        FaultKind::Status(503, "starting".into()),
        FaultKind::Html502,
        FaultKind::Unauthorized,
        FaultKind::Forbidden,
    ]
}

/// A request of a scenario, and how it goes wrong.
#[derive(Clone)]
pub(crate) struct Trouble {
    method: String,
    path: String,
    /// So many requests of this kind go well before.
    earlier: u32,
    kind: FaultKind,
    every_time: bool,
}

impl Trouble {
    pub(crate) fn fault(&self) -> Fault {
        let fault = Fault::new(&self.method, &self.path, self.kind.clone()).skip(self.earlier);
        if self.every_time { fault } else { fault.times(1) }
    }
}

/// Every request of the scenario × every fault × {first try, every try}.
fn troubles(requests: &[Request]) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        // The scenario itself makes this one go wrong.
        if request.fault.is_some() {
            continue;
        }
        let same = |other: &&Request| {
            (&other.method, &other.path) == (&request.method, &request.path)
                && other.fault.is_none()
        };
        let earlier = requests[..index].iter().filter(same).count() as u32;
        for kind in faults() {
            for every_time in [false, true] {
                let (method, path) = (request.method.clone(), request.path.clone());
                troubles.push(Trouble { method, path, earlier, kind: kind.clone(), every_time });
            }
        }
    }
    troubles
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_that_gets_lost_costs_a_secret_or_leaves_a_token_behind() {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for scenario in SCENARIOS {
        let requests = scenario.requests().await;
        assert!(requests.len() > 1, "{}: {requests:?}", scenario.name);
        for trouble in troubles(&requests) {
            let places = places.clone();
            running.spawn(async move {
                let _place = places.acquire().await.expect("never closed");
                let facts = scenario.run(&trouble).await;
                let columns = judge(&facts);
                (line(scenario, &trouble, &facts.outcome(), &columns), columns)
            });
        }
    }
    let mut cases = running.join_all().await;
    cases.sort_by(|(a, _), (b, _)| a.cmp(b));
    let total: Columns = cases.iter().map(|(_, columns)| columns).sum();
    let bad: Vec<_> = cases.iter().filter(|(_, columns)| columns.any()).collect();
    let table: String = cases.iter().map(|(line, _)| format!("{line}\n")).collect();
    eprintln!("{table}{} cases; {total}", cases.len());
    let bad: String = bad.iter().map(|(line, _)| format!("\n{line}")).collect();
    assert!(!total.any(), "{} cases; {total}{bad}", cases.len());
}

/// A server that is slow enough makes the token only after the provider has given up.
#[tokio::test]
async fn a_token_that_comes_to_exist_after_the_error_is_put_right_by_the_next_apply() {
    let scenario = &SCENARIOS[0];
    let (method, path) = ("POST".to_owned(), scenario::PATH.to_owned());
    let trouble = Trouble { method, path, earlier: 0, kind: FaultKind::Hang, every_time: true };
    let facts = scenario.run_then(&trouble, |world| drop(world.add_token(scenario::TOKEN))).await;
    assert!(facts.errors[0].contains(scenario::TOKEN), "{:?}", facts.errors);
    let columns = judge(&facts);
    assert!(!columns.any(), "{columns}: {facts:?}");
}

fn line(scenario: &Scenario, trouble: &Trouble, outcome: &str, columns: &Columns) -> String {
    let Trouble { method, path, earlier, kind, every_time } = trouble;
    let number = earlier + 1;
    let kind = match kind {
        FaultKind::Slow(_) => "answered too late".to_owned(),
        FaultKind::Status(status, _) => status.to_string(),
        kind => format!("{kind:?}"),
    };
    let times = if *every_time { "every try" } else { "first try" };
    format!(
        "{:32} {method:6} {path} #{number}: {kind}, {times} | {outcome} | {columns}",
        scenario.name
    )
}
