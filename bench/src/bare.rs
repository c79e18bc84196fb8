//! A bare HTTP client that only creates tokens, over as many connections as Terraform has
//! concurrent operations. No provider can create tokens faster than this client.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use pbs_sim::Simulator;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use xtask::cli::Result;

/// Creates tokens of `user` with the same two requests as the provider: one to check whether the
/// token exists, and one to create it.
pub(crate) fn create_tokens(
    simulator: &Simulator,
    user: &str,
    count: usize,
    connections: usize,
) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client =
            Client::builder().tls_danger_accept_invalid_certs(true).http1_only().build()?;
        let base = format!("{}/api2/json/access/users/{user}/token", simulator.endpoint());
        let authorization = format!("PBSAPIToken={}", simulator.admin_token());
        let shared = Arc::new((client, base, authorization, AtomicUsize::new(0)));
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            let shared = Arc::clone(&shared);
            tasks.spawn(async move {
                let (client, base, authorization, next) = &*shared;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return Ok(());
                    }
                    let url = format!("{base}/t{number}");
                    let check = client.get(&url).header("authorization", authorization);
                    check.send().await?.bytes().await?;
                    let create =
                        client.post(&url).header("authorization", authorization).json(&json!({}));
                    let response = create.send().await?.error_for_status()?;
                    response.json::<Value>().await?;
                }
            });
        }
        while let Some(outcome) = tasks.join_next().await {
            outcome?.map_err(|error: reqwest::Error| format!("the bare client failed: {error}"))?;
        }
        Ok(())
    })
}
