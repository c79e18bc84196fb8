//! A call is cancelled, a connection is closed, or the provider is shut down while a call is
//! running.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::time::timeout;

use crate::{
    harness::{Host, Stored, in_time, lines},
    other_types::{close, look, open, renew},
    proto,
    test_backend::Backend,
};

/// How long a test waits to check that an event does not happen.
const SHORT_WAIT: Duration = Duration::from_millis(300);

async fn assert_not_recorded(backend: &Backend, event: &str) {
    assert!(timeout(SHORT_WAIT, backend.wait_for(event)).await.is_err(), "{:?}", backend.events());
}

/// Starts to create an object. The creation runs in a task that the test can abort. Returns when
/// the provider waits at the gate of the [`Backend`].
async fn start_creation(
    host: &Host,
    name: &str,
) -> tokio::task::JoinHandle<
    Result<tonic::Response<proto::apply_resource_change::Response>, tonic::Status>,
> {
    let planned =
        host.plan(&Stored::default(), json!({"name": name, "behave": "create:wait"})).await;
    let request = proto::apply_resource_change::Request {
        type_name: "test_thing".into(),
        prior_state: host.thing(json!(null)),
        planned_state: planned.response.planned_state.clone(),
        config: host.thing(json!({"name": name, "behave": "create:wait"})),
        ..Default::default()
    };
    let mut client = host.client();
    let call = tokio::spawn(async move { client.apply_resource_change(request).await });
    host.backend.wait_for("waiting in create").await;
    call
}

#[tokio::test]
async fn a_creation_is_completed_after_its_call_is_cancelled() {
    let host = Host::start().await;
    let call = start_creation(&host, "a").await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    // When this later call returns, the provider has also noticed the cancellation.
    look(&host, json!({"query": "x"})).await;
    assert!(!host.backend.has_recorded("created a"));
    host.backend.open_gate();
    host.backend.wait_for("created a").await;
}

#[tokio::test]
async fn shutdown_waits_for_a_creation_whose_connection_was_closed() {
    let host = Host::start().await;
    let call = start_creation(&host, "a").await;
    call.abort();
    let Host { client, backend, session, .. } = host;
    drop(client);
    let end = tokio::spawn(shut_down(session, backend.clone()));
    assert_not_recorded(&backend, "ended").await;
    backend.open_gate();
    backend.wait_for("ended").await;
    end.await.unwrap();
    let record = backend.events();
    let position = |event: &str| record.iter().position(|recorded| recorded == event).unwrap();
    assert!(position("created a") < position("ended"), "{record:?}");
}

async fn shut_down(
    session: tf_plugin::Session<crate::test_provider::Testing>,
    backend: Arc<Backend>,
) {
    session.shutdown().await.unwrap();
    backend.record("ended");
}

#[tokio::test]
async fn shutdown_waits_for_the_response_of_a_running_call() {
    let host = Host::start().await;
    let call = start_creation(&host, "a").await;
    let end = tokio::spawn(shut_down(host.session, host.backend.clone()));
    assert_not_recorded(&host.backend, "ended").await;
    host.backend.open_gate();
    let response = in_time(call).await.unwrap().unwrap().into_inner();
    assert_eq!(lines(&response.diagnostics), [""; 0]);
    assert!(response.new_state.is_some());
    drop(host.client);
    in_time(end).await.unwrap();
}

#[tokio::test]
async fn shutdown_closes_every_open_ephemeral_resource() {
    let host = Host::start().await;
    for name in ["a", "b", "c"] {
        assert!(open(&host, json!({"name": name})).await.diagnostics.is_empty());
    }
    let private_d = open(&host, json!({"name": "d"})).await.private.unwrap();
    let private_d = renew(&host, &private_d).await.private.unwrap();
    renew(&host, &private_d).await;
    let private_e = open(&host, json!({"name": "e"})).await.private.unwrap();
    assert_eq!(close(&host, &private_e).await, [""; 0]);
    // Closing `f` panics. The provider must still close the other resources.
    open(&host, json!({"name": "f", "behave": "close:panic"})).await;
    in_time(host.session.shutdown()).await.unwrap();
    let mut closed: Vec<_> =
        host.backend.events().into_iter().filter(|event| event.starts_with("closed")).collect();
    closed.sort();
    assert_eq!(
        closed,
        [
            "closed a after 0",
            "closed b after 0",
            "closed c after 0",
            "closed d after 2",
            "closed e after 0"
        ]
    );
}

