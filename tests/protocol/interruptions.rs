//! What happens when a call, a client or the provider comes to its end in the middle.

use crate::harness::{Host, Kept, in_time, lines};
use crate::other_types::{close, look, open, renew};
use crate::proto;
use crate::test_backend::World;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Long enough to see that something does not happen.
const A_WHILE: Duration = Duration::from_millis(300);

async fn never(world: &World, what: &str) {
    assert!(timeout(A_WHILE, world.until(what)).await.is_err(), "{:?}", world.record());
}

/// Waits in creating `name`, in a task that can be aborted.
async fn creating(
    host: &Host,
    name: &str,
) -> tokio::task::JoinHandle<
    Result<tonic::Response<proto::apply_resource_change::Response>, tonic::Status>,
> {
    let planned = host.plan(&Kept::default(), json!({"name": name, "behave": "create:wait"})).await;
    let request = proto::apply_resource_change::Request {
        type_name: "test_thing".into(),
        prior_state: host.thing(json!(null)),
        planned_state: planned.response.planned_state.clone(),
        config: host.thing(json!({"name": name, "behave": "create:wait"})),
        ..Default::default()
    };
    let mut client = host.client();
    let call = tokio::spawn(async move { client.apply_resource_change(request).await });
    host.world.until("waiting in create").await;
    call
}

#[tokio::test]
async fn a_write_goes_on_when_its_caller_is_gone() {
    let host = Host::start().await;
    let call = creating(&host, "a").await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    // The server has heard of it by the time it answers this.
    look(&host, json!({"query": "x"})).await;
    assert!(!host.world.has_done("created a"));
    host.world.open_gate();
    host.world.until("created a").await;
}

#[tokio::test]
async fn a_write_goes_on_when_the_client_is_gone_and_the_end_waits_for_it() {
    let host = Host::start().await;
    let call = creating(&host, "a").await;
    call.abort();
    let Host { client, world, session, .. } = host;
    drop(client);
    let end = tokio::spawn(ended(session, world.clone()));
    never(&world, "ended").await;
    world.open_gate();
    world.until("ended").await;
    end.await.unwrap();
    let record = world.record();
    let at = |what: &str| record.iter().position(|done| done == what).unwrap();
    assert!(at("created a") < at("ended"), "{record:?}");
}

async fn ended(session: tf_plugin::Session<crate::test_provider::Testing>, world: Arc<World>) {
    session.shutdown().await.unwrap();
    world.did("ended");
}

#[tokio::test]
async fn an_answer_under_way_still_arrives() {
    let host = Host::start().await;
    let call = creating(&host, "a").await;
    let end = tokio::spawn(ended(host.session, host.world.clone()));
    never(&host.world, "ended").await;
    host.world.open_gate();
    let answer = in_time(call).await.unwrap().unwrap().into_inner();
    assert_eq!(lines(&answer.diagnostics), [""; 0]);
    assert!(answer.new_state.is_some());
    drop(host.client);
    in_time(end).await.unwrap();
}

#[tokio::test]
async fn what_is_open_is_closed_at_the_end() {
    let host = Host::start().await;
    for name in ["a", "b", "c"] {
        assert!(open(&host, json!({"name": name})).await.diagnostics.is_empty());
    }
    let b = open(&host, json!({"name": "d"})).await.private.unwrap();
    let b = renew(&host, &b).await.private.unwrap();
    renew(&host, &b).await;
    let e = open(&host, json!({"name": "e"})).await.private.unwrap();
    assert_eq!(close(&host, &e).await, [""; 0]);
    // Its closing fails, which is no reason to leave the others open.
    open(&host, json!({"name": "f", "behave": "close:panic"})).await;
    in_time(host.session.shutdown()).await.unwrap();
    let mut closed: Vec<_> =
        host.world.record().into_iter().filter(|done| done.starts_with("closed")).collect();
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
async fn of_two_that_are_alike_one_is_still_open() {
    let host = Host::start().await;
    let one = open(&host, json!({"name": "a"})).await.private.unwrap();
    let other = open(&host, json!({"name": "a"})).await.private.unwrap();
    assert_eq!(one, other);
    assert_eq!(close(&host, &one).await, [""; 0]);
    in_time(host.session.shutdown()).await.unwrap();
    let closed = host.world.record().into_iter().filter(|done| done == "closed a after 0");
    assert_eq!(closed.count(), 2);
}

#[tokio::test]
async fn what_is_being_opened_is_closed_as_well() {
    let host = Host::start().await;
    let mut client = host.client();
    let config = host.door(json!({"name": "a", "behave": "open:wait"}));
    let request = proto::open_ephemeral_resource::Request {
        type_name: "test_door".into(),
        config,
        ..Default::default()
    };
    let call = tokio::spawn(async move { client.open_ephemeral_resource(request).await });
    host.world.until("waiting in open").await;
    call.abort();
    let Host { client, world, session, .. } = host;
    drop(client);
    let end = tokio::spawn(ended(session, world.clone()));
    never(&world, "ended").await;
    world.open_gate();
    in_time(end).await.unwrap();
    assert!(world.has_done("closed a after 0"), "{:?}", world.record());
}

#[tokio::test]
async fn a_renewal_counts_when_its_caller_is_gone() {
    let host = Host::start().await;
    let private = open(&host, json!({"name": "a", "behave": "renew:wait"})).await.private;
    let mut client = host.client();
    let request =
        proto::renew_ephemeral_resource::Request { type_name: "test_door".into(), private };
    let call = tokio::spawn(async move { client.renew_ephemeral_resource(request).await });
    host.world.until("waiting in renew").await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    look(&host, json!({"query": "x"})).await;
    host.world.open_gate();
    host.world.until("renewed a").await;
    in_time(host.session.shutdown()).await.unwrap();
    assert!(host.world.has_done("closed a after 1"), "{:?}", host.world.record());
}

#[tokio::test]
async fn a_stop_is_passed_on_and_serving_goes_on() {
    let host = Host::start().await;
    assert_eq!(look(&host, json!({"query": "x"})).await.0["stopping"], false);
    let request = proto::stop_provider::Request {};
    let answer = host.client().stop_provider(request).await.unwrap().into_inner();
    assert_eq!(answer.error, "");
    assert_eq!(look(&host, json!({"query": "x"})).await.0["stopping"], true);

    // The next run of a host that is attached.
    host.configure(json!({ "address": "here" })).await;
    assert_eq!(look(&host, json!({"query": "x"})).await.0["stopping"], false);

    let host = Host::start().await;
    host.session.stop();
    assert_eq!(look(&host, json!({"query": "x"})).await.0["stopping"], true);
}

#[tokio::test]
async fn nothing_is_answered_after_the_end() {
    let host = Host::start().await;
    let mut client = host.client();
    in_time(host.session.shutdown()).await.unwrap();
    assert!(in_time(client.get_metadata(proto::get_metadata::Request {})).await.is_err());
}
