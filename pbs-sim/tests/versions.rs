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

/// Sends a request. Returns a text with the status of the response, its content type, the word
/// `clears` if it deletes the ticket cookie, and its body.
async fn exchange(caller: &Caller, method: &str, path: &str, form: &[(&str, &str)]) -> String {
    let response = caller.response(method, path, form).await.expect("the server responds");
    let header = |name: &str| {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_string()
    };
    let (status, content_type) = (response.status().as_u16(), header("content-type"));
    let cookie =
        if header("set-cookie").contains("Expires=Thu, 01 Jan 1970") { "clears" } else { "" };
    format!("{status} {content_type} {cookie} {}", response.text().await.unwrap())
}

/// The differences between PBS 3.4.8 and 4.2.3 (measured). Each pair contains a part of the
/// response of 3.4.8, and a part of the response of 4.2.3.
#[tokio::test]
async fn before_4_0_the_responses_are_those_of_3_4_8() {
    let login = [("username", "u@pbs"), ("password", "password-1")];
    let wrong_login = [("username", "u@pbs"), ("password", "wrong")];
    let http_only = [login.as_slice(), &[("http-only", "1")]].concat();
    let grant = |path| [("path", path), ("role", "Audit"), ("auth-id", "u@pbs")];
    let new_owner =
        [("backup-type", "qemu"), ("backup-id", "1"), ("new-owner", "u@pbs")].as_slice();
    let mut responses = Vec::new();
    for version in [Version(3, 4, 8), Version(4, 2, 3)] {
        let users = vec![("u@pbs", "password-1").into()];
        let sim = Simulator::start(Settings { version, users, delays: 0.0, ..Settings::default() });
        let (admin, anonymous) = (Caller::admin(&sim), Caller::anonymous(&sim));
        responses.push([
            exchange(&anonymous, "GET", "/version", &[]).await,
            exchange(&anonymous, "POST", "/access/ticket", &wrong_login).await,
            exchange(&anonymous, "POST", "/access/ticket", &login).await,
            exchange(&anonymous, "POST", "/access/ticket", &http_only).await,
            exchange(&admin, "DELETE", "/access/ticket", &[]).await,
            exchange(&admin, "GET", "/access", &[]).await,
            exchange(&admin, "GET", "/admin/datastore", &[]).await,
            exchange(&admin, "GET", "/admin/datastore/store1/status", &[]).await,
            exchange(&admin, "GET", "/status/datastore-usage", &[]).await,
            exchange(&admin, "POST", "/admin/datastore/store1/change-owner", new_owner).await,
            exchange(&admin, "PUT", "/access/acl", &grant("/system/s3-endpoint/x")).await,
            exchange(&admin, "PUT", "/access/acl", &grant("/system/encryption-keys")).await,
        ]);
    }
    let expected = [
        ("401   authentication failed", "401  clears authentication failed"),
        (
            "charset=UTF-8  permission check failed.",
            "charset=UTF-8 clears permission check failed.",
        ),
        ("200 application/json;charset=UTF-8  {\"data\":{", "\"success\":true}"),
        ("400 ", "200 application/json  {\"data\":{"),
        ("404 ", "200  clears"),
        ("\"users\"}]}", "\"vncticket\"}]}"),
        ("", "backend-type"),
        ("", "backend-type"),
        ("", "backend-type"),
        ("value 'qemu' is not defined in the enumeration.", "unknown variant `qemu`"),
        ("invalid acl path '/system/s3-endpoint/x'.", "200 "),
        ("invalid acl path '/system/encryption-keys'.", "200 "),
    ];
    let [old_responses, new_responses] = responses.try_into().expect("there are two versions");
    let pairs = old_responses.iter().zip(&new_responses);
    for ((old, new), (old_part, new_part)) in pairs.zip(expected) {
        assert!(old.contains(old_part) && !new.contains(old_part) || old_part.is_empty(), "{old}");
        assert!(new.contains(new_part) && !old.contains(new_part), "3.4.8: {old}\n4.2.3: {new}");
    }
}

#[tokio::test]
async fn users_of_a_realm_of_the_settings_can_be_created_and_can_log_in() {
    let realms = vec!["company.com".to_string()];
    let users = vec![("jane@company.com", "password-1").into()];
    let sim = Simulator::start(Settings { realms, users, delays: 0.0, ..Settings::default() });
    let admin = Caller::admin(&sim);
    let list = admin.get("/access/domains").await.1;
    assert!(list.contains(r#"{"realm":"company.com","type":"ldap"}"#), "{list}");
    assert!(Caller::login(&sim, "jane@company.com", "password-1").await.is_some());
    assert_eq!(admin.post("/access/users", &[("userid", "joe@company.com")]).await.0, 200);
    let (status, text) = admin.post("/access/users", &[("userid", "joe@other.com")]).await;
    assert_eq!((status, text.as_str()), (400, "unknown realm 'other.com'"));
    let form = [("userid", "jim@company.com"), ("password", "password-1")];
    let (status, text) = admin.post("/access/users", &form).await;
    assert!(status == 501 && text.contains("not implemented for LDAP realms"), "{status} {text}");
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
