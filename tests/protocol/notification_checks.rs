//! The checks of verify jobs and notification targets that involve several attributes.

use serde_json::{Value as Json, json};
use test_support::{
    core::Diagnostics,
    in_process::{InProcess, Variables},
};

use crate::plan_warnings::{merged, warnings};

fn verify_job(more: Json) -> Json {
    merged(json!({ "id": "nightly", "datastore": "store1", "schedule": "daily" }), more)
}

fn smtp(more: Json) -> Json {
    let base = json!({
        "name": "admins", "server": "mail.example.com", "from_address": "pbs@example.com",
        "mailto": ["admins@example.com"],
    });
    merged(base, more)
}

fn webhook(more: Json) -> Json {
    let base = json!({ "name": "chat", "url": "https://chat.example.com", "method": "post" });
    merged(base, more)
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
        // The server can have a password that the configuration does not know.
        ("pbs_smtp_notification", smtp(login), smtp(json!({ "username": "pbs" })), &[]),
        (
            "pbs_webhook_notification",
            Json::Null,
            bearer("Bearer x"),
            &["The header Authorization is not secret"],
        ),
        ("pbs_webhook_notification", Json::Null, bearer("Bearer {{ secrets.token }}"), &[]),
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
    let using = |url: &str, more: Json| {
        merged(webhook(json!({ "url": format!("https://chat.example.com/{url}") })), more)
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