#[tokio::test]
async fn shutdown_closes_the_second_of_two_identical_ephemeral_resources() {
    let host = Host::start().await;
    let one = open(&host, json!({"name": "a"})).await.private.unwrap();
    let other = open(&host, json!({"name": "a"})).await.private.unwrap();
    assert_eq!(one, other);
    assert_eq!(close(&host, &one).await, [""; 0]);
    in_time(host.session.shutdown()).await.unwrap();
    let closed = host.backend.events().into_iter().filter(|event| event == "closed a after 0");
    assert_eq!(closed.count(), 2);
}

#[tokio::test]
async fn shutdown_closes_an_ephemeral_resource_whose_opening_was_cancelled() {
    let host = Host::start().await;
    let mut client = host.client();
    let config = host.door(json!({"name": "a", "behave": "open:wait"}));
    let request = proto::open_ephemeral_resource::Request {
        type_name: "test_door".into(),
        config,
        ..Default::default()
    };
    let call = tokio::spawn(async move { client.open_ephemeral_resource(request).await });
    host.backend.wait_for("waiting in open").await;
    call.abort();
    let Host { client, backend, session, .. } = host;
    drop(client);
    let end = tokio::spawn(shut_down(session, backend.clone()));
    assert_not_recorded(&backend, "ended").await;
    backend.open_gate();
    in_time(end).await.unwrap();
    assert!(backend.has_recorded("closed a after 0"), "{:?}", backend.events());
}

#[tokio::test]
async fn a_renewal_is_completed_after_its_call_is_cancelled() {
    let host = Host::start().await;
    let private = open(&host, json!({"name": "a", "behave": "renew:wait"})).await.private;
    let mut client = host.client();
    let request =
        proto::renew_ephemeral_resource::Request { type_name: "test_door".into(), private };
    let call = tokio::spawn(async move { client.renew_ephemeral_resource(request).await });
    host.backend.wait_for("waiting in renew").await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    look(&host, json!({"query": "x"})).await;
    host.backend.open_gate();
    host.backend.wait_for("renewed a").await;
    in_time(host.session.shutdown()).await.unwrap();
    assert!(host.backend.has_recorded("closed a after 1"), "{:?}", host.backend.events());
}

#[tokio::test]
async fn calls_see_a_stop_until_the_provider_is_configured_again() {
    let host = Host::start().await;
    assert_eq!(look(&host, json!({"query": "x"})).await.0["stopping"], false);
    let request = proto::stop_provider::Request {};
    let response = host.client().stop_provider(request).await.unwrap().into_inner();
    assert_eq!(response.error, "");
    assert_eq!(look(&host, json!({"query": "x"})).await.0["stopping"], true);

    // If the provider runs in a debugger, Terraform uses the same process for the next run, so a
    // new configuration must end the stop.
    host.configure(json!({ "address": "here" })).await;
    assert_eq!(look(&host, json!({"query": "x"})).await.0["stopping"], false);

    let host = Host::start().await;
    host.session.stop();
    assert_eq!(look(&host, json!({"query": "x"})).await.0["stopping"], true);
}

#[tokio::test]
async fn a_call_after_shutdown_fails() {
    let host = Host::start().await;
    let mut client = host.client();
    in_time(host.session.shutdown()).await.unwrap();
    assert!(in_time(client.get_metadata(proto::get_metadata::Request {})).await.is_err());
}

/// OpenTofu gives the provider 10 seconds to close all ephemeral resources, and then ends the
/// provider.
#[tokio::test]
async fn closing_many_ephemeral_resources_on_a_server_that_hangs_takes_eight_seconds() {
    let host = Host::start().await;
    let mut privates = Vec::new();
    for number in 0..20 {
        let config = json!({"name": number.to_string(), "behave": "close:wait"});
        privates.push(open(&host, config).await.private.unwrap());
    }
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    for private in &privates {
        let warnings = close(&host, private).await;
        assert!(warnings[0].contains("was not closed in time"), "{warnings:?}");
    }
    assert_eq!(start.elapsed().as_secs(), 8);
    tokio::time::resume();

    // The server works again, so the provider can close the remaining resources. After that, a call
    // that closes another resource waits for the server again.
    host.backend.open_gate();
    host.backend.wait_for("closed 19 after 0").await;
    let later = open(&host, json!({"name": "later"})).await.private.unwrap();
    assert_eq!(close(&host, &later).await, [""; 0]);
    in_time(host.session.shutdown()).await.unwrap();
    for number in 0..20 {
        assert!(host.backend.has_recorded(&format!("closed {number} after 0")));
    }
}
