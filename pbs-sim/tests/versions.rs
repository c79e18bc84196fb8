//! Differences between PBS versions, and the settings with which a simulator starts.

mod common;

use common::Caller;
use pbs_sim::{Settings, Simulator, Version};

fn simulator(version: Version) -> Simulator {
    let users = vec!["u@pbs".into()];
    Simulator::start(Settings { version, users, delays: 0.0, ..Settings::default() })
}

const TOKEN: &str = "/access/users/u@pbs/token/ci";

#[tokio::test]
async fn the_parameters_regenerate_and_delete_of_a_token_need_version_3_4() {
    let unknown_parameter = "schema does not allow additional properties.";
    for (version, is_supported) in [(Version(3, 3, 7), false), (Version(3, 4, 0), true)] {
        let sim = simulator(version);
        let secret = sim.world(|world| world.add_token("u@pbs!ci"));
        let admin = Caller::admin(&sim);
        for param in [("regenerate", "1"), ("delete", "comment")] {
            let (status, body) = admin.put(TOKEN, &[param]).await;
            assert_eq!(status, if is_supported { 200 } else { 400 }, "{param:?} in {version}");
            assert_eq!(body.ends_with(unknown_parameter), !is_supported, "{body}");
        }
        let is_unchanged = sim.world(|world| world.check_secret("u@pbs!ci", &secret));
        assert_eq!(is_unchanged, !is_supported);
    }
}

#[tokio::test]
async fn acl_entries_of_a_deleted_token_remain_before_3_4() {
    for (version, expected_entries) in [(Version(3, 3, 0), 1), (Version(4, 2, 3), 0)] {
        for path in [TOKEN, "/access/users/u@pbs"] {
            let sim = simulator(version);
            sim.world(|world| {
                world.add_token("u@pbs!ci");
                world.put_acl("/datastore", "u@pbs!ci", "DatastoreAudit", true);
            });
            assert_eq!(Caller::admin(&sim).delete(path).await.0, 200);
            let acl = sim.world(|world| world.acl());
            let entries = acl.iter().filter(|entry| entry.auth_id == "u@pbs!ci").count();
            assert_eq!(entries, expected_entries, "{version} {path}");
        }
    }
}

#[tokio::test]
async fn the_api_returns_the_version_of_the_settings() {
    let sim = simulator(Version(3, 4, 1));
    let (_, body) = Caller::admin(&sim).get("/version").await;
    assert!(body.contains(r#""release":"1""#) && body.contains(r#""version":"3.4""#), "{body}");
}

#[test]
fn secrets_repeat_only_with_a_seed() {
    let admin_token = |seed| {
        let sim = Simulator::start(Settings { seed, ..Settings::default() });
        sim.admin_token().to_string()
    };
    assert_eq!(admin_token(Some(1)), admin_token(Some(1)));
    assert_ne!(admin_token(None), admin_token(None));
}

#[test]
fn the_error_about_a_malformed_admin_token_does_not_quote_the_token() {
    let admin_token = Some("no-token-at-all".to_string());
    let error =
        Simulator::try_start(Settings { admin_token, ..Settings::default() }).err().unwrap();
    assert!(!error.to_string().contains("no-token-at-all"));
}

#[test]
fn a_dropped_simulator_accepts_no_connections() {
    let sim = Simulator::start(Settings::default());
    let address = sim.endpoint().trim_start_matches("https://").to_string();
    assert!(std::net::TcpStream::connect(&address).is_ok());
    drop(sim);
    assert!(std::net::TcpStream::connect(&address).is_err());
}
