//! Datastores: responses that are lost, tasks that another run has started, and maintenance modes.

use pbs_sim::{Fault, FaultKind, TaskOutcome, TaskRule};
use serde_json::{Value as Json, json};
use test_support::{
    core::{Diagnostics, State},
    in_process::{InProcess, token_with_roles, variables},
};

use crate::datastore_tasks::{
    TYPE, apply, created, exists, main_datastore, provider, running_tasks, simulator,
    stopped_creation, wait_until,
};

const PATH: &str = "/config/datastore/main";

fn in_maintenance() -> Json {
    json!({
        "name": "main", "path": "/srv/main", "maintenance_mode": { "type": "read-only" },
    })
}

/// The maintenance mode on the server.
fn maintenance_mode(simulator: &pbs_sim::Simulator) -> Option<String> {
    let datastore = simulator.world(|world| world.object("datastore", "main"));
    datastore?.get("maintenance-mode")?.as_str().map(str::to_owned)
}

/// `maintenance_mode` is a left-alone argument: if no configuration has ever set it, the provider
/// does not change its value on the server.
#[tokio::test]
async fn a_left_alone_argument_is_removed_after_an_update_whose_response_was_lost() {
    let simulator = simulator();
    let mut state = created(&simulator).await;
    let lost = Fault::new("PUT", PATH, FaultKind::DroppedAfter);
    let fault = simulator.fault(lost);
    let diagnostics = apply(&simulator, &in_maintenance(), &mut state).await;
    assert_eq!(diagnostics.errors.len(), 1, "{:?}", diagnostics.errors);
    simulator.clear_fault(fault);
    assert_eq!(maintenance_mode(&simulator).as_deref(), Some("read-only"));
    // The failed update has recorded in the private data that the argument may be set on the
    // server. The next apply therefore removes it.
    let diagnostics = apply(&simulator, &main_datastore(), &mut state).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert_eq!(maintenance_mode(&simulator), None);
}

#[tokio::test]
async fn a_left_alone_argument_is_removed_after_a_creation_that_was_not_awaited() {
    let simulator = simulator();
    let (mut state, _) = stopped_creation(&simulator, &in_maintenance()).await;
    simulator.release_tasks();
    let diagnostics = apply(&simulator, &main_datastore(), &mut state).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert!(exists(&simulator));
    assert_eq!(maintenance_mode(&simulator), None);
}

/// Destroys the datastore `main`. The test ends the hanging tasks after the provider has looked for
/// running tasks twice: before the request for the deletion, and after this request or its task has
/// failed.
async fn destroy_with_lost_responses(simulator: &pbs_sim::Simulator) {
    let mut state = created(simulator).await;
    simulator.clear_requests();
    let destroying = tokio::spawn({
        let provider = provider(simulator).await;
        async move {
            let mut diagnostics = Diagnostics::default();
            provider.destroy(TYPE, &mut state, &mut diagnostics).await;
            (state, diagnostics)
        }
    });
    wait_until(|| simulator.requests_to("GET", "/nodes/localhost/tasks").len() == 2).await;
    simulator.release_tasks();
    let (state, diagnostics) = destroying.await.expect("the destruction ends");
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert!(state.is_empty() && !exists(simulator));
}

#[tokio::test]
async fn a_deletion_is_awaited_although_no_response_arrives() {
    let simulator = simulator();
    simulator.on_task(TaskRule::new("delete-datastore", TaskOutcome::Hangs));
    simulator.fault(Fault::new("DELETE", PATH, FaultKind::DroppedAfter));
    destroy_with_lost_responses(&simulator).await;
}

#[tokio::test]
async fn the_first_deletion_is_awaited_if_the_repeated_deletion_fails() {
    let simulator = simulator();
    simulator.on_task(TaskRule::new("delete-datastore", TaskOutcome::Hangs).times(1));
    let locked = TaskOutcome::Fails("unable to acquire lock".into());
    simulator.on_task(TaskRule::new("delete-datastore", locked));
    simulator.fault(Fault::new("DELETE", PATH, FaultKind::DroppedAfter).times(1));
    destroy_with_lost_responses(&simulator).await;
}

