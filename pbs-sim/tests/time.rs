//! When a change counts: the cache of rights, tickets, expiry.

mod common;

use std::time::{Duration, SystemTime};

use common::{Caller, simulator};
use pbs_sim::Simulator;

const GRANT: [(&str, &str); 3] = [("path", "/access"), ("role", "Admin"), ("auth-id", "u@pbs!ci")];

/// A simulator whose clock stands still, a token of `u@pbs` without entries, and the grant that
/// would let it list the users' tokens. `u@pbs` itself may do everything.
async fn with_idle_token() -> (Simulator, Caller, Caller) {
    let sim = simulator();
    sim.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let secret = sim.world(|world| {
        world.put_acl("/", "u@pbs", "Admin", true);
        world.add_token("u@pbs!ci")
    });
    let (admin, token) = (Caller::admin(&sim), Caller::token(&sim, &format!("u@pbs!ci:{secret}")));
    assert_eq!(token.get("/access/users/u@pbs/token").await.0, 403);
    (sim, admin, token)
}

#[tokio::test]
async fn a_grant_counts_five_seconds_later() {
    let (sim, admin, token) = with_idle_token().await;
    assert_eq!(admin.put("/access/acl", &GRANT).await.0, 200);
    assert!(admin.get("/access/acl").await.1.contains("u@pbs!ci"), "the list shows it at once");
    sim.advance(Duration::from_millis(4999));
    assert_eq!(token.get("/access/users/u@pbs/token").await.0, 403);
    assert_eq!(token.get("/access/permissions?path=/access").await.1, r#"{"data":{}}"#);
    sim.advance(Duration::from_millis(1));
    assert_eq!(token.get("/access/users/u@pbs/token").await.0, 200);
    assert!(token.get("/access/permissions?path=/access").await.1.contains("Sys.Audit"));
}

#[tokio::test]
async fn a_revocation_counts_five_seconds_later() {
    let (sim, admin, token) = with_idle_token().await;
    sim.world(|world| world.put_acl("/access", "u@pbs!ci", "Admin", true));
    assert_eq!(token.get("/access/users").await.0, 200);
    let delete = [GRANT.as_slice(), &[("delete", "1")]].concat();
    assert_eq!(admin.put("/access/acl", &delete).await.0, 200);
    assert_eq!(token.get("/access/users/u@pbs/token").await.0, 200, "the old rights still count");
    sim.advance(Duration::from_secs(5));
    assert_eq!(token.get("/access/users/u@pbs/token").await.0, 403);
}

#[tokio::test]
async fn any_write_of_the_user_configuration_makes_a_grant_count_at_once() {
    const NEW_USER: [(&str, &str); 1] = [("userid", "v@pbs")];
    let writes = [
        ("PUT", "/access/users/u@pbs", [].as_slice()),
        ("PUT", "/access/users/u@pbs/token/ci", &[]),
        ("POST", "/access/users/u@pbs/token/other", &[]),
        ("POST", "/access/users", &NEW_USER),
        ("DELETE", "/access/users/root@pam/token/spare", &[]),
    ];
    for (method, path, form) in writes {
        let (sim, admin, token) = with_idle_token().await;
        sim.world(|world| world.add_token("root@pam!spare"));
        assert_eq!(token.get("/access/users/u@pbs/token").await.0, 403);
        assert_eq!(admin.put("/access/acl", &GRANT).await.0, 200);
        assert_eq!(token.get("/access/users/u@pbs/token").await.0, 403);
        let (status, body) = admin.send(method, path, form).await.unwrap();
        assert_eq!(status, 200, "{method} {path}: {body}");
        assert_eq!(token.get("/access/users/u@pbs/token").await.0, 200, "{method} {path}");
    }
}

#[tokio::test]
async fn a_write_that_is_refused_leaves_the_cache() {
    let (_sim, admin, token) = with_idle_token().await;
    assert_eq!(admin.put("/access/acl", &GRANT).await.0, 200);
    assert_eq!(admin.put("/access/users/ghost@pbs", &[]).await.0, 400);
    assert_eq!(token.get("/access/users/u@pbs/token").await.0, 403);
}

#[tokio::test]
async fn a_ticket_lasts_two_hours_and_renews_itself() {
    let sim = simulator();
    sim.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let user = Caller::login(&sim, "u@pbs", "password-1").await.expect("a login");
    sim.advance(Duration::from_secs(7000));
    assert_eq!(user.get("/version").await.0, 200);
    let renewed = Caller::login(&sim, "u@pbs", user.ticket()).await.expect("a renewal");
    assert_ne!(user.ticket(), renewed.ticket());
    sim.advance(Duration::from_secs(200));
    assert_eq!(user.get("/version").await.0, 200);
    sim.advance(Duration::from_secs(1));
    assert_eq!(user.get("/version").await.0, 401);
    assert_eq!(renewed.get("/version").await.0, 200);
    assert!(Caller::login(&sim, "u@pbs", user.ticket()).await.is_none(), "too old to renew");
}

#[tokio::test]
async fn a_ticket_of_a_user_with_a_second_factor_is_not_yet_a_login() {
    let sim = simulator();
    sim.world(|world| world.user_mut("u@pbs").unwrap().second_factor = true);
    let half = Caller::login(&sim, "u@pbs", "password-1").await.expect("an answer");
    assert!(half.ticket().starts_with("PBS:!tfa!"));
    assert_eq!(half.get("/version").await.0, 401);
}

#[tokio::test]
async fn disabling_and_expiry_count_at_once() {
    let sim = simulator();
    sim.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let secret = sim.world(|world| world.add_token("u@pbs!ci"));
    let token = Caller::token(&sim, &format!("u@pbs!ci:{secret}"));
    sim.world(|world| world.token_mut("u@pbs!ci").unwrap().expire = Some(1_800_000_010));
    assert_eq!(token.get("/version").await.0, 200);
    sim.advance(Duration::from_secs(10));
    assert_eq!(token.get("/version").await.0, 401);
    sim.world(|world| world.token_mut("u@pbs!ci").unwrap().expire = Some(0));
    assert_eq!(token.get("/version").await.0, 200);
    sim.world(|world| world.user_mut("u@pbs").unwrap().enable = Some(false));
    assert_eq!(token.get("/version").await.0, 401);
}

#[tokio::test]
async fn refusals_take_their_scaled_time() {
    let sim = Simulator::start(pbs_sim::Settings { delays: 0.02, ..Default::default() });
    let start = std::time::Instant::now();
    assert_eq!(Caller::nobody(&sim).get("/version").await.0, 401);
    assert!(start.elapsed() >= Duration::from_millis(60));
    let start = std::time::Instant::now();
    assert_eq!(Caller::admin(&sim).get("/nodes").await.0, 403);
    assert!(start.elapsed() >= Duration::from_millis(10));
}
