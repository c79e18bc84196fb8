//! When a change becomes effective: the cached access control list, ticket lifetimes, expiry dates,
//! and the delays before error responses.

mod common;

use std::time::{Duration, SystemTime};

use common::{Caller, simulator};
use pbs_sim::Simulator;

/// Unix time in seconds at which the tests stop the simulator's clock.
const START: u64 = 1_800_000_000;

/// Parameters of an ACL entry that lets the token `u@pbs!ci` call [`PROTECTED`].
const GRANT: [(&str, &str); 3] = [("path", "/access"), ("role", "Admin"), ("auth-id", "u@pbs!ci")];

/// An endpoint for which the token `u@pbs!ci` needs `Sys.Audit`.
const PROTECTED: &str = "/access/users/u@pbs/token";

fn stop_clock(sim: &Simulator) {
    sim.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(START));
}

/// Starts a simulator with a stopped clock and the token `u@pbs!ci`, which has no ACL entry. The
/// user `u@pbs` has all privileges. Returns the simulator, a caller with the admin token, and a
/// caller with the token `u@pbs!ci`. The server has already cached an access control list without
/// an entry for `u@pbs!ci`.
async fn simulator_with_token_without_grant() -> (Simulator, Caller, Caller) {
    let sim = simulator();
    stop_clock(&sim);
    let secret = sim.world(|world| {
        world.put_acl("/", "u@pbs", "Admin", true);
        world.add_token("u@pbs!ci")
    });
    let (admin, token) =
        (Caller::admin(&sim), Caller::with_token(&sim, &format!("u@pbs!ci:{secret}")));
    assert_eq!(token.get(PROTECTED).await.0, 403);
    (sim, admin, token)
}