#[tokio::test]
async fn a_deletion_that_another_run_has_started_is_awaited_and_not_sent_again() {
    let simulator = simulator();
    let state = created(&simulator).await;
    simulator.on_task(TaskRule::new("delete-datastore", TaskOutcome::Hangs).times(1));
    let destroy_in_background = |provider: InProcess, mut state: State| {
        tokio::spawn(async move {
            let mut diagnostics = Diagnostics::default();
            provider.destroy(TYPE, &mut state, &mut diagnostics).await;
            (state, diagnostics)
        })
    };
    let killed = destroy_in_background(provider(&simulator).await, state.clone());
    wait_until(|| !simulator.requests_to("DELETE", PATH).is_empty()).await;
    killed.abort();
    simulator.clear_requests();
    let second = destroy_in_background(provider(&simulator).await, state);
    wait_until(|| !simulator.requests_to("GET", "/nodes/localhost/tasks").is_empty()).await;
    simulator.release_tasks();
    let (state, diagnostics) = second.await.expect("the destruction ends");
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert!(state.is_empty() && !exists(&simulator));
    assert_eq!(simulator.requests_to("DELETE", PATH).len(), 0);
}

#[tokio::test]
async fn a_refresh_with_other_credentials_shows_the_end_of_a_task_that_it_cannot_see() {
    const STATUS: &str = "/nodes/localhost/tasks/*/status";
    for succeeds in [true, false] {
        let simulator = simulator();
        let (mut state, _) = stopped_creation(&simulator, &main_datastore()).await;
        match succeeds {
            true => simulator.release_tasks(),
            false => simulator.abort_tasks(),
        }
        wait_until(|| running_tasks(&simulator) == 0).await;
        simulator.fault(Fault::new("GET", STATUS, FaultKind::Forbidden));
        let (first, mut diagnostics) = (provider(&simulator).await, Diagnostics::default());
        first.refresh(TYPE, &mut state, &mut diagnostics).await;
        assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
        assert_eq!((state.is_empty(), exists(&simulator)), (!succeeds, succeeds));
        // The refresh has removed the task from the private data, so later runs do not request the
        // status of the task.
        simulator.clear_requests();
        provider(&simulator).await.refresh(TYPE, &mut state, &mut diagnostics).await;
        assert_eq!(simulator.requests_to("GET", STATUS).len(), 0);
    }
}

#[tokio::test]
async fn the_next_refresh_reads_the_datastore_that_exists_after_a_failed_creation() {
    let simulator = simulator();
    simulator.on_task(TaskRule::new("create-datastore", TaskOutcome::Hangs).times(1));
    let applying = tokio::spawn({
        let provider = provider(&simulator).await;
        async move {
            let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
            provider.change(TYPE, &mut state, &main_datastore(), &mut diagnostics).await;
            (state, diagnostics)
        }
    });
    wait_until(|| running_tasks(&simulator) == 1).await;
    let other = json!({ "path": "/srv/other", "comment": "of somebody else" });
    simulator.world(|world| world.put_object("datastore", "main", other));
    simulator.abort_tasks();
    let (state, diagnostics) = applying.await.expect("the apply ends");
    let texts = [diagnostics.errors, diagnostics.warnings].concat();
    assert!(texts.iter().any(|text| text.contains("exists, but not as planned")), "{texts:?}");
    let mut diagnostics = Diagnostics::default();
    let mut state = state;
    assert!(self::provider(&simulator).await.refresh(TYPE, &mut state, &mut diagnostics).await);
    assert_eq!(state.text("path").as_deref(), Some("/srv/other"));
}

/// The server itself sets some maintenance modes, for example while it unmounts a datastore.
#[tokio::test]
async fn a_maintenance_mode_that_pbs_has_set_causes_a_warning_and_no_difference() {
    for (mode, is_of_server, warning) in [
        ("type=unmount", true, "datastore update main --delete maintenance-mode"),
        ("type=s3-refresh", true, "datastore update main --delete maintenance-mode"),
        ("delete", true, "destroy the datastore again"),
        ("offline,message=by hand", false, ""),
    ] {
        for (config, sets_mode) in [(main_datastore(), false), (in_maintenance(), true)] {
            let simulator = simulator();
            let mut state = State::default();
            apply(&simulator, &config, &mut state).await;
            simulator.world(|world| {
                let stored = json!({ "path": "/srv/main", "maintenance-mode": mode });
                world.put_object("datastore", "main", stored);
            });
            let (provider, mut diagnostics) = (provider(&simulator).await, Diagnostics::default());
            assert!(provider.refresh(TYPE, &mut state, &mut diagnostics).await, "{mode}");
            let empty = provider.plan_is_empty(TYPE, &state, &config, &mut diagnostics).await;
            let expected = is_of_server || !sets_mode;
            assert_eq!(empty, Some(expected), "{mode}, {config}: {:?}", diagnostics.errors);
            let warns = |text: &String| text.starts_with("PBS has set the maintenance mode");
            let found = diagnostics.warnings.iter().find(|text| warns(text));
            assert_eq!(found.is_some(), is_of_server, "{mode}: {:?}", diagnostics.warnings);
            assert!(found.is_none_or(|text| text.contains(warning)), "{mode}: {found:?}");
        }
    }
}

