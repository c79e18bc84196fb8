//! A bare HTTP client that sends only the necessary writes, over as many connections as Terraform
//! has concurrent operations. No provider can be faster than this client.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use pbs_sim::Simulator;
use reqwest::{Client, Method};
use serde_json::Value;
use tokio::task::JoinSet;
use xtask::cli::Result;

/// A write: the method, the path below `/api2/json`, and the body.
pub(crate) type Write = (Method, String, Value);

/// Sends the writes of each phase over this number of connections. A phase begins when the previous
/// phase has ended, because Terraform creates the first grant only after the last token. Returns
/// the time from the first request to the last response.
pub(crate) fn send(
    simulator: &Simulator,
    phases: Vec<Vec<Write>>,
    connections: usize,
) -> Result<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client =
            Client::builder().tls_danger_accept_invalid_certs(true).http1_only().build()?;
        let base = format!("{}/api2/json", simulator.endpoint());
        let authorization = format!("PBSAPIToken={}", simulator.admin_token());
        let start = Instant::now();
        for writes in phases {
            let queue = Arc::new(Mutex::new(VecDeque::from(writes)));
            let mut tasks = JoinSet::new();
            for _ in 0..connections {
                let (client, base, authorization) =
                    (client.clone(), base.clone(), authorization.clone());
                let queue = Arc::clone(&queue);
                tasks.spawn(async move {
                    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    while let Some((method, path, body)) = next() {
                        let request = client.request(method, format!("{base}{path}"));
                        let request = request.header("authorization", &authorization).json(&body);
                        request.send().await?.error_for_status()?.bytes().await?;
                    }
                    Ok(())
                });
            }
            while let Some(outcome) = tasks.join_next().await {
                outcome?
                    .map_err(|error: reqwest::Error| format!("the bare client failed: {error}"))?;
            }
        }
        Ok(start.elapsed())
    })
}
