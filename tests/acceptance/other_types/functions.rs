//! Calls of the provider's functions in a configuration. Property tests of the functions are in
//! `tests/conformance/functions.rs`.

use serde_json::{Value, json};
use test_support::cli::REQUIRED_PROVIDERS;
use xtask::release::Feature;

use crate::features::every_cli_with;

/// Valid calls and their results.
pub(super) fn answers() -> [(&'static str, Value); 13] {
    [
        (r#"token_id("a@b@pbs", "ci")"#, json!("a@b@pbs!ci")),
        (
            r#"parse_auth_id("a@b@pbs!ci")"#,
            json!({ "user_id": "a@b@pbs", "token_name": "ci", "realm": "pbs" }),
        ),
        (
            r#"parse_auth_id("root@pam")"#,
            json!({ "user_id": "root@pam", "token_name": null, "realm": "pam" }),
        ),
        (r#"repository("a@pbs!ci", "host", "store1")"#, json!("a@pbs!ci@host:store1")),
        (r#"repository("a@pbs!ci", "host", "store1", 443)"#, json!("a@pbs!ci@host:443:store1")),
        (r#"repository("a@pbs", "2001:db8::1", "store1")"#, json!("a@pbs@[2001:db8::1]:store1")),
        (
            r#"repository("a@pbs", "[2001:db8::1]", "store1", 8007)"#,
            json!("a@pbs@[2001:db8::1]:8007:store1"),
        ),
        (
            r#"parse_repository("a@pbs!ci@[2001:db8::1]:8007:store1")"#,
            json!({ "auth_id": "a@pbs!ci", "server": "2001:db8::1", "port": 8007, "datastore": "store1" }),
        ),
        (
            r#"parse_repository("store1")"#,
            json!({ "auth_id": null, "server": null, "port": null, "datastore": "store1" }),
        ),
        (r#"acl_path("datastore", "store1", "team/web")"#, json!("/datastore/store1/team/web")),
        (r#"acl_path()"#, json!("/")),
        (r#"api_token("a@pbs!ci", "s3cret")"#, json!("a@pbs!ci:s3cret")),
        // Terraform does not store an output whose value is null.
        (r#"api_token("a@pbs!ci", null) == null"#, json!(true)),
    ]
}

/// Invalid calls. Each call has the parameter that the error must name, and a part of the error
/// text.
pub(super) const REJECTIONS: &[(&str, &str, &str)] = &[
    (r#"token_id("nobody", "ci")"#, "user_id", "user@realm"),
    (r#"token_id("a@pbs", "c i")"#, "token_name", "token name"),
    (r#"token_id(null, "ci")"#, "user_id", "null"),
    (r#"token_id("a@pbs", null)"#, "token_name", "null"),
    (r#"parse_auth_id("nobody")"#, "id", "user@realm"),
    (r#"parse_auth_id(null)"#, "id", "null"),
    (r#"repository("nobody", "host", "store1")"#, "auth_id", "user@realm"),
    (r#"repository("a@pbs", "host:8007", "store1")"#, "server", "without a port"),
    (r#"repository("a@pbs", "host", "store/1")"#, "datastore", "datastore"),
    (r#"repository("a@pbs", "host", "store1", 0)"#, "port", "1 to 65535"),
    (r#"repository("a@pbs", "host", "store1", 80.5)"#, "port", "1 to 65535"),
    (r#"repository("a@pbs", "host", "store1", 65536)"#, "port", "1 to 65535"),
    (r#"repository("a@pbs", "host", "store1", 1, 2)"#, "port", "Only one port"),
    (r#"repository("a@pbs", "host", "store1", null)"#, "port", "null"),
    (r#"parse_repository("host:x:store1")"#, "text", "port"),
    (r#"parse_repository(null)"#, "text", "null"),
    (r#"acl_path("datastore", "")"#, "segments", "is empty"),
    (r#"acl_path("")"#, "segments", "is empty"),
    (r#"acl_path("datastore", "store1/")"#, "segments", "must not end with `/`"),
    (r#"acl_path("datastore", "a b?")"#, "segments", "ACL path"),
    (r#"acl_path(null)"#, "segments", "null"),
    (r#"api_token("a@pbs", "s3cret")"#, "id", "user@realm!"),
    (r#"api_token("a@pbs!ci", "")"#, "secret", "secret"),
    (r#"api_token(null, "s3cret")"#, "id", "null"),
];

#[test]
fn each_call_returns_its_result() {
    every_cli_with(Feature::Functions, |world| {
        let workspace = world.workspace();
        let calls = answers();
        let mut text = REQUIRED_PROVIDERS.to_owned();
        for (number, (call, _)) in calls.iter().enumerate() {
            text += &format!("output \"o{number}\" {{\n  value = provider::pbs::{call}\n}}\n");
        }
        workspace.write(&text);
        let before = world.requests();
        workspace.apply();
        let outputs = workspace.run(&["output", "-json"]).succeeded().json();
        for (number, (call, expected)) in calls.iter().enumerate() {
            assert_eq!(outputs[format!("o{number}")]["value"], *expected, "{call}");
        }
        assert_eq!(world.requests(), before, "a function must send no request");
    });
}

#[test]
fn the_error_names_the_invalid_parameter() {
    every_cli_with(Feature::Functions, |world| {
        let workspace = world.workspace();
        for (call, parameter, part) in REJECTIONS {
            workspace.write(&format!(
                "{REQUIRED_PROVIDERS}output \"it\" {{\n  value = provider::pbs::{call}\n}}\n"
            ));
            let errors = workspace.run(&["plan", "-json"]).errors();
            let text = errors[0].text();
            let names_it = text.contains(&format!("Invalid value for \"{parameter}\" parameter"));
            assert!(names_it && text.contains(part), "{call}: {}", errors[0]);
            assert!(!text.contains(".."), "Terraform adds a full stop itself: {}", errors[0]);
        }
    });
}

#[test]
fn an_api_token_stays_sensitive_and_no_error_repeats_the_secret() {
    every_cli_with(Feature::Functions, |world| {
        let workspace = world.workspace();
        let secret = |text: &str| {
            format!(
                "{REQUIRED_PROVIDERS}variable \"secret\" {{\n  default   = \"{text}\"\n  sensitive = true\n}}\noutput \"it\" {{\n  value = provider::pbs::api_token(\"a@pbs!ci\", var.secret)\n}}\n"
            )
        };
        workspace.write(&secret("MARKER-good"));
        let errors = workspace.run(&["plan", "-json"]).errors();
        assert!(errors[0].text().contains("sensitive"), "{}", errors[0]);
        workspace.write(&secret("MARKER white space"));
        let outcome = workspace.run(&["plan"]).failed();
        let output = outcome.stderr.replace("MARKER white space\"\n", "");
        assert!(!output.contains("MARKER"), "{outcome}");
    });
}
