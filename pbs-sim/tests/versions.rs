//! What servers before 3.4 do otherwise, and what the settings make.

mod common;

use common::Caller;
use pbs_sim::{Settings, Simulator, Version};

fn simulator(version: Version) -> Simulator {
    let users = vec!["u@pbs".into()];
    Simulator::start(Settings { version, users, delays: 0.0, ..Settings::default() })
}

const TOKEN: &str = "/access/users/u@pbs/token/ci";

#[tokio::test]
async fn regeneration_came_with_3_4() {
    let unknown = "schema does not allow additional properties.";
    for (version, known) in [(Version(3, 3, 7), false), (Version(3, 4, 0), true)] {
        let sim = simulator(version);
        let secret = sim.world(|world| world.add_token("u@pbs!ci"));
        let admin = Caller::admin(&sim);
        for param in [("regenerate", "1"), ("delete", "comment")] {
            let (status, body) = admin.put(TOKEN, &[param]).await;
            assert_eq!(status, if known { 200 } else { 400 }, "{param:?} in {version}");
            assert_eq!(body.ends_with(unknown), !known, "{body}");
        }
        let same = sim.world(|world| world.check_secret("u@pbs!ci", &secret));
        assert_eq!(same, !known);
    }
}

#[tokio::test]
async fn before_3_4_a_deleted_token_leaves_its_entries() {
    for (version, left) in [(Version(3, 3, 0), 1), (Version(4, 2, 3), 0)] {
        for path in [TOKEN, "/access/users/u@pbs"] {
            let sim = simulator(version);
            sim.world(|world| {
                world.add_token("u@pbs!ci");
                world.put_acl("/datastore", "u@pbs!ci", "DatastoreAudit", true);
            });
            assert_eq!(Caller::admin(&sim).delete(path).await.0, 200);
            let entries = sim.world(|world| world.acl());
            let of_token = entries.iter().filter(|entry| entry.auth_id == "u@pbs!ci").count();
            assert_eq!(of_token, left, "{version} {path}");
        }
    }
}

#[tokio::test]
async fn the_version_is_told() {
    let sim = simulator(Version(3, 4, 1));
    let (_, body) = Caller::admin(&sim).get("/version").await;
    assert!(body.contains(r#""release":"1""#) && body.contains(r#""version":"3.4""#), "{body}");
}

#[test]
fn a_seed_makes_the_same_secrets() {
    let token = |seed| {
        let sim = Simulator::start(Settings { seed, ..Settings::default() });
        sim.admin_token().to_string()
    };
    assert_eq!(token(Some(1)), token(Some(1)));
    assert_ne!(token(None), token(None));
}

#[test]
fn a_malformed_admin_token_is_refused_without_an_echo() {
    let admin_token = Some("no-token-at-all".to_string());
    let error =
        Simulator::try_start(Settings { admin_token, ..Settings::default() }).err().unwrap();
    assert!(!error.to_string().contains("no-token-at-all"));
}

#[test]
fn it_ends_when_dropped() {
    let sim = Simulator::start(Settings::default());
    let address = sim.endpoint().trim_start_matches("https://").to_string();
    assert!(std::net::TcpStream::connect(&address).is_ok());
    drop(sim);
    assert!(std::net::TcpStream::connect(&address).is_err());
}
