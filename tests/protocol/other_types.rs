//! The provider's own block, and every kind but the managed resource.

use crate::harness::{Host, identity_of, in_time, json_of, lines};
use crate::proto::{self, Diagnostic, invoke_action::event::Type as Event};
use crate::test_resource::State;
use serde_json::{Value as Json, json};
use test_support::core::dynamic;

#[tokio::test]
async fn a_client_is_missed_where_it_is_needed_and_nowhere_else() {
    let host = Host::unconfigured().await;
    let unconfigured = ["error: Could not read test_look: The provider is not configured yet."];
    assert_eq!(look(&host, json!({"query": "x"})).await.1, unconfigured);
    for address in [json!("?"), Json::Null] {
        let said = host.configure(json!({"address": address})).await;
        assert_eq!(lines(&said), ["warning: Configured: For testing only."]);
        let lacking = "error: No address: The argument `address` is missing or not known yet.";
        assert_eq!(
            look(&host, json!({"query": "x"})).await,
            (Json::Null, vec![lacking.to_owned()])
        );
        assert_eq!(host.validate(json!({"name": "a"}), true).await, [""; 0]);
        assert_eq!(host.plan(&Default::default(), json!({"name": "a"})).await.said(), [""; 0]);
        assert_eq!(join(&host, &["-", "a"]).await, Ok(json!("a")));
        assert_eq!(host.create(json!({"name": "a"})).await.said, [lacking]);
    }
    for (how, expected) in [
        ("configure:fail", "error: Invalid provider configuration: On purpose, in configure."),
        ("configure:panic", "error: The provider crashed: "),
    ] {
        let said = lines(&host.configure(json!({"address": "x", "behave": how})).await);
        assert!(said.len() == 1 && said[0].starts_with(expected), "{said:?}");
        let said = look(&host, json!({"query": "x"})).await.1;
        let detail = expected.rsplit_once(": ").unwrap().1;
        assert!(said[0].starts_with("error") && said[0].contains(detail), "{said:?}");
    }
    host.configure(json!({"address": "x"})).await;
    assert_eq!(look(&host, json!({"query": "x"})).await.1, [""; 0]);
}

