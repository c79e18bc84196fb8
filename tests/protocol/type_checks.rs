//! The checks that a type has in addition to the checks of its attributes.

use pbs_sim::{Settings, Simulator, Version};
use serde_json::{Value as Json, json};
use test_support::{
    core::{Diagnostics, State},
    in_process::{InProcess, Variables},
    values::merged,
};

use crate::plan_warnings::warnings;

fn verify_job(arguments: Json) -> Json {
    merged(json!({ "id": "nightly", "datastore": "store1", "schedule": "daily" }), arguments)
}

fn smtp(arguments: Json) -> Json {
    let base = json!({
        "name": "admins", "server": "mail.example.com", "from_address": "pbs@example.com",
        "mailto": ["admins@example.com"],
    });
    merged(base, arguments)
}

fn webhook(arguments: Json) -> Json {
    let base = json!({ "name": "chat", "url": "https://chat.example.com", "method": "post" });
    merged(base, arguments)
}

#[tokio::test]
async fn a_plan_warns_of_arguments_without_effect_and_of_visible_credentials() {
    let login = json!({ "username": "pbs", "password": "secret-of-smtp" });
    let bearer = |value: &str| webhook(json!({ "headers": { "Authorization": value } }));
    let cases = [
        ("pbs_verify_job", Json::Null, verify_job(json!({ "outdated_after": 30 })), &[][..]),
        ("pbs_verify_job", Json::Null, verify_job(json!({ "ignore_verified": false })), &[]),
        (
            "pbs_verify_job",
            Json::Null,
            verify_job(json!({ "outdated_after": 30, "ignore_verified": false })),
            &["`outdated_after` has no effect"],
        ),
        ("pbs_smtp_notification", Json::Null, smtp(json!({})), &[]),
        ("pbs_smtp_notification", Json::Null, smtp(login.clone()), &[]),
        (
            "pbs_smtp_notification",
            Json::Null,
            smtp(json!({ "username": "pbs" })),
            &["The password is missing"],
        ),
        (
            "pbs_smtp_notification",
            Json::Null,
            smtp(json!({ "password_wo": "secret-of-smtp", "password_wo_version": 1 })),
            &["The user name is missing"],
        ),
        (
            "pbs_smtp_notification",
            Json::Null,
            smtp(json!({ "username": "pbs", "password": "" })),
            &["The password is missing"],
        ),
        (
            "pbs_smtp_notification",
            Json::Null,
            smtp(json!({ "username": "", "password": "secret-of-smtp" })),
            &["The user name is missing"],
        ),
        (
            "pbs_smtp_notification",
            smtp(login),
            smtp(json!({ "username": "pbs" })),
            &["The password is missing"],
        ),
        // The prior state contains no user name and no password, so the server may already have a
        // password that was set without Terraform.
        ("pbs_smtp_notification", smtp(json!({})), smtp(json!({ "username": "pbs" })), &[]),
        (
            "pbs_webhook_notification",
            Json::Null,
            bearer("Bearer x"),
            &["The header Authorization is not secret"],
        ),
        (
            "pbs_webhook_notification",
            Json::Null,
            merged(bearer("Bearer {{ secrets.token }}"), json!({ "secrets": { "token": "t" } })),
            &[],
        ),
        (
            "pbs_webhook_notification",
            bearer("Bearer x"),
            merged(bearer("Bearer x"), json!({ "comment": "c" })),
            &[],
        ),
    ];
    for (type_name, before, after, expected) in cases {
        let warnings = warnings(type_name, &before, &after).await.join("\n");
        let name = format!("{type_name} from {before} to {after}: {warnings}");
        assert_eq!(warnings.is_empty(), expected.is_empty(), "{name}");
        assert!(expected.iter().all(|text| warnings.contains(text)), "{name}");
        assert!(!warnings.contains("Bearer x"), "{name}");
    }
}

