//! Injected faults: what the client sees, and what the server's state is afterwards.

mod common;

use std::time::{Duration, Instant};

use common::{Caller, simulator};
use pbs_sim::{Fault, FaultKind};

const TOKEN: &str = "/access/users/u@pbs/token/ci";

/// Creates a token while a fault is injected. Returns what the client received, and whether the
/// token exists afterwards.
async fn create_token_with_fault(kind: FaultKind) -> (reqwest::Result<(u16, String)>, bool) {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let fault = sim.fault(Fault::new("POST", "/access/users/*/token/*", kind.clone()));
    let response = admin.send("POST", TOKEN, &[("comment", "x")]).await;
    assert!(sim.fault_count(fault) >= 1, "{kind:?} did not occur");
    let requests = sim.requests();
    assert!(requests.iter().any(|request| request.path == TOKEN && request.fault.is_some()));
    sim.clear_faults();
    assert_eq!(admin.get("/version").await.0, 200, "{kind:?} still occurs after it was cleared");
    (response, sim.world(|world| world.tokens().contains_key("u@pbs!ci")))
}

#[tokio::test]
async fn faults_that_occur_before_the_request_is_handled_leave_the_state_unchanged() {
    for kind in [FaultKind::Refused, FaultKind::DroppedBefore] {
        let (response, exists) = create_token_with_fault(kind).await;
        assert!(response.is_err() && !exists);
    }
}

#[tokio::test]
async fn faults_that_lose_the_response_keep_the_change() {
    for kind in [FaultKind::DroppedAfter, FaultKind::Truncated] {
        let (response, exists) = create_token_with_fault(kind).await;
        assert!(response.is_err() && exists);
    }
}

#[tokio::test]
async fn injected_error_responses_leave_the_state_unchanged() {
    let faults = [
        (FaultKind::Status(500, "out of memory".into()), 500, "out of memory"),
        (FaultKind::Html502, 502, "<html>"),
        (FaultKind::Unauthorized, 401, "authentication failed"),
        (FaultKind::Forbidden, 403, "permission check failed"),
    ];
    for (kind, status, text) in faults {
        let (response, exists) = create_token_with_fault(kind).await;
        let (actual_status, body) = response.unwrap();
        assert_eq!(actual_status, status);
        assert!(body.starts_with(text), "{body}");
        assert!(!exists);
    }
}

#[tokio::test]
async fn a_slow_response_arrives_after_the_delay_and_the_change() {
    let start = Instant::now();
    let (response, exists) =
        create_token_with_fault(FaultKind::Slow(Duration::from_millis(50))).await;
    assert_eq!(response.unwrap().0, 200);
    assert!(exists && start.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_request_that_hangs_is_logged_but_not_handled() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    sim.fault(Fault::new("POST", TOKEN, FaultKind::Hang));
    let form = [("comment", "x")];
    let client_timeout = Duration::from_millis(200);
    let response = tokio::time::timeout(client_timeout, admin.send("POST", TOKEN, &form)).await;
    assert!(response.is_err(), "the server sends no response");
    sim.world(|world| assert!(world.tokens().keys().all(|id| id != "u@pbs!ci")));
    let requests = sim.requests();
    assert_eq!((requests[0].status, requests[0].fault), (None, Some("hang")));
}

#[tokio::test]
async fn a_truncated_response_fails_while_its_body_is_read() {
    let sim = simulator();
    sim.fault(Fault::new("GET", "/access/roles", FaultKind::Truncated));
    let error = Caller::admin(&sim).send("GET", "/access/roles", &[]).await.unwrap_err();
    assert!(error.is_body() || error.is_decode(), "the headers were received: {error:?}");
}

#[tokio::test]
async fn a_fault_skips_requests_and_ends_after_its_limit() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let kind = FaultKind::Status(500, "no".into());
    let fault = sim.fault(Fault::new("GET", "/version", kind).skip(1).times(2));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(admin.get("/version").await.0);
    }
    assert_eq!(statuses, [200, 500, 500, 200]);
    assert_eq!(admin.get("/access").await.0, 200);
    assert_eq!(sim.fault_count(fault), 2);
}

#[tokio::test]
async fn refused_connections_are_accepted_again_after_the_fault_is_cleared() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let fault = sim.fault(Fault::new("*", "**", FaultKind::Refused));
    assert!(admin.send("GET", "/version", &[]).await.unwrap_err().is_connect());
    assert_eq!(sim.connections(), 0);
    sim.clear_fault(fault);
    assert_eq!(admin.get("/version").await.0, 200);
    assert_eq!(admin.get("/version").await.0, 200);
    assert_eq!(sim.connections(), 1, "the client reuses the connection");
}

#[tokio::test]
async fn the_request_log_contains_every_request_but_no_secret() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let form = [("userid", "new@pbs"), ("password", "hunter22"), ("comment", "c")];
    assert_eq!(admin.post("/access/users?comment=q&password=hunter23", &[]).await.0, 400);
    assert_eq!(admin.post("/access/users", &form).await.0, 200);
    assert_eq!(admin.get("/access/users/new%40pbs").await.0, 200);
    let requests = sim.requests();
    let log = format!("{requests:?}");
    let secret = sim.admin_token().split_once(':').unwrap().1.to_string();
    for secret in ["hunter22", "hunter23", &secret] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    assert_eq!(requests[0].query, "comment=q&password=<redacted>");
    assert_eq!(requests[1].param("password"), Some("<redacted>"));
    assert_eq!(requests[1].param("comment"), Some("c"));
    assert_eq!(requests[1].caller.as_deref(), Some("root@pam!admin"));
    assert_eq!(
        (requests[2].method.as_str(), requests[2].path.as_str()),
        ("GET", "/access/users/new@pbs")
    );
    assert_eq!(sim.requests_to("GET", "/access/users/*").len(), 1);
    assert_eq!(sim.requests_to("*", "/access/users").len(), 2);
    sim.clear_requests();
    assert!(sim.requests().is_empty());
}

#[tokio::test]
async fn a_change_is_kept_if_the_client_gives_up_waiting_for_the_response() {
    let sim = simulator();
    sim.fault(Fault::new("POST", TOKEN, FaultKind::Slow(Duration::from_secs(30))));
    let admin = Caller::admin(&sim);
    let client_timeout = Duration::from_millis(200);
    let response = tokio::time::timeout(client_timeout, admin.send("POST", TOKEN, &[])).await;
    assert!(response.is_err(), "the response is slow");
    assert!(sim.world(|world| world.tokens().contains_key("u@pbs!ci")));
}
