//! The provider block, data sources, functions and ephemeral resources. One test validates the
//! configuration of every type, including resources, list resources and actions.

use serde_json::{Value as Json, json};
use test_support::values::dynamic;

use crate::{
    harness::{Host, in_time, json_of, lines},
    proto::{self, Diagnostic},
};

#[tokio::test]
async fn only_calls_that_need_the_server_fail_without_a_configured_provider() {
    let host = Host::unconfigured().await;
    let unconfigured = ["error: Could not read test_look: The provider is not configured yet."];
    assert_eq!(look(&host, json!({"query": "x"})).await.1, unconfigured);
    for address in [json!("?"), Json::Null] {
        let diagnostics = host.configure(json!({"address": address})).await;
        assert_eq!(lines(&diagnostics), ["warning: Configured: For testing only."]);
        let not_ready = "error: No address: The argument `address` is missing or not known yet.";
        assert_eq!(
            look(&host, json!({"query": "x"})).await,
            (Json::Null, vec![not_ready.to_owned()])
        );
        assert_eq!(host.validate(json!({"name": "a"}), true).await, [""; 0]);
        assert_eq!(
            host.plan(&Default::default(), json!({"name": "a"})).await.diagnostics(),
            [""; 0]
        );
        assert_eq!(join(&host, &["-", "a"]).await, Ok(json!("a")));
        assert_eq!(host.create(json!({"name": "a"})).await.diagnostics, [not_ready]);
    }
    for (mode, expected) in [
        ("configure:fail", "error: Invalid provider configuration: On purpose, in configure."),
        ("configure:panic", "error: The provider crashed: "),
    ] {
        let diagnostics = lines(&host.configure(json!({"address": "x", "behave": mode})).await);
        assert!(diagnostics.len() == 1 && diagnostics[0].starts_with(expected), "{diagnostics:?}");
        let diagnostics = look(&host, json!({"query": "x"})).await.1;
        let detail = expected.rsplit_once(": ").unwrap().1;
        assert!(
            diagnostics[0].starts_with("error") && diagnostics[0].contains(detail),
            "{diagnostics:?}"
        );
    }
    host.configure(json!({"address": "x"})).await;
    assert_eq!(look(&host, json!({"query": "x"})).await.1, [""; 0]);
}

#[tokio::test]
async fn the_provider_block_is_validated() {
    let host = Host::unconfigured().await;
    for (config, expected) in [
        (json!({"address": "a", "token": "?", "behave": null}), ""),
        (
            json!({"address": " a", "token": null, "behave": null}),
            "error: address: Invalid address: The value begins or ends with white space",
        ),
        (
            json!({"address": null, "token": null, "behave": "validate:fail"}),
            "error: Invalid provider configuration: On purpose, in validate.",
        ),
        (
            json!({"address": null, "token": null, "behave": "validate:panic"}),
            "error: The provider crashed: ",
        ),
    ] {
        let request = proto::validate_provider_config::Request { config: Some(dynamic(&config)) };
        let diagnostics =
            host.client().validate_provider_config(request).await.unwrap().into_inner();
        let diagnostics = lines(&diagnostics.diagnostics);
        assert!(
            diagnostics.concat().starts_with(expected) && diagnostics.len() < 2,
            "{diagnostics:?}, not {expected}"
        );
        assert_eq!(diagnostics.is_empty(), expected.is_empty());
    }
}

