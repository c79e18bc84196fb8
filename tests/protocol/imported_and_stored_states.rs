//! States that this version of the provider has not written: imported objects, states of older
//! versions, and states of other resource types. Also the configuration that the provider generates
//! from a state.

use serde_json::{Value as Json, json};
use test_support::values::dynamic;

use crate::{
    harness::{Host, agrees, identity_of, json_of, lines, raw},
    proto::{self, ResourceIdentityData},
    test_resource::State,
};

#[tokio::test]
async fn an_object_is_imported_by_id_or_by_identity() {
    let host = Host::start().await;
    host.backend.objects().insert("a".into(), State::named("a"));
    let import = async |id: &str, identity: Option<Json>| {
        let identity_data = identity.map(|identity| dynamic(&identity));
        let request = proto::import_resource_state::Request {
            type_name: "test_thing".into(),
            id: id.into(),
            identity: identity_data.map(|data| ResourceIdentityData { identity_data: Some(data) }),
            ..Default::default()
        };
        host.client().import_resource_state(request).await.unwrap().into_inner()
    };
    for (id, identity) in [("a", None), ("", Some(json!({"name": "a"})))] {
        let response = import(id, identity).await;
        assert_eq!(lines(&response.diagnostics), [""; 0]);
        let [imported] = <[_; 1]>::try_from(response.imported_resources).unwrap();
        assert_eq!(
            (imported.type_name.as_str(), identity_of(imported.identity)),
            ("test_thing", json!({"name": "a"}))
        );
        let state = json_of(imported.state);
        assert_eq!(
            (&state["name"], &state["note"], &state["password"]),
            (&json!("a"), &json!("7"), &Json::Null)
        );
    }
    for (id, identity, expected) in [
        (
            "",
            None,
            "error: Malformed import id: Import of test_thing with the id ``: An id has at least \
             one character.",
        ),
        (
            "b\n\u{1b}",
            None,
            "error: Could not import test_thing: Import of test_thing with the id `b\\n\\u{1b}`: \
             There is no such object on the server. ",
        ),
        (
            "",
            Some(json!({"name": "b"})),
            "error: Could not import test_thing: Import of test_thing with the identity { name = \
             \"b\" }: There is no such object",
        ),
        (
            "",
            Some(json!({"name": "?"})),
            "error: name: Could not import test_thing: Import of test_thing with the identity { \
             name = ? }: is not known yet",
        ),
        (
            "",
            Some(json!({"name": null})),
            "error: name: Could not import test_thing: Import of test_thing with the identity { \
             name = null }: expected a string",
        ),
        (
            "",
            Some(json!({})),
            "error: name: Could not import test_thing: Import of test_thing with an invalid \
             identity: is missing",
        ),
        (
            "",
            Some(json!({"name": 1})),
            "error: name: Could not import test_thing: Import of test_thing with an invalid \
             identity: expected a string",
        ),
    ] {
        let response = import(id, identity).await;
        assert!(response.imported_resources.is_empty());
        let diagnostics = lines(&response.diagnostics);
        assert!(
            diagnostics.len() == 1 && diagnostics[0].starts_with(expected),
            "{diagnostics:?}, not {expected}"
        );
    }
}

#[tokio::test]
async fn a_stored_state_is_upgraded_or_refused() {
    let host = Host::start().await;
    let upgrade = async |version, state: Json| {
        let request = proto::upgrade_resource_state::Request {
            type_name: "test_thing".into(),
            version,
            raw_state: raw(&state),
        };
        let response = host.client().upgrade_resource_state(request).await.unwrap().into_inner();
        (json_of(response.upgraded_state), lines(&response.diagnostics))
    };
    let (state, diagnostics) = upgrade(2, json!({"name": "a", "ratio": 0.25, "grants": [{"path": "/", "old": 1}], "unknown_attribute": {"x": 1}})).await;
    assert_eq!(diagnostics, [""; 0]);
    assert_eq!(
        (&state["name"], &state["ratio"], &state["note"]),
        (&json!("a"), &json!(0.25), &Json::Null)
    );
    assert_eq!(state["grants"], json!([{"path": "/", "role": null, "id": null}]));
    assert_eq!(state.as_object().unwrap().len(), 16);

    let (state, diagnostics) = upgrade(1, json!({"title": "old", "other": []})).await;
    assert_eq!(
        (&state["name"], &state["note"], &state["password"], diagnostics),
        (&json!("old"), &json!("7"), &Json::Null, vec![])
    );

    for (version, state, expected) in [
        (
            0,
            json!({"name": "a"}),
            "error: Could not read the stored state of test_thing: The stored state has version 0. This version of the provider writes version 2 and cannot read version 0. ",
        ),
        (
            3,
            json!({"name": "a"}),
            "error: Could not read the stored state of test_thing: The stored state has version 3. ",
        ),
        (
            -1,
            json!({}),
            "error: Could not read the stored state of test_thing: The stored state has version -1. ",
        ),
        (
            1,
            json!({"name": "a"}),
            "error: Could not read the stored state of test_thing: The old state has no string `title`.",
        ),
        (1, json!({"title": "panic"}), "error: The provider crashed: "),
        (
            2,
            json!({"name": 1}),
            "error: name: Could not read the stored state of test_thing: expected a string",
        ),
        (2, json!([]), "error: Could not read the stored state of test_thing: expected an object"),
    ] {
        let (upgraded, diagnostics) = upgrade(version, state).await;
        assert_eq!((upgraded, diagnostics.len()), (Json::Null, 1));
        assert!(diagnostics[0].starts_with(expected), "{diagnostics:?}, not {expected}");
    }
    let request = proto::upgrade_resource_state::Request {
        type_name: "test_thing".into(),
        version: 2,
        raw_state: None,
    };
    let response = host.client().upgrade_resource_state(request).await.unwrap().into_inner();
    assert!(lines(&response.diagnostics)[0].contains("The stored state is empty"));
}

