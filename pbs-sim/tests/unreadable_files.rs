//! Names and texts that PBS accepts, but cannot store correctly in its configuration files. When
//! PBS reads such a file again, it fails, or takes the text for something else.

mod common;

use common::{Caller, simulator};
use pbs_sim::Simulator;
use std::time::{Duration, SystemTime};

const ADMIN_ON_ROOT: [(&str, &str); 2] = [("path", "/"), ("role", "Admin")];

/// A simulator with a stopped clock and the user `userid`, and a caller with the admin token.
async fn simulator_with_user(userid: &str) -> (Simulator, Caller) {
    let sim = simulator();
    sim.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let admin = Caller::admin(&sim);
    assert_eq!(admin.post("/access/users", &[("userid", userid)]).await.0, 200);
    assert_eq!(admin.get("/version").await.0, 200);
    (sim, admin)
}

/// Grants the role `Admin` on `/` to a user or token.
async fn grant(caller: &Caller, auth_id: &str) {
    let form = [ADMIN_ON_ROOT.as_slice(), &[("auth-id", auth_id)]].concat();
    assert_eq!(caller.put("/access/acl", &form).await, (200, r#"{"data":null}"#.into()));
}

#[tokio::test]
async fn a_grant_for_a_user_name_with_a_comma_locks_all_users_out_until_the_entry_is_deleted() {
    let (sim, admin) = simulator_with_user("doe,john@pbs").await;
    let user = Caller::login(&sim, "u@pbs", "password-1").await.expect("the login succeeds");
    grant(&admin, "doe,john@pbs").await;

    assert_eq!(admin.get("/version").await.0, 200, "the cached list is still in use");
    let (status, text) = admin.get("/access/acl").await;
    assert!(status == 400 && text.starts_with("unable to parse acl config "), "{status} {text}");

    sim.advance(Duration::from_secs(5));
    for caller in [&admin, &user] {
        let (status, text) = caller.get("/version").await;
        assert!(status == 401 && text.starts_with("unable to parse acl config "), "{text}");
    }
    assert!(Caller::login(&sim, "u@pbs", "password-1").await.is_none());

    assert!(sim.world(|world| world.delete_acl("/", "doe,john@pbs", "Admin")));
    assert_eq!(admin.get("/version").await.0, 200);
    assert!(Caller::login(&sim, "u@pbs", "password-1").await.is_some());
}

#[tokio::test]
async fn a_grant_for_a_user_name_that_is_a_list_of_users_goes_to_these_users() {
    let (sim, admin) = simulator_with_user("a@pbs,u@pbs").await;
    let user = Caller::login(&sim, "u@pbs", "password-1").await.expect("the login succeeds");
    grant(&admin, "a@pbs,u@pbs").await;
    sim.advance(Duration::from_secs(5));
    assert!(user.get("/access/permissions?path=/").await.1.contains("Permissions.Modify"));
}

#[tokio::test]
async fn a_grant_for_a_user_name_that_begins_with_an_at_sign_goes_to_a_group_and_stays() {
    let (sim, admin) = simulator_with_user("@x@pbs").await;
    sim.world(|world| world.user_mut("@x@pbs").unwrap().password = Some("password-1".into()));
    grant(&admin, "@x@pbs").await;
    sim.advance(Duration::from_secs(5));
    let user = Caller::login(&sim, "@x@pbs", "password-1").await.expect("the login succeeds");
    assert_eq!(user.get("/access/permissions?path=/").await.1, r#"{"data":{}}"#);
    let delete = [ADMIN_ON_ROOT.as_slice(), &[("auth-id", "@x@pbs"), ("delete", "1")]].concat();
    assert_eq!(admin.put("/access/acl", &delete).await.0, 200);
    let list = admin.get("/access/acl").await.1;
    assert!(list.contains(r#""ugid":"x@pbs","ugid_type":"group""#), "{list}");
}

#[tokio::test]
async fn a_name_that_is_too_short_after_trimming_locks_all_users_out() {
    let (sim, admin) = simulator_with_user("v@pbs").await;
    let form = [("userid", "w@pbs"), ("firstname", "W ")];
    assert_eq!(admin.post("/access/users", &form).await.0, 200);
    let (status, text) = admin.get("/version").await;
    assert!(status == 401 && text.contains("'firstname'"), "{status} {text}");
    sim.world(|world| world.delete_user("w@pbs"));
    assert_eq!(admin.get("/version").await.0, 200);
}

#[tokio::test]
async fn a_user_name_with_an_exclamation_mark_works_as_user_and_for_tokens() {
    let (sim, admin) = simulator_with_user("wow!what@pbs").await;
    assert_eq!(admin.post("/access/users", &[("userid", "wow!what@pbs!x@pbs")]).await.0, 200);
    for user in ["wow!what@pbs", "wow!what@pbs!x@pbs"] {
        let (status, _) = admin.post(&format!("/access/users/{user}/token/ci"), &[]).await;
        assert_eq!(status, 200);
        grant(&admin, &format!("{user}!ci")).await;
        let list = admin.get(&format!("/access/users/{user}/token")).await.1;
        assert_eq!(list.matches("tokenid").count(), 1, "{list}");
    }
    let secret = sim.world(|world| world.tokens()["wow!what@pbs!ci"].secret.clone());
    let token = Caller::with_token(&sim, &format!("wow!what@pbs!ci:{secret}"));
    assert_eq!(token.get("/version").await.0, 200);
}

#[tokio::test]
async fn a_token_id_with_letters_that_are_not_ascii_can_be_created_and_never_used() {
    let (sim, admin) = simulator_with_user("jürgen@pbs").await;
    let (status, _) = admin.post("/access/users/jürgen@pbs/token/ci", &[]).await;
    assert_eq!(status, 200);
    grant(&admin, "jürgen@pbs!ci").await;
    let secret = sim.world(|world| world.tokens()["jürgen@pbs!ci"].secret.clone());
    let token = Caller::with_token(&sim, &format!("jürgen@pbs!ci:{secret}"));
    assert_eq!(token.get("/version").await, (401, "authentication failed".into()));
}