#[tokio::test]
async fn a_target_that_cannot_work_is_refused() {
    let secrets = json!({ "token": "secret-of-a-webhook" });
    let using = |url: &str, arguments: Json| {
        merged(webhook(json!({ "url": format!("https://chat.example.com/{url}") })), arguments)
    };
    let provider = InProcess::start(Variables::new()).await;
    for (type_name, config, expected) in [
        (
            "pbs_sendmail_notification",
            json!({ "name": "mail", "mailto": [] }),
            Some(("mailto", "There is no recipient")),
        ),
        ("pbs_sendmail_notification", json!({ "name": "mail", "mailto": "?" }), None),
        ("pbs_sendmail_notification", json!({ "name": "mail", "mailto_user": ["a@pbs"] }), None),
        (
            "pbs_webhook_notification",
            using("{{ secrets.other }}", json!({ "secrets": secrets })),
            Some(("url", "There is no secret other")),
        ),
        (
            "pbs_webhook_notification",
            using("{{secrets.token}}", json!({ "secrets_wo": secrets, "secrets_wo_version": 1 })),
            None,
        ),
        // The server can have secrets that the configuration does not know.
        ("pbs_webhook_notification", using("{{ secrets.other }}", json!({})), None),
        (
            "pbs_webhook_notification",
            using("", json!({ "body": "{{ secrets.a }}", "secrets": secrets })),
            Some(("body", "There is no secret a")),
        ),
        (
            "pbs_webhook_notification",
            using("", json!({ "headers": { "a": "{{ secrets.b }}" }, "secrets": secrets })),
            Some(("headers", "There is no secret b")),
        ),
    ] {
        let mut diagnostics = Diagnostics::default();
        provider.validate(type_name, &config, &mut diagnostics).await;
        let errors = diagnostics.errors.join("\n");
        assert_eq!(diagnostics.error_paths, Vec::from_iter(expected.map(|it| it.0)), "{config}");
        assert!(expected.is_none_or(|(_, text)| errors.contains(text)), "{config}: {errors}");
    }
}

#[tokio::test]
async fn a_new_webhook_without_secrets_cannot_refer_to_a_secret() {
    let header = json!({ "Authorization": "Bearer {{ secrets.token }}" });
    for (arguments, expected) in [
        (json!({ "url": "https://chat.example.com/{{ secrets.a }}" }), &["url"][..]),
        (json!({ "body": "{{ secrets.a }}" }), &["body"]),
        (json!({ "headers": header }), &["headers"]),
        (json!({ "body": "{{ title }}" }), &[]),
        (json!({ "body": "{{ secrets.a }}", "secrets": "?" }), &[]),
        (json!({ "body": "{{ secrets.a }}", "secrets_wo": "?", "secrets_wo_version": 1 }), &[]),
    ] {
        let simulator = Simulator::start(Settings::default());
        let (provider, mut diagnostics) = (provider(&simulator).await, Diagnostics::default());
        let (state, config) = (State::default(), webhook(arguments));
        provider.plan_is_empty("pbs_webhook_notification", &state, &config, &mut diagnostics).await;
        assert_eq!(diagnostics.error_paths, expected, "{config}: {:?}", diagnostics.errors);
    }
}

fn s3_endpoint(arguments: Json) -> Json {
    let base = json!({
        "id": "cloud", "endpoint": "s3.example.com", "access_key": "key",
        "secret_key": "secret-of-s3", "put_rate_limit": 10,
    });
    merged(base, arguments)
}

pub(crate) async fn provider(simulator: &Simulator) -> InProcess {
    InProcess::start_for(simulator).await
}

#[tokio::test]
async fn a_plan_warns_before_an_s3_endpoint_that_a_datastore_uses_is_replaced() {
    const TYPE: &str = "pbs_s3_endpoint";
    let simulator = Simulator::start(Settings::default());
    let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
    let provider = provider(&simulator).await;
    provider.change(TYPE, &mut state, &s3_endpoint(json!({})), &mut diagnostics).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    for (used, config, warned) in [
        (false, s3_endpoint(json!({ "put_rate_limit": 20 })), false),
        (true, s3_endpoint(json!({ "put_rate_limit": 20 })), true),
        (true, s3_endpoint(json!({ "put_rate_limit": null })), true),
        (true, s3_endpoint(json!({ "port": 9000 })), false),
        (true, s3_endpoint(json!({ "put_rate_limit": 20, "id": "other" })), false),
    ] {
        if used {
            let backend =
                json!({ "path": "/srv/cache", "backend": "bucket=b,client=cloud,type=s3" });
            simulator.world(|world| world.put_object("datastore", "in-cloud", backend));
        }
        // The first provider could have cached the list of datastores. A new provider has no cache.
        let provider = self::provider(&simulator).await;
        let mut diagnostics = Diagnostics::default();
        provider.plan_is_empty(TYPE, &state, &config, &mut diagnostics).await;
        let warnings: Vec<_> =
            diagnostics.warnings.iter().filter(|text| text.contains("in-cloud")).collect();
        assert_eq!(warnings.len(), usize::from(warned), "{config}: {:?}", diagnostics.warnings);
        assert!(diagnostics.errors.is_empty(), "{config}: {:?}", diagnostics.errors);
    }
}

