//! Datastores, which PBS creates and deletes in worker tasks: each way in which a task can end, and
//! what happens if the provider does not wait for the end of the task.

use std::{sync::Arc, time::Duration};

use pbs_sim::{Settings, Simulator, TaskOutcome, TaskRule};
use serde_json::{Value as Json, json};
use test_support::{
    core::{Diagnostics, State},
    in_process::InProcess,
};
use tokio::time::{sleep, timeout};

pub(crate) const TYPE: &str = "pbs_datastore";

pub(crate) fn main_datastore() -> Json {
    json!({ "name": "main", "path": "/srv/main" })
}

pub(crate) fn simulator() -> Simulator {
    Simulator::start(Settings { datastores: Vec::new(), ..Settings::default() })
}

pub(crate) async fn provider(simulator: &Simulator) -> InProcess {
    InProcess::start_for(simulator).await
}

/// Refreshes and applies in a separate run.
pub(crate) async fn apply(simulator: &Simulator, config: &Json, state: &mut State) -> Diagnostics {
    let (provider, mut diagnostics) = (provider(simulator).await, Diagnostics::default());
    if provider.refresh(TYPE, state, &mut diagnostics).await {
        provider.change(TYPE, state, config, &mut diagnostics).await;
    }
    diagnostics
}

/// Refreshes and destroys in a separate run.
pub(crate) async fn destroy(simulator: &Simulator, state: &mut State) -> Diagnostics {
    let (provider, mut diagnostics) = (provider(simulator).await, Diagnostics::default());
    if provider.refresh(TYPE, state, &mut diagnostics).await {
        provider.destroy(TYPE, state, &mut diagnostics).await;
    }
    diagnostics
}

/// Creates the datastore `main` without a fault. Returns the state.
pub(crate) async fn created(simulator: &Simulator) -> State {
    let mut state = State::default();
    let diagnostics = apply(simulator, &main_datastore(), &mut state).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    state
}

pub(crate) fn exists(simulator: &Simulator) -> bool {
    simulator.world(|world| world.object("datastore", "main").is_some())
}

pub(crate) async fn wait_until(condition: impl Fn() -> bool) {
    let polling = async {
        while !condition() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(20), polling).await.expect("the condition holds within 20 s");
}

pub(crate) fn running_tasks(simulator: &Simulator) -> usize {
    simulator.world(|world| world.tasks().iter().filter(|it| it.exit_status.is_none()).count())
}

#[tokio::test]
async fn a_creation_reports_how_its_task_ended_and_the_next_apply_completes_the_creation() {
    use TaskOutcome::{Fails, FailsAfterwards, SucceedsWithoutEffect, Unknown, Warns};
    for (outcome, error, warning) in [
        (Fails("datastore path not empty".into()), Some("`reuse_datastore = true`"), None),
        (Fails("out of space".into()), Some("has failed: out of space"), None),
        (Warns(2), None, Some("has ended with warnings")),
        (FailsAfterwards("out of luck".into()), None, Some("has failed: out of luck")),
        (SucceedsWithoutEffect, Some("was not created"), None),
        (Unknown, Some("PBS does not know how"), None),
    ] {
        let (simulator, mut state) = (simulator(), State::default());
        simulator.on_task(TaskRule::new("create-datastore", outcome.clone()).times(1));
        let diagnostics = apply(&simulator, &main_datastore(), &mut state).await;
        let reports = |texts: &[String], expected: Option<&str>| match expected {
            Some(expected) => texts.iter().any(|text| {
                text.contains(expected) && text.contains("UPID:") && text.contains("datastore main")
            }),
            None => texts.is_empty(),
        };
        assert!(reports(&diagnostics.errors, error), "{outcome:?}: {:?}", diagnostics.errors);
        assert!(reports(&diagnostics.warnings, warning), "{outcome:?}: {:?}", diagnostics.warnings);
        assert_eq!(state.is_empty(), !exists(&simulator), "{outcome:?}");
        let next = apply(&simulator, &main_datastore(), &mut state).await;
        assert!(next.errors.is_empty() && exists(&simulator), "{outcome:?}: {:?}", next.errors);
        let creations = simulator.requests_to("POST", "/config/datastore").len();
        assert_eq!(creations, if error.is_some() { 2 } else { 1 }, "{outcome:?}");
    }
}

