//! States that come from elsewhere: imports, older versions, other types; and the
//! configuration that a state asks for.

use crate::harness::{Host, agrees, identity_of, json_of, lines, raw};
use crate::proto::{self, ResourceIdentityData};
use crate::test_resource::State;
use serde_json::{Value as Json, json};
use test_support::core::dynamic;

#[tokio::test]
async fn imports_by_id_and_by_identity() {
    let host = Host::start().await;
    host.world.things().insert("a".into(), State::named("a"));
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
        let answer = import(id, identity).await;
        assert_eq!(lines(&answer.diagnostics), [""; 0]);
        let [imported] = <[_; 1]>::try_from(answer.imported_resources).unwrap();
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
        ("", None, "error: Malformed import id: An id has at least one character."),
        ("b", None, "error: Could not import test_thing: There is no such object on the server. "),
        (
            "",
            Some(json!({"name": "b"})),
            "error: Could not import test_thing: There is no such object",
        ),
        (
            "",
            Some(json!({"name": "?"})),
            "error: name: Could not import test_thing: is not known yet",
        ),
        (
            "",
            Some(json!({"name": null})),
            "error: name: Could not import test_thing: expected a string",
        ),
        ("", Some(json!({})), "error: name: Could not import test_thing: is missing"),
        (
            "",
            Some(json!({"name": 1})),
            "error: name: Could not import test_thing: expected a string",
        ),
    ] {
        let answer = import(id, identity).await;
        assert!(answer.imported_resources.is_empty());
        let said = lines(&answer.diagnostics);
        assert!(said.len() == 1 && said[0].starts_with(expected), "{said:?}, not {expected}");
    }
}

#[tokio::test]
async fn stored_states_are_read_again() {
    let host = Host::start().await;
    let upgrade = async |version, state: Json| {
        let request = proto::upgrade_resource_state::Request {
            type_name: "test_thing".into(),
            version,
            raw_state: raw(&state),
        };
        let answer = host.client().upgrade_resource_state(request).await.unwrap().into_inner();
        (json_of(answer.upgraded_state), lines(&answer.diagnostics))
    };
    let (state, said) = upgrade(2, json!({"name": "a", "ratio": 0.25, "grants": [{"path": "/", "old": 1}], "unheard_of": {"x": 1}})).await;
    assert_eq!(said, [""; 0]);
    assert_eq!(
        (&state["name"], &state["ratio"], &state["note"]),
        (&json!("a"), &json!(0.25), &Json::Null)
    );
    assert_eq!(state["grants"], json!([{"path": "/", "role": null, "id": null}]));
    assert_eq!(state.as_object().unwrap().len(), 16);

    let (state, said) = upgrade(1, json!({"title": "old", "other": []})).await;
    assert_eq!(
        (&state["name"], &state["note"], &state["password"], said),
        (&json!("old"), &json!("7"), &Json::Null, vec![])
    );

    for (version, state, expected) in [
        (
            0,
            json!({"name": "a"}),
            "error: Could not read the stored state of test_thing: The state has version 0, which this version of the provider does not know (it writes 2). ",
        ),
        (
            3,
            json!({"name": "a"}),
            "error: Could not read the stored state of test_thing: The state has version 3,",
        ),
        (
            -1,
            json!({}),
            "error: Could not read the stored state of test_thing: The state has version -1,",
        ),
        (
            1,
            json!({"name": "a"}),
            "error: Could not read the stored state of test_thing: The old state has no name.",
        ),
        (1, json!({"title": "panic"}), "error: The provider crashed: "),
        (
            2,
            json!({"name": 1}),
            "error: name: Could not read the stored state of test_thing: expected a string",
        ),
        (2, json!([]), "error: Could not read the stored state of test_thing: expected an object"),
    ] {
        let (upgraded, said) = upgrade(version, state).await;
        assert_eq!((upgraded, said.len()), (Json::Null, 1));
        assert!(said[0].starts_with(expected), "{said:?}, not {expected}");
    }
    let request = proto::upgrade_resource_state::Request {
        type_name: "test_thing".into(),
        version: 2,
        raw_state: None,
    };
    let answer = host.client().upgrade_resource_state(request).await.unwrap().into_inner();
    assert!(lines(&answer.diagnostics)[0].contains("The stored state is empty"));
}

#[tokio::test]
async fn stored_identities_are_read_again() {
    let host = Host::start().await;
    let upgrade = async |version, identity: Json| {
        let request = proto::upgrade_resource_identity::Request {
            type_name: "test_thing".into(),
            version,
            raw_identity: raw(&identity),
        };
        let answer = host.client().upgrade_resource_identity(request).await.unwrap().into_inner();
        (identity_of(answer.upgraded_identity), lines(&answer.diagnostics))
    };
    assert_eq!(upgrade(0, json!({"name": "a", "more": 1})).await, (json!({"name": "a"}), vec![]));
    for (version, identity, expected) in [
        (1, json!({"name": "a"}), "The identity has version 1"),
        (0, json!({"name": {}}), "expected a string"),
        (0, json!({}), "name"),
    ] {
        let (upgraded, said) = upgrade(version, identity).await;
        assert_eq!((upgraded, said.len()), (Json::Null, 1), "{said:?}");
        assert!(said[0].contains(expected), "{said:?}, not {expected}");
    }
}

#[tokio::test]
async fn objects_of_another_type_are_taken_over() {
    let host = Host::start().await;
    let adopt = async |source: &str, state: Json| {
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
    let answer = adopt("other_thing", json!({"label": "a", "other": [1]})).await;
    assert_eq!(lines(&answer.diagnostics), [""; 0]);
    assert_eq!(identity_of(answer.target_identity), json!({"name": "a"}));
    let state = json_of(answer.target_state);
    assert_eq!((&state["name"], &state["password"]), (&json!("a"), &Json::Null));
    for (source, state, expected) in [
        (
            "other_thing",
            json!({}),
            "error: Could not move other_thing to test_thing: The old state has no name.",
        ),
        ("other_thing", json!({"label": "panic"}), "error: The provider crashed: "),
        (
            "test_thing",
            json!({"label": "a"}),
            "error: Could not move test_thing to test_thing: `test_thing` cannot take over a `test_thing`. ",
        ),
    ] {
        let answer = adopt(source, state).await;
        let said = lines(&answer.diagnostics);
        assert!(
            answer.target_state.is_none() && said.len() == 1 && said[0].starts_with(expected),
            "{said:?}"
        );
    }
}

#[tokio::test]
async fn configuration_is_generated_without_what_only_the_provider_sets() {
    let host = Host::start().await;
    let config = json!({
        "name": "a", "note": "7", "size": 10, "limits": {"soft": 1, "hard": 2}, "steps": [{"run": "x"}],
        "grants": [{"path": "/a", "role": "reader"}], "links": {"k": {"url": "u"}},
    });
    let kept = host.create(config.clone()).await;
    let request = proto::generate_resource_config::Request {
        type_name: "test_thing".into(),
        state: host.thing(kept.state.clone()),
    };
    let answer = host.client().generate_resource_config(request).await.unwrap().into_inner();
    assert_eq!(lines(&answer.diagnostics), [""; 0]);
    assert_eq!(json_of(answer.config.clone()), json_of(host.thing(config)));
    // It asks for what is there already.
    let planned = host.plan(&kept, json_of(answer.config)).await;
    assert_eq!(agrees(&planned.state(), &kept.state), Ok(()));
    assert_eq!(planned.state()["stamp"], "now");
}
