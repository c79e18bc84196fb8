//! Invalid and hostile bytes in every request field that contains an encoded value.

#![expect(
    clippy::needless_update,
    reason = "one macro creates requests with and without further fields"
)]

use serde_json::json;
use test_support::wire::pack;

use crate::{
    harness::{Host, json_of, lines},
    proto::{self, Diagnostic, DynamicValue, RawState, ResourceIdentityData, invoke_action},
};

/// Makes every call of the protocol whose request contains an encoded value. Each request contains
/// this value. Returns the diagnostics of each call.
async fn call_everywhere(
    host: &Host,
    value: &DynamicValue,
) -> Vec<(&'static str, Vec<Diagnostic>)> {
    let client = || host.client();
    let some = || Some(value.clone());
    let identity = || Some(ResourceIdentityData { identity_data: some() });
    let mut all = Vec::new();
    macro_rules! call {
        ($call:ident, $type_name:ident: $name:expr, { $($field:ident: $value:expr),* }) => {
            let request = proto::$call::Request { $type_name: $name.into(), $($field: $value,)* ..Default::default() };
            let response = client().$call(request).await;
            let response = response.unwrap_or_else(|status| panic!("{}: {status}", stringify!($call)));
            all.push((stringify!($call), response.into_inner().diagnostics));
        };
    }
    let request = proto::validate_provider_config::Request { config: some() };
    all.push((
        "validate_provider_config",
        client().validate_provider_config(request).await.unwrap().into_inner().diagnostics,
    ));
    call!(validate_resource_config, type_name: "test_thing", { config: some() });
    call!(read_resource, type_name: "test_thing", { current_state: some() });
    call!(plan_resource_change, type_name: "test_thing", { prior_state: some(), proposed_new_state: some(), config: some() });
    call!(plan_resource_change, type_name: "test_thing", { proposed_new_state: host.thing(json!({"name": "a"})), config: some() });
    call!(apply_resource_change, type_name: "test_thing", { prior_state: some(), planned_state: some(), config: some() });
    call!(apply_resource_change, type_name: "test_thing", { planned_state: some() });
    call!(apply_resource_change, type_name: "test_thing", { prior_state: some() });
    call!(import_resource_state, type_name: "test_thing", { identity: identity() });
    call!(generate_resource_config, type_name: "test_thing", { state: some() });
    call!(validate_data_resource_config, type_name: "test_look", { config: some() });
    call!(read_data_source, type_name: "test_look", { config: some() });
    call!(validate_ephemeral_resource_config, type_name: "test_door", { config: some() });
    call!(open_ephemeral_resource, type_name: "test_door", { config: some() });
    call!(validate_list_resource_config, type_name: "test_thing", { config: some() });
    call!(validate_action_config, type_name: "test_run", { config: some() });
    call!(plan_action, action_type: "test_run", { config: some() });

    let request = proto::list_resource::Request {
        type_name: "test_thing".into(),
        config: some(),
        limit: 1,
        ..Default::default()
    };
    let mut events = client().list_resource(request).await.unwrap().into_inner();
    let mut diagnostics = Vec::new();
    while let Some(event) = events.message().await.unwrap() {
        diagnostics.extend(event.diagnostic);
    }
    all.push(("list_resource", diagnostics));

    let request = proto::invoke_action::Request {
        action_type: "test_run".into(),
        config: some(),
        ..Default::default()
    };
    let mut events = client().invoke_action(request).await.unwrap().into_inner();
    let mut diagnostics = Vec::new();
    while let Some(event) = events.message().await.unwrap() {
        if let Some(invoke_action::event::Type::Completed(completed)) = event.r#type {
            diagnostics.extend(completed.diagnostics);
        }
    }
    all.push(("invoke_action", diagnostics));

    let request =
        proto::call_function::Request { name: "join".into(), arguments: vec![value.clone()] };
    let error = client().call_function(request).await.unwrap().into_inner().error;
    let diagnostics = error.map(|error| Diagnostic {
        summary: error.text,
        detail: "of a function".into(),
        severity: 1,
        ..Default::default()
    });
    all.push(("call_function", diagnostics.into_iter().collect()));

    for state in [&value.msgpack, &value.json] {
        let raw = || Some(RawState { json: state.clone(), ..Default::default() });
        call!(upgrade_resource_state, type_name: "test_thing", { version: 2, raw_state: raw() });
        call!(upgrade_resource_state, type_name: "test_thing", { version: 1, raw_state: raw() });
        call!(upgrade_resource_identity, type_name: "test_thing", { raw_identity: raw() });
        call!(move_resource_state, target_type_name: "test_thing", { source_type_name: "other_thing".into(), source_state: raw() });
        call!(renew_ephemeral_resource, type_name: "test_door", { private: Some(state.clone()) });
        call!(close_ephemeral_resource, type_name: "test_door", { private: Some(state.clone()) });
    }
    for (call, diagnostics) in &all {
        for line in lines(diagnostics) {
            assert!(
                !line.contains("crashed") && !line.contains("bug in the provider"),
                "{call}: {line}"
            );
            assert!(!line.contains("marker5ecret"), "{call}: {line}");
        }
    }
    all
}

