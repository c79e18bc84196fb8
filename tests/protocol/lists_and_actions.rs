//! List resources and actions, whose response is a stream of events.

use serde_json::{Value as Json, json};
use test_support::values::dynamic;

use crate::{
    harness::{Host, identity_of, in_time, json_of, lines},
    proto::{self, invoke_action::event::Type as Event},
    test_resource::State,
};

async fn list(
    host: &Host,
    prefix: &str,
    limit: i64,
    with_object: bool,
) -> (Vec<Json>, Vec<String>) {
    let request = proto::list_resource::Request {
        type_name: "test_thing".into(),
        config: host.filter(json!({"prefix": prefix})),
        include_resource_object: with_object,
        limit,
    };
    let mut events = host.client().list_resource(request).await.unwrap().into_inner();
    let (mut items, mut diagnostics) = (Vec::new(), Vec::new());
    while let Some(event) = in_time(events.message()).await.unwrap() {
        diagnostics.extend(lines(&event.diagnostic));
        if event.identity.is_some() {
            let identity = identity_of(event.identity);
            assert_eq!(identity, json!({"name": event.display_name}));
            assert_eq!(event.resource_object.is_some(), with_object);
            items.push(if with_object { json_of(event.resource_object) } else { identity });
        }
    }
    (items, diagnostics)
}

#[tokio::test]
async fn a_list_respects_its_limit_and_returns_objects_only_on_request() {
    let host = Host::start().await;
    for name in ["a1", "a2", "a3", "b1"] {
        host.backend.objects().insert(name.into(), State::named(name));
    }
    let (items, diagnostics) = list(&host, "a", 0, false).await;
    assert_eq!(items, ["a1", "a2", "a3"].map(|name| json!({"name": name})));
    assert_eq!(diagnostics, [""; 0]);
    assert!(host.backend.has_recorded("list with state false"));
    let (items, _) = list(&host, "", 2, true).await;
    assert_eq!((items.len(), &items[1]["name"], &items[1]["size"]), (2, &json!("a2"), &json!(10)));
    assert_eq!(items[1]["password"], Json::Null);
    assert!(
        host.backend.has_recorded("list with state true")
            && host.backend.has_recorded("list stopped")
    );
    assert!(!host.backend.has_recorded("found b1"));
    assert_eq!(list(&host, "", 3, false).await.0.len(), 3);
    assert_eq!(list(&host, "c", 0, false).await, (vec![], vec![]));
    for (prefix, expected) in [
        ("list:warn", "warning: Warned: While in list."),
        ("list:fail", "error: Could not list test_thing: On purpose, in list."),
        ("list:panic", "error: The provider crashed: "),
    ] {
        let (items, diagnostics) = list(&host, prefix, 0, false).await;
        assert!(
            items.is_empty() && diagnostics.len() == 1 && diagnostics[0].starts_with(expected),
            "{diagnostics:?}"
        );
    }
}

#[tokio::test]
async fn a_list_stops_when_its_call_is_cancelled() {
    let host = Host::start().await;
    let request = proto::list_resource::Request {
        type_name: "test_thing".into(),
        config: host.filter(json!({"prefix": "endless"})),
        ..Default::default()
    };
    let mut events = host.client().list_resource(request).await.unwrap().into_inner();
    assert_eq!(events.message().await.unwrap().unwrap().display_name, "again");
    assert!(!host.backend.has_recorded("list stopped"));
    drop(events);
    host.backend.wait_for("list stopped").await;
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
        match in_time(events.message()).await.unwrap().expect("the last event is Completed").r#type
        {
            Some(Event::Progress(event)) => progress.push(event.message),
            Some(Event::Completed(completed)) => {
                assert_eq!(in_time(events.message()).await.unwrap(), None);
                return (progress, lines(&completed.diagnostics));
            }
            None => panic!("an event without content"),
        }
    }
}

#[tokio::test]
async fn an_action_reports_its_progress_and_then_its_completion() {
    let host = Host::start().await;
    let steps: Vec<_> = (1..=100).map(|step| format!("step {step}")).collect();
    assert_eq!(run(&host, json!({"steps": 100})).await, (steps.clone(), vec![]));
    assert_eq!(run(&host, json!({"steps": 0})).await, (vec![], vec![]));
    for (mode, expected) in [
        ("invoke:warn", "warning: Warned: While in invoke."),
        ("invoke:fail", "error: Could not run test_run: On purpose, in invoke."),
        ("invoke:panic", "error: The provider crashed: "),
    ] {
        let (progress, diagnostics) = run(&host, json!({"steps": 100, "behave": mode})).await;
        assert_eq!(progress, steps);
        assert!(diagnostics.len() == 1 && diagnostics[0].starts_with(expected), "{diagnostics:?}");
    }
    let plan = |config| proto::plan_action::Request {
        action_type: "test_run".into(),
        config,
        ..Default::default()
    };
    for (config, expected) in [
        (host.run(json!({"steps": "?"})), ""),
        (host.run(json!({"steps": 101})), "error: steps: Invalid steps: The value must be"),
        (
            Some(dynamic(&json!({"steps": "x", "behave": null}))),
            "error: steps: Could not plan test_run: expected a",
        ),
    ] {
        let diagnostics =
            host.client().plan_action(plan(config)).await.unwrap().into_inner().diagnostics;
        assert!(lines(&diagnostics).concat().starts_with(expected), "{:?}", lines(&diagnostics));
        assert_eq!(diagnostics.is_empty(), expected.is_empty());
    }
}

#[tokio::test]
async fn an_action_whose_configuration_became_invalid_after_planning_does_not_run() {
    let host = Host::start().await;
    for (config, expected) in [
        (json!({"steps": 101}), "error: steps: Invalid steps: "),
        (json!({"steps": 1, "behave": "validate:fail"}), "error: Could not run test_run: "),
    ] {
        let (progress, diagnostics) = run(&host, config).await;
        assert_eq!(progress, [""; 0]);
        assert!(diagnostics.len() == 1 && diagnostics[0].starts_with(expected), "{diagnostics:?}");
    }
    assert!(!host.backend.has_recorded("action done"));
}
