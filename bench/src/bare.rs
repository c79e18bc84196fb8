//! The least that creating tokens can take: an HTTP client that does nothing else, over as many connections as
//! Terraform has tasks.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use pbs_sim::Simulator;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use xtask::cli::Result;

/// Makes tokens of `user` by the same two requests that the provider makes: is it there, and then make it.
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
                    let there = client.get(&url).header("authorization", authorization);
                    there.send().await?.bytes().await?;
                    let made =
                        client.post(&url).header("authorization", authorization).json(&json!({}));
                    let made = made.send().await?.error_for_status()?;
                    made.json::<Value>().await?;
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended?.map_err(|error: reqwest::Error| format!("the bare client failed: {error}"))?;
        }
        Ok(())
    })
}