#[tokio::test]
async fn a_value_that_the_server_does_not_know_is_refused() {
    const CHOICE: &str = "delete-objects-via-delete-object";
    let config = s3_endpoint(json!({ "provider_quirks": [CHOICE] }));
    for (version, expected) in
        [(Version(4, 1, 5), &["provider_quirks"][..]), (Version(4, 1, 6), &[][..])]
    {
        let simulator = Simulator::start(Settings { version, ..Settings::default() });
        let (provider, mut diagnostics) = (provider(&simulator).await, Diagnostics::default());
        let state = State::default();
        provider.plan_is_empty("pbs_s3_endpoint", &state, &config, &mut diagnostics).await;
        assert_eq!(diagnostics.error_paths, expected, "{version:?}");
        assert!(diagnostics.errors.iter().all(|text| text.contains("requires PBS 4.1.6")));
    }
}

#[tokio::test]
async fn a_plan_warns_before_an_object_that_every_server_has_is_reset() {
    for (type_name, id, built_in) in [
        ("pbs_sendmail_notification", "mail-to-root", true),
        ("pbs_notification_matcher", "default-matcher", true),
        ("pbs_sendmail_notification", "operators", false),
    ] {
        let simulator = Simulator::start(Settings::default());
        let kind = "notifications/endpoints/sendmail";
        let operators = json!({ "mailto": ["a@example.com"] });
        simulator.world(|world| world.put_object(kind, "operators", operators));
        let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
        let provider = provider(&simulator).await;
        provider.import(type_name, id, &mut state, &mut diagnostics).await;
        assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
        let mut planned = Diagnostics::default();
        provider.destroy(type_name, &mut state, &mut planned).await;
        let warns = planned.warnings.iter().any(|text| text.contains(&format!("{id} is reset")));
        assert_eq!(warns, built_in, "{id}: {:?}", planned.warnings);
    }
}

#[tokio::test]
async fn an_object_that_every_server_has_cannot_be_created() {
    for (type_name, id, config) in [
        (
            "pbs_sendmail_notification",
            "mail-to-root",
            json!({ "name": "mail-to-root", "mailto": ["a@example.com"] }),
        ),
        ("pbs_notification_matcher", "default-matcher", json!({ "name": "default-matcher" })),
    ] {
        let simulator = Simulator::start(Settings::default());
        let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
        let provider = provider(&simulator).await;
        provider.change(type_name, &mut state, &config, &mut diagnostics).await;
        let text = diagnostics.errors.join("\n");
        assert!(text.contains("already exists"), "{text}");
        assert!(text.contains("import {") && text.contains(&format!("id = \"{id}\"")), "{text}");
        assert!(state.is_empty());
    }
}

/// PBS would also accept two requests with one key each, but the endpoint would not work between
/// these requests.
#[tokio::test]
async fn both_keys_of_an_s3_endpoint_are_changed_with_one_request() {
    let simulator = Simulator::start(Settings::default());
    let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
    let provider = provider(&simulator).await;
    let rotated = json!({ "access_key": "new", "secret_key": "new-secret" });
    for config in [s3_endpoint(json!({})), s3_endpoint(rotated)] {
        provider.change("pbs_s3_endpoint", &mut state, &config, &mut diagnostics).await;
    }
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let sent = simulator.requests_to("PUT", "/config/s3/cloud");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].param("access-key"), Some("new"));
    assert!(sent[0].param("secret-key").is_some());
}