#[tokio::test]
async fn a_stored_identity_is_upgraded_or_refused() {
    let host = Host::start().await;
    let upgrade = async |version, identity: Json| {
        let request = proto::upgrade_resource_identity::Request {
            type_name: "test_thing".into(),
            version,
            raw_identity: raw(&identity),
        };
        let response = host.client().upgrade_resource_identity(request).await.unwrap().into_inner();
        (identity_of(response.upgraded_identity), lines(&response.diagnostics))
    };
    assert_eq!(upgrade(0, json!({"name": "a", "more": 1})).await, (json!({"name": "a"}), vec![]));
    for (version, identity, expected) in [
        (1, json!({"name": "a"}), "The stored identity has version 1"),
        (0, json!({"name": {}}), "expected a string"),
        (0, json!({}), "name"),
    ] {
        let (upgraded, diagnostics) = upgrade(version, identity).await;
        assert_eq!((upgraded, diagnostics.len()), (Json::Null, 1), "{diagnostics:?}");
        assert!(diagnostics[0].contains(expected), "{diagnostics:?}, not {expected}");
    }
}

#[tokio::test]
async fn an_object_of_another_type_is_moved_or_refused() {
    let host = Host::start().await;
    let move_from = async |source: &str, state: Json| {
        let request = proto::move_resource_state::Request {
            source_provider_address: "registry.terraform.io/other/other".into(),
            source_type_name: source.into(),
            source_schema_version: 5,
            source_state: raw(&state),
            target_type_name: "test_thing".into(),
            ..Default::default()
        };
        host.client().move_resource_state(request).await.unwrap().into_inner()
    };
    let response = move_from("other_thing", json!({"label": "a", "other": [1]})).await;
    assert_eq!(lines(&response.diagnostics), [""; 0]);
    assert_eq!(identity_of(response.target_identity), json!({"name": "a"}));
    let state = json_of(response.target_state);
    assert_eq!((&state["name"], &state["password"]), (&json!("a"), &Json::Null));
    for (source, state, expected) in [
        (
            "other_thing",
            json!({}),
            "error: Could not move other_thing to test_thing: The old state has no string `label`.",
        ),
        ("other_thing", json!({"label": "panic"}), "error: The provider crashed: "),
        (
            "test_thing",
            json!({"label": "a"}),
            "error: Could not move test_thing to test_thing: This provider cannot convert the state of a `test_thing`. ",
        ),
    ] {
        let response = move_from(source, state).await;
        let diagnostics = lines(&response.diagnostics);
        assert!(
            response.target_state.is_none()
                && diagnostics.len() == 1
                && diagnostics[0].starts_with(expected),
            "{diagnostics:?}"
        );
    }
}

#[tokio::test]
async fn a_generated_configuration_has_no_computed_values_and_plans_no_change() {
    let host = Host::start().await;
    let config = json!({
        "name": "a", "note": "7", "size": 10, "limits": {"soft": 1, "hard": 2}, "steps": [{"run": "x"}],
        "grants": [{"path": "/a", "role": "reader"}], "links": {"k": {"url": "u"}},
    });
    let stored = host.create(config.clone()).await;
    let request = proto::generate_resource_config::Request {
        type_name: "test_thing".into(),
        state: host.thing(stored.state.clone()),
    };
    let response = host.client().generate_resource_config(request).await.unwrap().into_inner();
    assert_eq!(lines(&response.diagnostics), [""; 0]);
    assert_eq!(json_of(response.config.clone()), json_of(host.thing(config)));
    // A plan with the generated configuration changes nothing.
    let planned = host.plan(&stored, json_of(response.config)).await;
    assert_eq!(agrees(&planned.state(), &stored.state), Ok(()));
    assert_eq!(planned.state()["stamp"], "now");
}