#[tokio::test]
async fn a_deletion_reports_how_its_task_ended_and_the_state_says_what_exists() {
    use TaskOutcome::{Fails, FailsAfterwards, SucceedsWithoutEffect, Unknown, Warns};
    for (outcome, error, warning) in [
        (Fails("datastore is currently in use".into()), Some("currently in use"), None),
        (Warns(1), None, Some("was deleted with warnings")),
        (FailsAfterwards("out of luck".into()), None, Some("was deleted with warnings")),
        (SucceedsWithoutEffect, Some("was not deleted"), None),
        (Unknown, Some("was not deleted"), None),
    ] {
        let simulator = simulator();
        let mut state = created(&simulator).await;
        simulator.on_task(TaskRule::new("delete-datastore", outcome.clone()).times(1));
        let diagnostics = destroy(&simulator, &mut state).await;
        let contains = |texts: &[String], expected: &str| {
            texts.iter().any(|text| text.contains(expected) && text.contains("UPID:"))
        };
        match error {
            Some(error) => assert!(contains(&diagnostics.errors, error), "{outcome:?}"),
            None => assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors),
        }
        if let Some(warning) = warning {
            assert!(contains(&diagnostics.warnings, warning), "{:?}", diagnostics.warnings);
        } else {
            assert!(contains(&diagnostics.errors, "only another deletion ends"), "{outcome:?}");
        }
        assert_eq!(state.is_empty(), !exists(&simulator), "{outcome:?}");
        let next = destroy(&simulator, &mut state).await;
        assert!(next.errors.is_empty(), "{outcome:?}: {:?}", next.errors);
        assert!(state.is_empty() && !exists(&simulator), "{outcome:?}");
    }
}

/// Starts to create the datastore, and asks the provider to stop while the task runs.
pub(crate) async fn stopped_creation(simulator: &Simulator, config: &Json) -> (State, Diagnostics) {
    simulator.on_task(TaskRule::new("create-datastore", TaskOutcome::Hangs).times(1));
    let provider = Arc::new(provider(simulator).await);
    let applying = tokio::spawn({
        let (provider, config) = (Arc::clone(&provider), config.clone());
        async move {
            let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
            provider.change(TYPE, &mut state, &config, &mut diagnostics).await;
            (state, diagnostics)
        }
    });
    wait_until(|| running_tasks(simulator) == 1).await;
    provider.stop().await;
    applying.await.expect("the apply ends")
}

#[tokio::test]
async fn a_stop_during_the_creation_keeps_the_state_and_the_next_refresh_waits_for_the_task() {
    let simulator = simulator();
    let (mut state, diagnostics) = stopped_creation(&simulator, &main_datastore()).await;
    // An error would taint the datastore, and the next apply would delete it.
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let named = |text: &String| text.contains("continues on the server") && text.contains("UPID:");
    assert!(diagnostics.warnings.iter().any(named), "{:?}", diagnostics.warnings);
    assert!(!state.is_empty() && !exists(&simulator));

    let next = tokio::spawn({
        let provider = provider(&simulator).await;
        async move {
            let mut diagnostics = Diagnostics::default();
            provider.refresh(TYPE, &mut state, &mut diagnostics).await;
            let empty =
                provider.plan_is_empty(TYPE, &state, &main_datastore(), &mut diagnostics).await;
            (state, diagnostics, empty)
        }
    });
    wait_until(|| simulator.requests_to("GET", "/nodes/localhost/tasks/*/status").len() > 2).await;
    assert!(!next.is_finished(), "the refresh does not wait for the task");
    simulator.release_tasks();
    let (state, diagnostics, empty) = next.await.expect("the refresh ends");
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert!(exists(&simulator) && !state.is_empty());
    assert_eq!(empty, Some(true));
    assert_eq!(simulator.requests_to("POST", "/config/datastore").len(), 1);
}

