//! Each fault, as a client sees it and as the state has it afterwards.

mod common;

use std::time::{Duration, Instant};

use common::{Caller, simulator};
use pbs_sim::{Fault, FaultKind};

const TOKEN: &str = "/access/users/u@pbs/token/ci";

/// Makes a token while a fault is set; what the client saw, and whether the token exists.
async fn create(kind: FaultKind) -> (reqwest::Result<(u16, String)>, bool) {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let fault = sim.fault(Fault::new("POST", "/access/users/*/token/*", kind.clone()));
    let seen = admin.send("POST", TOKEN, &[("comment", "x")]).await;
    assert!(sim.fault_count(fault) >= 1, "{kind:?} did not happen");
    let logged = sim.requests();
    assert!(logged.iter().any(|request| request.path == TOKEN && request.fault.is_some()));
    sim.clear_faults();
    assert_eq!(admin.get("/version").await.0, 200, "after {kind:?} all is well again");
    (seen, sim.world(|world| world.tokens().contains_key("u@pbs!ci")))
}

#[tokio::test]
async fn connections_that_end_before_anything_is_done() {
    for kind in [FaultKind::Refused, FaultKind::DroppedBefore] {
        let (seen, exists) = create(kind).await;
        assert!(seen.is_err() && !exists);
    }
}

#[tokio::test]
async fn answers_that_are_lost_after_all_is_done() {
    for kind in [FaultKind::DroppedAfter, FaultKind::Truncated] {
        let (seen, exists) = create(kind).await;
        assert!(seen.is_err() && exists);
    }
}

#[tokio::test]
async fn answers_of_somebody_else() {
    let refusals = [
        (FaultKind::Status(500, "out of memory".into()), 500, "out of memory"),
        (FaultKind::Html502, 502, "<html>"),
        (FaultKind::Unauthorized, 401, "authentication failed"),
        (FaultKind::Forbidden, 403, "permission check failed"),
    ];
    for (kind, status, text) in refusals {
        let (seen, exists) = create(kind).await;
        let (found, body) = seen.unwrap();
        assert_eq!(found, status);
        assert!(body.starts_with(text), "{body}");
        assert!(!exists);
    }
}

#[tokio::test]
async fn a_slow_answer_comes_after_all_is_done() {
    let start = Instant::now();
    let (seen, exists) = create(FaultKind::Slow(Duration::from_millis(50))).await;
    assert_eq!(seen.unwrap().0, 200);
    assert!(exists && start.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_request_that_hangs_is_not_handled() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    sim.fault(Fault::new("POST", TOKEN, FaultKind::Hang));
    let form = [("comment", "x")];
    let patience = Duration::from_millis(200);
    let answer = tokio::time::timeout(patience, admin.send("POST", TOKEN, &form)).await;
    assert!(answer.is_err(), "there should be no answer");
    sim.world(|world| assert!(world.tokens().keys().all(|id| id != "u@pbs!ci")));
    let logged = sim.requests();
    assert_eq!((logged[0].status, logged[0].fault), (None, Some("hang")));
}

#[tokio::test]
async fn a_truncated_answer_is_announced_whole() {
    let sim = simulator();
    sim.fault(Fault::new("GET", "/access/roles", FaultKind::Truncated));
    let error = Caller::admin(&sim).send("GET", "/access/roles", &[]).await.unwrap_err();
    assert!(error.is_body() || error.is_decode(), "the head of the answer had come: {error:?}");
}

#[tokio::test]
async fn faults_count_skip_and_end() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let kind = FaultKind::Status(500, "no".into());
    let fault = sim.fault(Fault::new("GET", "/version", kind).skip(1).times(2));
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(admin.get("/version").await.0);
    }
    assert_eq!(seen, [200, 500, 500, 200]);
    assert_eq!(admin.get("/access").await.0, 200);
    assert_eq!(sim.fault_count(fault), 2);
}

#[tokio::test]
async fn a_server_that_is_away_comes_back() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let fault = sim.fault(Fault::new("*", "**", FaultKind::Refused));
    assert!(admin.send("GET", "/version", &[]).await.unwrap_err().is_connect());
    assert_eq!(sim.connections(), 0);
    sim.clear_fault(fault);
    assert_eq!(admin.get("/version").await.0, 200);
    assert_eq!(admin.get("/version").await.0, 200);
    assert_eq!(sim.connections(), 1, "the connection is kept");
}

#[tokio::test]
async fn the_log_tells_everything_but_secrets() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let form = [("userid", "new@pbs"), ("password", "hunter22"), ("comment", "c")];
    assert_eq!(admin.post("/access/users?comment=q&password=hunter23", &[]).await.0, 400);
    assert_eq!(admin.post("/access/users", &form).await.0, 200);
    assert_eq!(admin.get("/access/users/new%40pbs").await.0, 200);
    let logged = sim.requests();
    let shown = format!("{logged:?}");
    let secret = sim.admin_token().split_once(':').unwrap().1.to_string();
    for hidden in ["hunter22", "hunter23", &secret] {
        assert!(!shown.contains(hidden), "{hidden} is in the log");
    }
    assert_eq!(logged[0].query, "comment=q&password=<redacted>");
    assert_eq!(logged[1].param("password"), Some("<redacted>"));
    assert_eq!(logged[1].param("comment"), Some("c"));
    assert_eq!(logged[1].caller.as_deref(), Some("root@pam!admin"));
    assert_eq!(
        (logged[2].method.as_str(), logged[2].path.as_str()),
        ("GET", "/access/users/new@pbs")
    );
    assert_eq!(sim.requests_to("GET", "/access/users/*").len(), 1);
    assert_eq!(sim.requests_to("*", "/access/users").len(), 2);
    sim.clear_requests();
    assert!(sim.requests().is_empty());
}

#[tokio::test]
async fn a_handled_request_survives_its_client() {
    let sim = simulator();
    sim.fault(Fault::new("POST", TOKEN, FaultKind::Slow(Duration::from_secs(30))));
    let admin = Caller::admin(&sim);
    let patience = Duration::from_millis(200);
    let answer = tokio::time::timeout(patience, admin.send("POST", TOKEN, &[])).await;
    assert!(answer.is_err());
    assert!(sim.world(|world| world.tokens().contains_key("u@pbs!ci")));
}
