//! Actions that start tasks. If the response to the request is lost, or if the task is running
//! already, the action does not start a second task. An action also does not mistake another
//! task for the task that it has started.

use std::sync::Arc;

use pbs_sim::{Fault, FaultKind, Simulator, TaskOutcome, TaskRule};
use serde_json::{Value as Json, json};
use test_support::{core::Diagnostics, values::merged};
use tokio::task::JoinHandle;

use crate::{
    actions::{invoke, provider, run_prune, simulator},
    datastore_tasks::{running_tasks, wait_until},
};

#[tokio::test]
async fn a_start_whose_response_was_lost_is_not_repeated() {
    let path = "/admin/prune/nightly/run";
    let simulator = simulator();
    simulator.fault(Fault::new("POST", path, FaultKind::DroppedAfter).times(1));
    let (progress, diagnostics) = invoke(&simulator, "pbs_run_job", run_prune()).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert!(progress.contains("The server runs the task UPID:"), "{progress}");
    assert_eq!(simulator.requests_to("POST", path).len(), 1);

    simulator.fault(Fault::new("POST", path, FaultKind::DroppedBefore).times(1));
    let (_, diagnostics) = invoke(&simulator, "pbs_run_job", run_prune()).await;
    let text = diagnostics.errors.join("\n");
    assert!(text.contains("The task may have been started"), "{text}");
    assert_eq!(simulator.requests_to("POST", path).len(), 2);
}

#[tokio::test]
async fn the_task_of_a_lost_start_is_found_for_every_action() {
    let group = json!({
        "datastore": "store1", "namespace": "prod", "backup_type": "vm", "backup_id": "100",
    });
    let namespace = json!({ "datastore": "store1", "namespace": "prod" });
    let job = |kind: &str, id: &str| json!({ "type": kind, "id": id });
    let extended = |base: &Json, arguments: Json| merged(base.clone(), arguments);
    for (action, config) in [
        ("pbs_run_job", job("prune", "nightly")),
        ("pbs_run_job", job("prune", "deep")),
        ("pbs_run_job", job("verify", "weekly")),
        ("pbs_run_job", job("sync", "copy")),
        ("pbs_run_job", job("garbage_collection", "store1")),
        ("pbs_verify", json!({ "datastore": "store1" })),
        ("pbs_verify", namespace.clone()),
        ("pbs_verify", group.clone()),
        ("pbs_prune", json!({ "datastore": "store1", "keep_last": 9 })),
        ("pbs_prune", extended(&namespace, json!({ "keep_last": 9 }))),
        ("pbs_move_group", extended(&group, json!({ "target_namespace": "test" }))),
        ("pbs_move_namespace", extended(&namespace, json!({ "target_namespace": "test/prod" }))),
    ] {
        let simulator = simulator();
        simulator.world(|world| {
            let prune = json!({ "store": "store1", "ns": "prod", "schedule": "daily" });
            world.put_object("prune", "deep", prune);
            world.put_object("verify", "weekly", json!({ "store": "store1" }));
            let copy = json!({ "store": "store1", "remote": "offsite", "remote-store": "main" });
            world.put_object("sync", "copy", copy);
            let remote = json!({ "host": "pbs2.example.com", "auth-id": "sync@pbs" });
            world.put_object("remote", "offsite", remote);
        });
        simulator.fault(Fault::new("POST", "**", FaultKind::DroppedAfter).times(1));
        let (_, diagnostics) = invoke(&simulator, action, config.clone()).await;
        assert!(diagnostics.errors.is_empty(), "{action} {config}: {:?}", diagnostics.errors);
        assert_eq!(simulator.requests_to("POST", "**").len(), 1, "{action} {config}");
    }
}

/// Invokes an action in a task of its own, whose result is the diagnostics of the action.
async fn invoke_in_background(
    simulator: &Simulator,
    action: &'static str,
    config: Json,
) -> JoinHandle<Diagnostics> {
    let provider = provider(simulator).await;
    tokio::spawn(async move {
        let mut diagnostics = Diagnostics::default();
        provider.invoke(action, &config, &mut diagnostics).await;
        diagnostics
    })
}