/// The `validate` hook of each type succeeds, fails or panics.
#[tokio::test]
async fn an_error_or_panic_in_the_validate_hook_of_any_type_is_a_diagnostic() {
    let host = Host::start().await;
    for (mode, expected) in [
        (Json::Null, ""),
        (json!("validate:fail"), ": On purpose, in validate."),
        (json!("validate:panic"), "error: The provider crashed: "),
    ] {
        let client = || host.client();
        let (query, name) =
            (json!({"query": "x", "behave": mode}), json!({"name": "x", "behave": mode}));
        let look = proto::validate_data_resource_config::Request {
            type_name: "test_look".into(),
            config: host.look(query),
        };
        let door = proto::validate_ephemeral_resource_config::Request {
            type_name: "test_door".into(),
            config: host.door(name.clone()),
        };
        let run = proto::validate_action_config::Request {
            type_name: "test_run".into(),
            config: host.run(json!({"steps": 1, "behave": mode})),
        };
        let all: [Vec<Diagnostic>; 3] = [
            client().validate_data_resource_config(look).await.unwrap().into_inner().diagnostics,
            client()
                .validate_ephemeral_resource_config(door)
                .await
                .unwrap()
                .into_inner()
                .diagnostics,
            client().validate_action_config(run).await.unwrap().into_inner().diagnostics,
        ];
        let mut all: Vec<_> = all.iter().map(|diagnostics| lines(diagnostics).concat()).collect();
        all.push(host.validate(name, true).await.concat());
        for diagnostics in all {
            assert!(
                diagnostics.contains(expected) && diagnostics.is_empty() == expected.is_empty(),
                "{diagnostics}"
            );
        }
    }
    for (prefix, expected) in
        [("good", ""), ("bad", "error: prefix: Invalid prefix: The prefix must not be bad.")]
    {
        let config = host.filter(json!({"prefix": prefix}));
        let request = proto::validate_list_resource_config::Request {
            type_name: "test_thing".into(),
            config,
            ..Default::default()
        };
        let diagnostics =
            host.client().validate_list_resource_config(request).await.unwrap().into_inner();
        assert_eq!(lines(&diagnostics.diagnostics).concat(), expected);
    }
    let run = proto::validate_action_config::Request {
        type_name: "test_run".into(),
        config: host.run(json!({"steps": 101})),
    };
    let diagnostics =
        host.client().validate_action_config(run).await.unwrap().into_inner().diagnostics;
    assert_eq!(
        lines(&diagnostics),
        ["error: steps: Invalid steps: The value must be a whole number from 0 to 100."]
    );
}

pub(crate) async fn look(host: &Host, config: Json) -> (Json, Vec<String>) {
    let request = proto::read_data_source::Request {
        type_name: "test_look".into(),
        config: host.look(config),
        ..Default::default()
    };
    let response = host.client().read_data_source(request).await.unwrap().into_inner();
    (json_of(response.state), lines(&response.diagnostics))
}

#[tokio::test]
async fn a_data_source_is_read_or_its_error_is_reported() {
    let host = Host::start().await;
    let (state, diagnostics) = look(&host, json!({"query": "x", "behave": "read:warn"})).await;
    assert_eq!(diagnostics, ["warning: Warned: While in read."]);
    assert_eq!(
        state,
        json!({"query": "x", "behave": "read:warn", "answer": "x", "stopping": false})
    );
    for (mode, expected) in [
        ("read:fail", "error: Could not read test_look: On purpose, in read."),
        ("read:panic", "error: The provider crashed: "),
    ] {
        let (state, diagnostics) = look(&host, json!({"query": "x", "behave": mode})).await;
        assert!(state.is_null() && diagnostics[0].starts_with(expected), "{diagnostics:?}");
        assert!(!diagnostics.concat().contains("marker5ecret"));
    }
}

#[tokio::test]
async fn a_string_of_50_mib_is_received_and_returned() {
    let host = Host::start().await;
    let text = "x".repeat(50 << 20);
    let (state, diagnostics) = in_time(look(&host, json!({"query": text}))).await;
    assert_eq!(diagnostics, [""; 0]);
    let response = state["answer"].as_str().unwrap();
    assert!(response.len() == text.len() && response == text);
}

async fn join(host: &Host, arguments: &[&str]) -> Result<Json, (String, Option<i64>)> {
    let arguments: Vec<_> = arguments.iter().map(|text| json!(text)).collect();
    call(host, &arguments).await
}

async fn call(host: &Host, arguments: &[Json]) -> Result<Json, (String, Option<i64>)> {
    let arguments = arguments.iter().map(dynamic).collect();
    let request = proto::call_function::Request { name: "join".into(), arguments };
    let response = host.client().call_function(request).await.unwrap().into_inner();
    match response.error {
        Some(error) => {
            assert!(response.result.is_none());
            Err((error.text, error.function_argument))
        }
        None => Ok(json_of(response.result)),
    }
}

