//! A run that is interrupted while the provider waits until a changed grant is effective. The grant
//! is complete, and becomes effective without another request.

use std::time::Duration;

use pbs_sim::{Fault, FaultKind, Settings, Simulator};
use serde_json::json;
use test_support::{
    core::{Diagnostics, State},
    in_process::{InProcess, variables},
};

#[tokio::test]
async fn a_stop_ends_the_wait_at_once_and_without_an_error() {
    let simulator =
        Simulator::start(Settings { users: vec!["one@pbs".into()], ..Settings::default() });
    let variables = variables(&simulator, simulator.admin_token());
    let provider = InProcess::start_in_time_of(&simulator, variables).await;
    // The server never responds to the update that makes the grant effective.
    simulator.fault(Fault::new("PUT", "/access/users/**", FaultKind::Hang));
    let config = json!({ "path": "/datastore", "auth_id": "one@pbs", "role_id": "Audit" });
    let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
    let stop_after_flush = async {
        while simulator.requests_to("PUT", "/access/users/**").is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        provider.stop().await;
    };
    let change = provider.change("pbs_acl", &mut state, &config, &mut diagnostics);
    let limit = Duration::from_secs(10);
    tokio::time::timeout(limit, async { tokio::join!(change, stop_after_flush) })
        .await
        .expect("the wait ends before the time limit of a request");
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert_eq!(state.text("id").as_deref(), Some("/datastore?one@pbs?Audit"));
}