#[tokio::test]
async fn a_change_beside_a_maintenance_mode_of_the_server_does_not_send_the_mode() {
    let simulator = simulator();
    let mut state = State::default();
    apply(&simulator, &in_maintenance(), &mut state).await;
    simulator.world(|world| {
        let stored = json!({ "path": "/srv/main", "maintenance-mode": "type=unmount" });
        world.put_object("datastore", "main", stored);
    });
    let mut changed = in_maintenance();
    changed["comment"] = json!("nightly");
    let diagnostics = apply(&simulator, &changed, &mut state).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let datastore = simulator.world(|world| world.object("datastore", "main")).unwrap();
    assert_eq!(datastore["comment"], "nightly");
    assert_eq!(datastore["maintenance-mode"], "type=unmount");

    // PBS ends the mode that it has set. The provider then sets the configured mode again.
    simulator.world(|world| {
        let mut datastore = datastore;
        datastore.remove("maintenance-mode");
        world.put_object("datastore", "main", datastore.into());
    });
    let diagnostics = apply(&simulator, &changed, &mut state).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert_eq!(maintenance_mode(&simulator).as_deref(), Some("read-only"));
}

#[tokio::test]
async fn the_data_source_reads_a_datastore_that_is_offline() {
    let simulator = simulator();
    let mut state = created(&simulator).await;
    let offline = json!({
        "name": "main", "path": "/srv/main", "maintenance_mode": { "type": "offline" },
    });
    let diagnostics = apply(&simulator, &offline, &mut state).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let mut diagnostics = Diagnostics::default();
    let provider = provider(&simulator).await;
    let read = provider.read_data_source(TYPE, &json!({ "name": "main" }), &mut diagnostics).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let read = read.expect("the data source has a state");
    assert_eq!((&read["path"], &read["total_bytes"]), (&json!("/srv/main"), &Json::Null));
    let warned = |text: &String| text.contains("usage of the datastore main cannot be read");
    assert!(diagnostics.warnings.iter().any(warned), "{:?}", diagnostics.warnings);
}

#[tokio::test]
async fn a_name_that_an_object_of_another_kind_has_is_reported_as_taken() {
    let simulator = simulator();
    let matcher = json!({ "comment": "c" });
    simulator.world(|world| world.put_object("notifications/matchers", "alerts", matcher));
    let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
    let target = json!({ "name": "alerts", "server": "https://gotify.example.com", "token": "t" });
    let provider = provider(&simulator).await;
    provider.change("pbs_gotify_notification", &mut state, &target, &mut diagnostics).await;
    let text = diagnostics.errors.join("\n");
    assert!(text.contains("The name alerts is taken") && !text.contains("import {"), "{text}");
}

#[tokio::test]
async fn a_datastore_on_a_removable_device_also_needs_a_privilege_on_the_disks() {
    let simulator = simulator();
    simulator.world(|world| world.add_device("8c4f2f3e-0d5a-4d5e-9d7c-3f3a1b2c4d5e"));
    let config = json!({
        "name": "main", "path": "backup", "backing_device": "8c4f2f3e-0d5a-4d5e-9d7c-3f3a1b2c4d5e",
    });
    let token = token_with_roles(&simulator, &[("/datastore", "Admin", true)]);
    let limited = InProcess::start(variables(&simulator, &token)).await;
    let missing = "lacks the privilege `Sys.Modify` on `/system/disks`";

    let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
    limited.change(TYPE, &mut state, &config, &mut diagnostics).await;
    assert!(diagnostics.errors.join("\n").contains(missing), "{:?}", diagnostics.errors);
    assert!(!exists(&simulator) && state.is_empty());

    let diagnostics = apply(&simulator, &config, &mut state).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let mut diagnostics = Diagnostics::default();
    limited.destroy(TYPE, &mut state, &mut diagnostics).await;
    assert!(diagnostics.errors.join("\n").contains(missing), "{:?}", diagnostics.errors);
    assert!(exists(&simulator) && !state.is_empty());
}