#[tokio::test]
async fn a_function_returns_a_value_or_an_error_that_names_the_argument() {
    let host = Host::unconfigured().await;
    assert_eq!(join(&host, &["-", "a", "b", "c"]).await, Ok(json!("a-b-c")));
    assert_eq!(join(&host, &["-"]).await, Ok(json!("")));
    assert_eq!(join(&host, &["-", "a", "b", "bad"]).await, Err(("A bad part".into(), Some(3))));
    assert_eq!(join(&host, &[]).await, Err(("This argument is missing".into(), Some(0))));
    let wrong = call(&host, &[json!("-"), json!("a"), json!(1)]).await;
    assert_eq!(wrong, Err(("expected a string".into(), Some(2))));
    let null = call(&host, &[Json::Null]).await.unwrap_err();
    assert_eq!(null.1, Some(0));
    let (text, argument) = join(&host, &["panic"]).await.unwrap_err();
    assert!(text.starts_with("This is a bug in the provider") && argument.is_none(), "{text}");
    assert_eq!(join(&host, &["-", "a"]).await, Ok(json!("a")));
}

pub(crate) async fn open(host: &Host, config: Json) -> proto::open_ephemeral_resource::Response {
    let request = proto::open_ephemeral_resource::Request {
        type_name: "test_door".into(),
        config: host.door(config),
        ..Default::default()
    };
    host.client().open_ephemeral_resource(request).await.unwrap().into_inner()
}

pub(crate) async fn renew(
    host: &Host,
    private: &[u8],
) -> proto::renew_ephemeral_resource::Response {
    let request = proto::renew_ephemeral_resource::Request {
        type_name: "test_door".into(),
        private: Some(private.to_vec()),
    };
    host.client().renew_ephemeral_resource(request).await.unwrap().into_inner()
}

pub(crate) async fn close(host: &Host, private: &[u8]) -> Vec<String> {
    let request = proto::close_ephemeral_resource::Request {
        type_name: "test_door".into(),
        private: Some(private.to_vec()),
    };
    lines(&host.client().close_ephemeral_resource(request).await.unwrap().into_inner().diagnostics)
}

#[tokio::test]
async fn an_ephemeral_resource_is_opened_renewed_and_closed_or_reports_an_error() {
    let host = Host::start().await;
    let opened = open(&host, json!({"name": "a"})).await;
    assert_eq!(lines(&opened.diagnostics), [""; 0]);
    assert_eq!(json_of(opened.result), json!({"name": "a", "behave": null, "token": "token of a"}));
    let renew_at = opened.renew_at.unwrap();
    assert_eq!((renew_at.seconds, renew_at.nanos), (1, 500_000_000));
    let renewed = renew(&host, &opened.private.unwrap()).await;
    assert_eq!((lines(&renewed.diagnostics).len(), renewed.renew_at), (0, None));
    assert_eq!(close(&host, &renewed.private.unwrap()).await, [""; 0]);
    assert!(host.backend.has_recorded("closed a after 1"), "{:?}", host.backend.events());

    for mode in ["fail", "panic"] {
        let failed = open(&host, json!({"name": "a", "behave": format!("open:{mode}")})).await;
        assert!(lines(&failed.diagnostics)[0].starts_with("error") && failed.result.is_none());
        let opened =
            open(&host, json!({"name": "a", "behave": format!("renew:{mode} close:{mode}")})).await;
        let private = opened.private.unwrap();
        assert!(lines(&renew(&host, &private).await.diagnostics)[0].starts_with("error"));
        assert!(close(&host, &private).await[0].starts_with("error"));
    }
    let advice = "The object might still exist on the server. If you no longer need the object, delete it on the server.";
    assert!(close(&host, b"garbage").await[0].ends_with(advice));
    assert!(lines(&renew(&host, b"").await.diagnostics)[0].ends_with(advice));
}