/// The task that prunes another namespace has the same type as the task of the lost start.
#[tokio::test]
async fn the_task_of_another_namespace_is_not_mistaken_for_the_task_of_a_lost_start() {
    let simulator = simulator();
    let path = "/admin/datastore/store1/prune-datastore";
    simulator.fault(Fault::new("POST", path, FaultKind::Hang).times(1));
    let config = json!({ "datastore": "store1", "namespace": "prod", "keep_last": 9 });
    let lost = invoke_in_background(&simulator, "pbs_prune", config).await;
    wait_until(|| !simulator.requests_to("POST", path).is_empty()).await;
    let other = json!({ "datastore": "store1", "namespace": "test", "keep_last": 9 });
    let (_, diagnostics) = invoke(&simulator, "pbs_prune", other).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let text = lost.await.expect("the action ends").errors.join("\n");
    assert!(text.contains("The task may have been started"), "{text}");
}

/// Terraform can run several actions at the same time.
#[tokio::test]
async fn the_task_of_another_action_is_not_mistaken_for_the_task_of_a_lost_start() {
    let simulator = simulator();
    simulator.world(|world| {
        for id in ["first", "second"] {
            let job = json!({ "store": "store1", "remote": "offsite", "remote-store": "main" });
            world.put_object("sync", id, job);
        }
        let remote = json!({ "host": "pbs2.example.com", "auth-id": "sync@pbs" });
        world.put_object("remote", "offsite", remote);
    });
    let path = "/admin/sync/first/run";
    simulator.fault(Fault::new("POST", path, FaultKind::Hang).times(1));
    let config = json!({ "type": "sync", "id": "first" });
    let lost = invoke_in_background(&simulator, "pbs_run_job", config).await;
    wait_until(|| !simulator.requests_to("GET", "/nodes/localhost/tasks").is_empty()).await;
    let other = json!({ "type": "sync", "id": "second" });
    let (_, diagnostics) = invoke(&simulator, "pbs_run_job", other).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let text = lost.await.expect("the action ends").errors.join("\n");
    assert!(text.contains("The task may have been started"), "{text}");
}

#[tokio::test]
async fn a_start_that_waits_in_vain_for_a_lock_is_not_repeated() {
    let (path, simulator) = ("/admin/prune/nightly/run", simulator());
    let text = "Unable to acquire lock \"/x.lck\" - Interrupted system call (os error 4)";
    simulator.fault(Fault::new("POST", path, FaultKind::Status(400, text.into())).times(1));
    let (_, diagnostics) = invoke(&simulator, "pbs_run_job", run_prune()).await;
    let text = diagnostics.errors.join("\n");
    assert!(text.contains("The server is busy"), "{text}");
    assert_eq!(simulator.requests_to("POST", path).len(), 1);
}

#[tokio::test]
async fn a_first_garbage_collection_that_is_running_is_not_started_again() {
    let simulator = simulator();
    simulator.on_task(TaskRule::new("garbage_collection", TaskOutcome::Hangs).times(1));
    let collection = || json!({ "type": "garbage_collection", "id": "store1" });
    let first = Arc::new(provider(&simulator).await);
    let running = tokio::spawn({
        let first = Arc::clone(&first);
        async move {
            first.invoke("pbs_run_job", &collection(), &mut Diagnostics::default()).await;
        }
    });
    wait_until(|| running_tasks(&simulator) == 1).await;
    let (_, diagnostics) = invoke(&simulator, "pbs_run_job", collection()).await;
    let text = diagnostics.errors.join("\n");
    assert!(text.contains("The job store1 is running already"), "{text}");
    assert_eq!(simulator.requests_to("POST", "/admin/datastore/store1/gc").len(), 1);
    simulator.release_tasks();
    running.await.expect("the first action ends");
}