#[tokio::test]
async fn an_invalid_value_is_an_error_in_every_call() {
    let host = Host::start().await;
    let deep = |opening_byte: u8, depth: usize| vec![opening_byte; depth];
    for msgpack in [
        b"\xc1".to_vec(),
        b"\x81".to_vec(),
        b"\x81\xa4name".to_vec(),
        b"\xc0\xc0".to_vec(),
        b"\x80\xc0".to_vec(),
        b"\xdf\xff\xff\xff\xff".to_vec(),
        b"\xdd\xff\xff\xff\xff".to_vec(),
        b"\xdb\xff\xff\xff\xff".to_vec(),
        b"\xc9\xff\xff\xff\xff\x0c".to_vec(),
        b"\x81\xa2\xff\xfe\xc0".to_vec(),
        b"\xcb\x7f\xf8\0\0\0\0\0\0".to_vec(),
        deep(0x91, 100_000),
        deep(0x81, 100_000),
        pack(&json!({"marker5ecret!": "marker5ecret"})),
        pack(&json!(["marker5ecret"])),
        pack(&json!(1)),
    ] {
        let value = DynamicValue { msgpack, json: Vec::new() };
        for (call, diagnostics) in call_everywhere(&host, &value).await {
            assert!(
                diagnostics.iter().any(|diagnostic| diagnostic.severity == 1),
                "{call}, {:?}",
                &value.msgpack[..value.msgpack.len().min(9)]
            );
        }
    }
    for json in [
        "{",
        "\"",
        "[[[[",
        "{\"name\":1}",
        "{\"name\":\"a\",\"name\":\"a\"}",
        "1e999999999",
        "nul",
        "\u{0}",
    ] {
        let value = DynamicValue { msgpack: Vec::new(), json: json.into() };
        for (call, diagnostics) in call_everywhere(&host, &value).await {
            assert!(
                diagnostics.iter().any(|diagnostic| diagnostic.severity == 1),
                "{call}, {json}"
            );
        }
    }
}

#[tokio::test]
async fn every_call_with_random_bytes_returns_a_response() {
    let host = Host::start().await;
    // Pseudo-random numbers, the same in every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let valid = host.thing(json!({
        "name": "a", "big": 1, "ratio": 0.25, "tags": {"a": "b"}, "limits": {"soft": 1}, "steps": [{"run": "x"}],
        "grants": [{"path": "/"}], "links": {"k": {"url": "u"}},
    }));
    let valid = valid.unwrap().msgpack;
    for round in 0..150 {
        let msgpack: Vec<u8> = if round % 2 == 0 {
            (0..random() % 40).map(|_| random() as u8).collect()
        } else {
            let mut bytes = valid.clone();
            for _ in 0..=random() % 4 {
                let index = random() as usize % bytes.len();
                bytes[index] = random() as u8;
            }
            bytes
        };
        let json =
            (0..random() % 12).map(|_| b"{}[]\":,\\u0e1nt"[random() as usize % 14]).collect();
        call_everywhere(&host, &DynamicValue { msgpack, json }).await;
    }
    // The provider still works after these calls.
    assert_eq!(host.create(json!({"name": "b"})).await.diagnostics, [""; 0]);
}

/// Terraform sends only msgpack, but the protocol also allows JSON.
#[tokio::test]
async fn a_value_in_json_is_accepted() {
    let host = Host::start().await;
    let config = json!({"name": "a", "behave": null, "token": null}).to_string().into();
    let request = proto::open_ephemeral_resource::Request {
        type_name: "test_door".into(),
        config: Some(DynamicValue { msgpack: Vec::new(), json: config }),
        ..Default::default()
    };
    let opened = host.client().open_ephemeral_resource(request).await.unwrap().into_inner();
    assert_eq!(lines(&opened.diagnostics), [""; 0]);
    let expected = json!({"name": "a", "behave": null, "token": "token of a"});
    assert_eq!(json_of(opened.result), expected);
}

#[tokio::test]
async fn a_missing_value_and_a_json_null_are_null() {
    let host = Host::start().await;
    let plan = proto::plan_resource_change::Request {
        type_name: "test_thing".into(),
        ..Default::default()
    };
    let response = host.client().plan_resource_change(plan).await.unwrap().into_inner();
    assert!(response.diagnostics.is_empty());
    assert_eq!(response.planned_state.unwrap().msgpack, [0xc0]);
    let json = proto::validate_resource_config::Request {
        type_name: "test_thing".into(),
        config: Some(DynamicValue { msgpack: Vec::new(), json: b"null".to_vec() }),
        ..Default::default()
    };
    assert!(
        host.client()
            .validate_resource_config(json)
            .await
            .unwrap()
            .into_inner()
            .diagnostics
            .is_empty()
    );
}