#[tokio::test]
async fn the_providers_block_is_checked() {
    let host = Host::unconfigured().await;
    for (config, expected) in [
        (json!({"address": "a", "token": "?", "behave": null}), ""),
        (
            json!({"address": " a", "token": null, "behave": null}),
            "error: address: Invalid address: White space",
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
        let said = host.client().validate_provider_config(request).await.unwrap().into_inner();
        let said = lines(&said.diagnostics);
        assert!(said.concat().starts_with(expected) && said.len() < 2, "{said:?}, not {expected}");
        assert_eq!(said.is_empty(), expected.is_empty());
    }
}

/// Each kind's own complaint, and its crash.
#[tokio::test]
async fn every_kind_checks_its_configuration() {
    let host = Host::start().await;
    for (how, expected) in [
        (Json::Null, ""),
        (json!("validate:fail"), ": On purpose, in validate."),
        (json!("validate:panic"), "error: The provider crashed: "),
    ] {
        let client = || host.client();
        let (query, name) =
            (json!({"query": "x", "behave": how}), json!({"name": "x", "behave": how}));
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
            config: host.run(json!({"steps": 1, "behave": how})),
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
        let mut all: Vec<_> = all.iter().map(|said| lines(said).concat()).collect();
        all.push(host.validate(name, true).await.concat());
        for said in all {
            assert!(said.contains(expected) && said.is_empty() == expected.is_empty(), "{said}");
        }
    }
    for (prefix, expected) in
        [("good", ""), ("bad", "error: prefix: Invalid prefix: No prefix is bad.")]
    {
        let config = host.filter(json!({"prefix": prefix}));
        let request = proto::validate_list_resource_config::Request {
            type_name: "test_thing".into(),
            config,
            ..Default::default()
        };
        let said = host.client().validate_list_resource_config(request).await.unwrap().into_inner();
        assert_eq!(lines(&said.diagnostics).concat(), expected);
    }
    let run = proto::validate_action_config::Request {
        type_name: "test_run".into(),
        config: host.run(json!({"steps": 101})),
    };
    let said = host.client().validate_action_config(run).await.unwrap().into_inner().diagnostics;
    assert_eq!(
        lines(&said),
        ["error: steps: Invalid steps: It must be a whole number from 0 to 100."]
    );
}

pub(crate) async fn look(host: &Host, config: Json) -> (Json, Vec<String>) {
    let request = proto::read_data_source::Request {
        type_name: "test_look".into(),
        config: host.look(config),
        ..Default::default()
    };
    let answer = host.client().read_data_source(request).await.unwrap().into_inner();
    (json_of(answer.state), lines(&answer.diagnostics))
}

#[tokio::test]
async fn data_sources_are_read() {
    let host = Host::start().await;
    let (state, said) = look(&host, json!({"query": "x", "behave": "read:warn"})).await;
    assert_eq!(said, ["warning: Warned: While in read."]);
    assert_eq!(
        state,
        json!({"query": "x", "behave": "read:warn", "answer": "x", "stopping": false})
    );
    for (how, expected) in [
        ("read:fail", "error: Could not read test_look: On purpose, in read."),
        ("read:panic", "error: The provider crashed: "),
    ] {
        let (state, said) = look(&host, json!({"query": "x", "behave": how})).await;
        assert!(state.is_null() && said[0].starts_with(expected), "{said:?}");
        assert!(!said.concat().contains("marker5ecret"));
    }
}

#[tokio::test]
async fn texts_of_many_megabytes_go_both_ways() {
    let host = Host::start().await;
    let text = "x".repeat(50 << 20);
    let (state, said) = in_time(look(&host, json!({"query": text}))).await;
    assert_eq!(said, [""; 0]);
    let answer = state["answer"].as_str().unwrap();
    assert!(answer.len() == text.len() && answer == text);
}

async fn join(host: &Host, arguments: &[&str]) -> Result<Json, (String, Option<i64>)> {
    let arguments: Vec<_> = arguments.iter().map(|text| json!(text)).collect();
    call(host, &arguments).await
}

async fn call(host: &Host, arguments: &[Json]) -> Result<Json, (String, Option<i64>)> {
    let arguments = arguments.iter().map(dynamic).collect();
    let request = proto::call_function::Request { name: "join".into(), arguments };
    let answer = host.client().call_function(request).await.unwrap().into_inner();
    match answer.error {
        Some(error) => {
            assert!(answer.result.is_none());
            Err((error.text, error.function_argument))
        }
        None => Ok(json_of(answer.result)),
    }
}

#[tokio::test]
async fn functions_compute_or_point_at_an_argument() {
    let host = Host::unconfigured().await;
    assert_eq!(join(&host, &["-", "a", "b", "c"]).await, Ok(json!("a-b-c")));
    assert_eq!(join(&host, &["-"]).await, Ok(json!("")));
    assert_eq!(join(&host, &["-", "a", "b", "bad"]).await, Err(("A bad part.".into(), Some(3))));
    assert_eq!(join(&host, &[]).await, Err(("This argument is missing.".into(), Some(0))));
    let wrong = call(&host, &[json!("-"), json!("a"), json!(1)]).await;
    assert_eq!(wrong, Err(("expected a string".into(), Some(2))));
    let null = call(&host, &[Json::Null]).await.unwrap_err();
    assert_eq!(null.1, Some(0));
    let (text, argument) = join(&host, &["panic"]).await.unwrap_err();
    assert!(text.starts_with("This is a fault of the provider") && argument.is_none(), "{text}");
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
async fn ephemeral_resources_are_opened_renewed_and_closed() {
    let host = Host::start().await;
    let opened = open(&host, json!({"name": "a"})).await;
    assert_eq!(lines(&opened.diagnostics), [""; 0]);
    assert_eq!(json_of(opened.result), json!({"name": "a", "behave": null, "token": "token of a"}));
    let renew_at = opened.renew_at.unwrap();
    assert_eq!((renew_at.seconds, renew_at.nanos), (1, 500_000_000));
    let renewed = renew(&host, &opened.private.unwrap()).await;
    assert_eq!((lines(&renewed.diagnostics).len(), renewed.renew_at), (0, None));
    assert_eq!(close(&host, &renewed.private.unwrap()).await, [""; 0]);
    assert!(host.world.has_done("closed a after 1"), "{:?}", host.world.record());

    for how in ["fail", "panic"] {
        let failed = open(&host, json!({"name": "a", "behave": format!("open:{how}")})).await;
        assert!(lines(&failed.diagnostics)[0].starts_with("error") && failed.result.is_none());
        let opened =
            open(&host, json!({"name": "a", "behave": format!("renew:{how} close:{how}")})).await;
        let private = opened.private.unwrap();
        assert!(lines(&renew(&host, &private).await.diagnostics)[0].starts_with("error"));
        assert!(close(&host, &private).await[0].starts_with("error"));
    }
    let foreign = "Terraform handed back private data that this provider did not write.";
    assert!(close(&host, b"garbage").await[0].ends_with(foreign));
    assert!(lines(&renew(&host, b"").await.diagnostics)[0].ends_with(foreign));
}

async fn list(host: &Host, prefix: &str, limit: i64, whole: bool) -> (Vec<Json>, Vec<String>) {
    let request = proto::list_resource::Request {
        type_name: "test_thing".into(),
        config: host.filter(json!({"prefix": prefix})),
        include_resource_object: whole,
        limit,
    };
    let mut events = host.client().list_resource(request).await.unwrap().into_inner();
    let (mut found, mut said) = (Vec::new(), Vec::new());
    while let Some(event) = in_time(events.message()).await.unwrap() {
        said.extend(lines(&event.diagnostic));
        if event.identity.is_some() {
            let identity = identity_of(event.identity);
            assert_eq!(identity, json!({"name": event.display_name}));
            assert_eq!(event.resource_object.is_some(), whole);
            found.push(if whole { json_of(event.resource_object) } else { identity });
        }
    }
    (found, said)
}

#[tokio::test]
async fn lists_have_limits_and_whole_objects_when_asked_for() {
    let host = Host::start().await;
    for name in ["a1", "a2", "a3", "b1"] {
        host.world.things().insert(name.into(), State::named(name));
    }
    let (found, said) = list(&host, "a", 0, false).await;
    assert_eq!(found, ["a1", "a2", "a3"].map(|name| json!({"name": name})));
    assert_eq!(said, [""; 0]);
    assert!(host.world.has_done("list with state false"));
    let (found, _) = list(&host, "", 2, true).await;
    assert_eq!((found.len(), &found[1]["name"], &found[1]["size"]), (2, &json!("a2"), &json!(10)));
    assert_eq!(found[1]["password"], Json::Null);
    assert!(host.world.has_done("list with state true") && host.world.has_done("list stopped"));
    assert!(!host.world.has_done("found b1"));
    assert_eq!(list(&host, "", 3, false).await.0.len(), 3);
    assert_eq!(list(&host, "c", 0, false).await, (vec![], vec![]));
    for (prefix, expected) in [
        ("list:warn", "warning: Warned: While in list."),
        ("list:fail", "error: Could not list test_thing: On purpose, in list."),
        ("list:panic", "error: The provider crashed: "),
    ] {
        let (found, said) = list(&host, prefix, 0, false).await;
        assert!(found.is_empty() && said.len() == 1 && said[0].starts_with(expected), "{said:?}");
    }
}

#[tokio::test]
async fn a_list_stops_when_nobody_listens() {
    let host = Host::start().await;
    let request = proto::list_resource::Request {
        type_name: "test_thing".into(),
        config: host.filter(json!({"prefix": "endless"})),
        ..Default::default()
    };
    let mut events = host.client().list_resource(request).await.unwrap().into_inner();
    assert_eq!(events.message().await.unwrap().unwrap().display_name, "again");
    assert!(!host.world.has_done("list stopped"));
    drop(events);
    host.world.until("list stopped").await;
}

async fn run(host: &Host, config: Json) -> (Vec<String>, Vec<String>) {
    let request = proto::invoke_action::Request {
        action_type: "test_run".into(),
        config: host.run(config),
        ..Default::default()
    };
    let mut events = host.client().invoke_action(request).await.unwrap().into_inner();
    let mut progress = Vec::new();
    loop {
        match in_time(events.message()).await.unwrap().expect("Completed comes last").r#type {
            Some(Event::Progress(said)) => progress.push(said.message),
            Some(Event::Completed(completed)) => {
                assert_eq!(in_time(events.message()).await.unwrap(), None);
                return (progress, lines(&completed.diagnostics));
            }
            None => panic!("an event that says nothing"),
        }
    }
}

#[tokio::test]
async fn actions_say_how_far_they_are_and_then_that_they_are_done() {
    let host = Host::start().await;
    let steps: Vec<_> = (1..=100).map(|step| format!("step {step}")).collect();
    assert_eq!(run(&host, json!({"steps": 100})).await, (steps.clone(), vec![]));
    assert_eq!(run(&host, json!({"steps": 0})).await, (vec![], vec![]));
    for (how, expected) in [
        ("invoke:warn", "warning: Warned: While in invoke."),
        ("invoke:fail", "error: Could not do test_run: On purpose, in invoke."),
        ("invoke:panic", "error: The provider crashed: "),
    ] {
        let (progress, said) = run(&host, json!({"steps": 100, "behave": how})).await;
        assert_eq!(progress, steps);
        assert!(said.len() == 1 && said[0].starts_with(expected), "{said:?}");
    }
    let plan = |config| proto::plan_action::Request {
        action_type: "test_run".into(),
        config,
        ..Default::default()
    };
    for (config, expected) in [
        (host.run(json!({"steps": "?"})), ""),
        (
            Some(dynamic(&json!({"steps": "x", "behave": null}))),
            "error: steps: Could not plan test_run: expected a",
        ),
    ] {
        let said = host.client().plan_action(plan(config)).await.unwrap().into_inner().diagnostics;
        assert!(lines(&said).concat().starts_with(expected), "{:?}", lines(&said));
        assert_eq!(said.is_empty(), expected.is_empty());
    }
}