#[tokio::test]
async fn a_creation_that_fails_after_a_stop_is_reported_and_repeated_by_the_next_apply() {
    let simulator = simulator();
    let (mut state, _) = stopped_creation(&simulator, &main_datastore()).await;
    simulator.abort_tasks();
    wait_until(|| running_tasks(&simulator) == 0).await;
    let diagnostics = apply(&simulator, &main_datastore(), &mut state).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let reported = |text: &String| text.starts_with("The creation of the datastore main has not");
    assert!(diagnostics.warnings.iter().any(reported), "{:?}", diagnostics.warnings);
    assert!(exists(&simulator) && !state.is_empty());
}

#[tokio::test]
async fn a_refresh_waits_for_a_creation_that_a_killed_run_has_started() {
    let simulator = simulator();
    let mut state = created(&simulator).await;
    simulator.world(|world| world.delete_object("datastore", "main"));
    // The killed run could not store the id of its task.
    simulator.on_task(TaskRule::new("create-datastore", TaskOutcome::Hangs).times(1));
    let killed = tokio::spawn({
        let provider = provider(&simulator).await;
        async move {
            let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
            let config = json!({ "name": "main", "path": "/srv/other" });
            provider.change(TYPE, &mut state, &config, &mut diagnostics).await;
        }
    });
    wait_until(|| running_tasks(&simulator) == 1).await;
    killed.abort();
    simulator.clear_requests();
    let refreshing = tokio::spawn({
        let provider = provider(&simulator).await;
        async move {
            let mut diagnostics = Diagnostics::default();
            assert!(provider.refresh(TYPE, &mut state, &mut diagnostics).await);
            state
        }
    });
    wait_until(|| !simulator.requests_to("GET", "/nodes/localhost/tasks").is_empty()).await;
    assert!(!refreshing.is_finished(), "the refresh does not wait for the task");
    simulator.release_tasks();
    let state = refreshing.await.expect("the refresh ends");
    assert_eq!(state.text("path").as_deref(), Some("/srv/other"));
}

#[tokio::test]
async fn a_datastore_in_use_is_not_deleted() {
    for (reads, writes) in [(0, 2), (1, 0)] {
        let simulator = simulator();
        let mut state = created(&simulator).await;
        simulator.world(|world| {
            let store = world.datastore_mut("main");
            (store.reads, store.writes) = (reads, writes);
        });
        let diagnostics = destroy(&simulator, &mut state).await;
        let text = diagnostics.errors.join("\n");
        let numbers =
            format!("{reads} operations read from the datastore, and {writes} operations write");
        assert!(text.contains("is in use") && text.contains(&numbers), "{text}");
        assert_eq!(simulator.requests_to("DELETE", "/config/datastore/main").len(), 0);
        assert!(!state.is_empty());
    }
}