#[tokio::test]
async fn a_grant_is_listed_immediately_but_becomes_effective_after_five_seconds() {
    let (sim, admin, token) = simulator_with_token_without_grant().await;
    assert_eq!(admin.put("/access/acl", &GRANT).await.0, 200);
    assert!(admin.get("/access/acl").await.1.contains("u@pbs!ci"), "the list shows the grant");
    sim.advance(Duration::from_millis(4999));
    assert_eq!(token.get(PROTECTED).await.0, 403);
    assert_eq!(token.get("/access/permissions?path=/access").await.1, r#"{"data":{}}"#);
    sim.advance(Duration::from_millis(1));
    assert_eq!(token.get(PROTECTED).await.0, 200);
    assert!(token.get("/access/permissions?path=/access").await.1.contains("Sys.Audit"));
}

#[tokio::test]
async fn a_revocation_becomes_effective_after_five_seconds() {
    let (sim, admin, token) = simulator_with_token_without_grant().await;
    sim.world(|world| world.put_acl("/access", "u@pbs!ci", "Admin", true));
    assert_eq!(token.get("/access/users").await.0, 200);
    let delete = [GRANT.as_slice(), &[("delete", "1")]].concat();
    assert_eq!(admin.put("/access/acl", &delete).await.0, 200);
    assert_eq!(token.get(PROTECTED).await.0, 200, "the old privileges are still effective");
    sim.advance(Duration::from_secs(5));
    assert_eq!(token.get(PROTECTED).await.0, 403);
}

#[tokio::test]
async fn every_write_of_the_user_configuration_makes_a_grant_effective_immediately() {
    const NEW_USER: [(&str, &str); 1] = [("userid", "v@pbs")];
    let writes = [
        ("PUT", "/access/users/u@pbs", [].as_slice()),
        ("PUT", "/access/users/u@pbs/token/ci", &[]),
        ("POST", "/access/users/u@pbs/token/other", &[]),
        ("POST", "/access/users", &NEW_USER),
        ("DELETE", "/access/users/root@pam/token/spare", &[]),
    ];
    for (method, path, form) in writes {
        let (sim, admin, token) = simulator_with_token_without_grant().await;
        sim.world(|world| world.add_token("root@pam!spare"));
        assert_eq!(token.get(PROTECTED).await.0, 403);
        assert_eq!(admin.put("/access/acl", &GRANT).await.0, 200);
        assert_eq!(token.get(PROTECTED).await.0, 403);
        let (status, body) = admin.send(method, path, form).await.unwrap();
        assert_eq!(status, 200, "{method} {path}: {body}");
        assert_eq!(token.get(PROTECTED).await.0, 200, "{method} {path}");
    }
}

#[tokio::test]
async fn a_refused_write_of_the_user_configuration_does_not_make_a_grant_effective() {
    let (_sim, admin, token) = simulator_with_token_without_grant().await;
    assert_eq!(admin.put("/access/acl", &GRANT).await.0, 200);
    assert_eq!(admin.put("/access/users/ghost@pbs", &[]).await.0, 400);
    assert_eq!(token.get(PROTECTED).await.0, 403);
}

#[tokio::test]
async fn a_ticket_is_valid_for_two_hours_and_can_be_renewed_until_then() {
    let sim = simulator();
    stop_clock(&sim);
    let user = Caller::login(&sim, "u@pbs", "password-1").await.expect("the login succeeds");
    sim.advance(Duration::from_secs(7000));
    assert_eq!(user.get("/version").await.0, 200);
    let renewed_login =
        Caller::login(&sim, "u@pbs", user.ticket()).await.expect("the renewal succeeds");
    assert_ne!(user.ticket(), renewed_login.ticket());
    sim.advance(Duration::from_secs(200));
    assert_eq!(user.get("/version").await.0, 200);
    sim.advance(Duration::from_secs(1));
    assert_eq!(user.get("/version").await.0, 401);
    assert_eq!(renewed_login.get("/version").await.0, 200);
    assert!(
        Caller::login(&sim, "u@pbs", user.ticket()).await.is_none(),
        "an expired ticket cannot be renewed"
    );
}

#[tokio::test]
async fn a_ticket_for_a_second_factor_challenge_authenticates_no_request() {
    let sim = simulator();
    sim.world(|world| world.user_mut("u@pbs").unwrap().second_factor = true);
    let caller = Caller::login(&sim, "u@pbs", "password-1").await.expect("there is a ticket");
    assert!(caller.ticket().starts_with("PBS:!tfa!"));
    assert_eq!(caller.get("/version").await.0, 401);
}

#[tokio::test]
async fn an_expired_token_and_a_token_of_a_disabled_user_are_rejected_immediately() {
    let sim = simulator();
    stop_clock(&sim);
    let secret = sim.world(|world| world.add_token("u@pbs!ci"));
    let token = Caller::with_token(&sim, &format!("u@pbs!ci:{secret}"));
    sim.world(|world| world.token_mut("u@pbs!ci").unwrap().expire = Some(START.cast_signed() + 10));
    assert_eq!(token.get("/version").await.0, 200);
    sim.advance(Duration::from_secs(10));
    assert_eq!(token.get("/version").await.0, 401);
    sim.world(|world| world.token_mut("u@pbs!ci").unwrap().expire = Some(0));
    assert_eq!(token.get("/version").await.0, 200);
    sim.world(|world| world.user_mut("u@pbs").unwrap().enable = Some(false));
    assert_eq!(token.get("/version").await.0, 401);
}

#[tokio::test]
async fn error_responses_are_delayed_by_the_scaled_time() {
    let sim = Simulator::start(pbs_sim::Settings { delays: 0.02, ..Default::default() });
    let start = std::time::Instant::now();
    assert_eq!(Caller::anonymous(&sim).get("/version").await.0, 401);
    assert!(start.elapsed() >= Duration::from_millis(60));
    let start = std::time::Instant::now();
    assert_eq!(Caller::admin(&sim).get("/nodes").await.0, 403);
    assert!(start.elapsed() >= Duration::from_millis(10));
}

#[tokio::test]
async fn the_largest_integer_is_a_valid_expiration_time() {
    let sim = simulator();
    let form = [("expire", "9223372036854775807")];
    let (status, _) = Caller::admin(&sim).post("/access/users/u@pbs/token/ci", &form).await;
    assert_eq!(status, 200);
    assert_eq!(sim.world(|world| world.tokens()["u@pbs!ci"].expire), Some(i64::MAX));
}
