//! Two resources of a run that concern the same object. If a resource is renamed without a `moved`
//! block, the run deletes the object at one address and creates it at another address.

use serde_json::{Value as Json, json};

use crate::{
    harness::{Host, Planned, Stored},
    test_resource::State,
};

fn thing(name: &str) -> Json {
    json!({ "name": name, "behave": "unique:yes" })
}

#[track_caller]
fn assert_warned(planned: &Planned, expected: bool, when: &str) {
    let warnings = planned.diagnostics();
    let is_warned = warnings
        .iter()
        .any(|text| text.contains("the object with name = \"a\"") && text.contains("moved {"));
    assert_eq!(is_warned, expected, "{when}: {warnings:?}");
}

#[tokio::test]
async fn the_second_plan_of_a_deletion_and_a_creation_of_one_object_has_a_warning() {
    let none = Stored::default();
    for deletion_first in [true, false] {
        let host = Host::start().await;
        let stored = host.create(thing("a")).await;
        assert_warned(&host.plan(&none, thing("b")).await, false, "another object");
        let (first, second) = if deletion_first {
            (host.plan_deletion(&stored).await, host.plan(&none, thing("a")).await)
        } else {
            (host.plan(&none, thing("a")).await, host.plan_deletion(&stored).await)
        };
        assert_warned(&first, false, "the first plan");
        assert_warned(&second, true, "the second plan");
    }
}

#[tokio::test]
async fn a_plan_without_a_pending_deletion_of_the_object_has_no_warning() {
    let none = Stored::default();
    let host = Host::start().await;
    let stored = host.create(thing("a")).await;
    // Terraform plans a replacement in two steps: a change, and a creation.
    for planned in [
        host.plan(&stored, thing("a")).await,
        host.plan(&none, thing("a")).await,
        host.plan(&none, thing("a")).await,
        host.plan(&none, json!({ "name": "?" })).await,
    ] {
        assert_warned(&planned, false, "no deletion is planned");
    }
    let host = Host::start().await;
    let stored = host.create(thing("a")).await;
    host.apply(&host.plan_deletion(&stored).await).await;
    assert_warned(&host.plan(&none, thing("a")).await, false, "the deletion was applied");
    // A provider in debug mode serves several runs.
    let host = Host::start().await;
    let stored = host.create(thing("a")).await;
    host.plan_deletion(&stored).await;
    host.configure(json!({})).await;
    assert_warned(&host.plan(&none, thing("a")).await, false, "another run has begun");
}

#[tokio::test]
async fn a_creation_waits_until_the_same_object_is_deleted() {
    let host = Host::start().await;
    let stored = host.create(json!({ "name": "a", "behave": "delete:wait" })).await;
    let deletion = host.plan_deletion(&stored).await;
    // The password distinguishes the second creation from the first in the recorded events.
    let config = json!({
        "name": "a", "behave": "unique:yes", "password": "second", "password_version": 1,
    });
    let creation = host.plan(&Stored::default(), config).await;
    let (deleted, created) = tokio::join!(host.apply(&deletion), async {
        host.backend.wait_for("waiting in delete").await;
        let (created, ()) = tokio::join!(host.apply(&creation), async {
            host.backend.wait_for(r#"create a, password Some("second")"#).await;
            host.backend.open_gate();
        });
        created
    });
    assert_eq!(deleted.diagnostics, [""; 0]);
    assert_eq!(created.diagnostics, [""; 0]);
    assert_eq!(created.state["name"], "a");
    assert_eq!(host.backend.objects().len(), 1);
}

#[tokio::test]
async fn a_creation_of_an_existing_object_fails_if_no_deletion_begins() {
    let host = Host::start().await;
    host.backend.objects().insert("a".into(), State::named("a"));
    let creation = host.apply(&host.plan(&Stored::default(), thing("a")).await).await;
    assert_eq!(creation.diagnostics, ["error: Could not create test_thing: a exists."]);
    assert_eq!(creation.state, Json::Null);
}

#[tokio::test]
async fn the_second_creation_of_an_object_in_a_run_names_the_cause() {
    let host = Host::start().await;
    let none = Stored::default();
    let stored = host.create(thing("a")).await;
    let creation = host.apply(&host.plan(&none, thing("a")).await).await;
    let [error] = creation.diagnostics.as_slice() else { panic!("{:?}", creation.diagnostics) };
    assert!(error.starts_with("error: Another test_thing declares the same object"), "{error}");
    assert!(error.contains("name = \"a\""), "{error}");
    assert_eq!(creation.state, Json::Null);
    // After a deletion or a failed creation, the object can be created again.
    host.apply(&host.plan_deletion(&stored).await).await;
    host.backend.objects().insert("a".into(), State::named("a"));
    let failed = host.apply(&host.plan(&none, thing("a")).await).await;
    assert_eq!(failed.diagnostics, ["error: Could not create test_thing: a exists."]);
    host.backend.objects().remove("a");
    let created = host.apply(&host.plan(&none, thing("a")).await).await;
    assert_eq!(created.diagnostics, [""; 0]);
}