#[tokio::test]
async fn a_destroyed_datastore_keeps_its_data_and_its_jobs_unless_the_state_says_otherwise() {
    for (arguments, parameters, can_create_again) in [
        (json!({}), "destroy-data=false&keep-job-configs=true", false),
        (
            json!({ "destroy_data": true, "keep_job_configs": false }),
            "destroy-data=true&keep-job-configs=false",
            true,
        ),
    ] {
        let (simulator, mut state) = (simulator(), State::default());
        let mut config = main_datastore();
        config.as_object_mut().unwrap().extend(arguments.as_object().unwrap().clone());
        apply(&simulator, &config, &mut state).await;
        let job = json!({ "store": "main", "schedule": "daily" });
        simulator.world(|world| {
            world.put_object("prune", "nightly", job);
            world.add_user("backup@pbs");
            world.put_acl("/datastore/main/prod", "backup@pbs", "DatastoreBackup", true);
        });
        let diagnostics = destroy(&simulator, &mut state).await;
        assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
        let sent = simulator.requests_to("DELETE", "/config/datastore/main");
        assert_eq!(sent[0].query, parameters);
        let job_exists = simulator.world(|world| world.object("prune", "nightly").is_some());
        assert_eq!(job_exists, !can_create_again);
        let grant = |entry: &pbs_sim::AclEntry| entry.path == "/datastore/main/prod";
        let has_grant = simulator.world(|world| world.acl().iter().any(grant));
        assert_eq!(has_grant, !can_create_again);

        let recreation = apply(&simulator, &main_datastore(), &mut state).await;
        assert_eq!(recreation.errors.is_empty(), can_create_again, "{:?}", recreation.errors);
        if !can_create_again {
            let text = recreation.errors.join("\n");
            assert!(text.contains("`reuse_datastore = true`"), "{text}");
            let config = json!({ "name": "main", "path": "/srv/main", "reuse_datastore": true });
            let reused = apply(&simulator, &config, &mut state).await;
            assert!(reused.errors.is_empty(), "{:?}", reused.errors);
        }
    }
}

#[tokio::test]
async fn the_data_of_a_replaced_datastore_is_deleted_only_if_the_state_says_so() {
    let simulator = simulator();
    let mut state = created(&simulator).await;
    let config = json!({ "name": "main", "path": "/srv/other", "destroy_data": true });
    let diagnostics = apply(&simulator, &config, &mut state).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let is_about_backups =
        |text: &String| text.contains("The backups of the present datastore stay");
    assert!(diagnostics.warnings.iter().any(is_about_backups), "{:?}", diagnostics.warnings);
    let sent = simulator.requests_to("DELETE", "/config/datastore/main");
    assert_eq!(sent[0].query, "destroy-data=false&keep-job-configs=true");
}

#[tokio::test]
async fn many_datastores_at_once_wait_for_each_other() {
    const COUNT: usize = 8;
    let simulator = Simulator::start(Settings {
        datastores: Vec::new(),
        task_duration: Duration::from_millis(60),
        // A request must not wait long enough for all eight tasks. On a real server, too, a task
        // can hold the lock for minutes, and a request waits only 10 s.
        lock_wait: Duration::from_millis(100),
        ..Settings::default()
    });
    let provider = Arc::new(provider(&simulator).await);
    let run = |number: usize, mut state: State, creates: bool| {
        let provider = Arc::clone(&provider);
        tokio::spawn(async move {
            let config =
                json!({ "name": format!("main{number}"), "path": format!("/srv/{number}") });
            let mut diagnostics = Diagnostics::default();
            match creates {
                true => drop(provider.change(TYPE, &mut state, &config, &mut diagnostics).await),
                false => drop(provider.destroy(TYPE, &mut state, &mut diagnostics).await),
            }
            assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
            state
        })
    };
    let mut states = Vec::new();
    for creation in (0..COUNT).map(|number| run(number, State::default(), true)).collect::<Vec<_>>()
    {
        states.push(creation.await.expect("the creation succeeds"));
    }
    assert_eq!(simulator.world(|world| world.objects("datastore").len()), COUNT);
    let lock_errors = || {
        let refused = |request: &pbs_sim::Request| request.status == Some(400);
        simulator.requests_to("*", "/config/datastore*").into_iter().filter(refused).count()
    };
    assert_eq!(lock_errors(), 0);
    let deletions = states.into_iter().enumerate().map(|(number, state)| run(number, state, false));
    for deletion in deletions.collect::<Vec<_>>() {
        assert!(deletion.await.expect("the deletion succeeds").is_empty());
    }
    assert_eq!(simulator.world(|world| world.objects("datastore").len()), 0);
}
