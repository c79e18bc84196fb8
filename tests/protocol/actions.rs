//! The actions that start tasks.

use std::{sync::Arc, time::Duration};

use pbs_sim::{Fault, FaultKind, Settings, Simulator, TaskOutcome, TaskRule, Version};
use serde_json::{Value as Json, json};
use test_support::{
    core::Diagnostics,
    in_process::{InProcess, variables},
    values::merged,
};
use tokio::time::timeout;

use crate::{
    datastore_tasks::{running_tasks, wait_until},
    operations::{DAY, NEWEST},
};

pub(crate) fn simulator() -> Simulator {
    let simulator = Simulator::start(Settings::default());
    prepare(&simulator);
    simulator
}

pub(crate) fn prepare(simulator: &Simulator) {
    simulator.world(|world| {
        let job = json!({ "store": "store1", "schedule": "daily", "keep-last": 1 });
        world.put_object("prune", "nightly", job);
        let store = world.datastore_mut("store1");
        store.add_snapshot("prod", "vm", "100", NEWEST);
        store.add_snapshot("prod", "vm", "100", NEWEST - DAY);
        store.namespaces.push("test".into());
    });
}

pub(crate) async fn provider(simulator: &Simulator) -> InProcess {
    let mut variables = variables(simulator, simulator.admin_token());
    variables.insert("PBS_TIMEOUT", "1".to_owned());
    InProcess::start(variables).await
}

/// Invokes the action. Returns its progress messages and diagnostics.
pub(crate) async fn invoke(
    simulator: &Simulator,
    action: &str,
    config: Json,
) -> (String, Diagnostics) {
    let (provider, mut diagnostics) = (provider(simulator).await, Diagnostics::default());
    let progress = provider.invoke(action, &config, &mut diagnostics).await;
    (progress.join("\n"), diagnostics)
}

pub(crate) fn run_prune() -> Json {
    json!({ "type": "prune", "id": "nightly" })
}

#[tokio::test]
async fn an_action_reports_how_its_task_ended() {
    use TaskOutcome::{Fails, Unknown, Warns};
    for (outcome, error, warning) in [
        (None, None, None),
        (Some(Fails("out of luck".into())), Some("out of luck. The task is UPID:"), None),
        (Some(Warns(2)), None, Some("The task ended with warnings")),
        (Some(Unknown), Some("does not know how the task ended"), None),
    ] {
        let simulator = simulator();
        if let Some(outcome) = outcome.clone() {
            simulator.on_task(TaskRule::new("prunejob", outcome).times(1));
        }
        let (progress, diagnostics) = invoke(&simulator, "pbs_run_job", run_prune()).await;
        assert!(progress.contains("The server runs the task UPID:"), "{progress}");
        let found = |texts: &[String], expected: Option<&str>| match expected {
            Some(expected) => texts.iter().any(|text| text.contains(expected)),
            None => texts.is_empty(),
        };
        assert!(found(&diagnostics.errors, error), "{outcome:?}: {:?}", diagnostics.errors);
        let all = [&diagnostics.errors[..], &diagnostics.warnings, &[progress]].concat().join("\n");
        assert!(
            !all.contains(": TASK "),
            "the log's last line only repeats how the task ended, and must not be shown: {all}"
        );
        assert!(found(&diagnostics.warnings, warning), "{outcome:?}: {:?}", diagnostics.warnings);
    }
}

#[tokio::test]
async fn a_stopped_action_names_the_task_that_continues() {
    let simulator = simulator();
    simulator.on_task(TaskRule::new("prunejob", TaskOutcome::Hangs).times(1));
    let provider = Arc::new(provider(&simulator).await);
    let running = tokio::spawn({
        let provider = Arc::clone(&provider);
        async move {
            let mut diagnostics = Diagnostics::default();
            provider.invoke("pbs_run_job", &run_prune(), &mut diagnostics).await;
            diagnostics
        }
    });
    wait_until(|| running_tasks(&simulator) == 1).await;
    provider.stop().await;
    let diagnostics =
        timeout(Duration::from_secs(20), running).await.expect("the action stops").unwrap();
    let text = diagnostics.errors.join("\n");
    assert!(text.contains("continues on the server") && text.contains("UPID:"), "{text}");
    assert_eq!(running_tasks(&simulator), 1, "the task was stopped");
    assert_eq!(simulator.requests_to("DELETE", "**").len(), 0);

    let (_, diagnostics) = invoke(&simulator, "pbs_run_job", run_prune()).await;
    let text = diagnostics.errors.join("\n");
    assert!(text.contains("The job nightly is running already"), "{text}");
    assert_eq!(simulator.requests_to("POST", "/admin/prune/nightly/run").len(), 1);
}

#[tokio::test]
async fn an_error_in_the_middle_of_many_groups_says_which_groups_have_changed() {
    let simulator = simulator();
    simulator.world(|world| {
        for id in ["101", "102", "103"] {
            world.datastore_mut("store1").add_group("test", "vm", id, "backup@pbs");
        }
    });
    let path = "/admin/datastore/store1/change-owner";
    simulator.fault(Fault::new("POST", path, FaultKind::Forbidden).skip(1).times(1));
    let config = json!({
        "datastore": "store1", "namespace": "test", "all": true, "new_owner": "root@pam",
    });
    let (progress, diagnostics) = invoke(&simulator, "pbs_change_owner", config).await;
    assert!(progress.contains("vm/101 now belongs to root@pam"), "{progress}");
    let text = diagnostics.errors.join("\n");
    assert!(text.contains("group vm/102. 1 of 3 groups already have the new owner"), "{text}");
}

#[tokio::test]
async fn an_action_that_pbs_would_accept_without_effect_is_refused_before_a_task_starts() {
    let group = |id: &str| {
        json!({
            "datastore": "store1", "namespace": "prod", "backup_type": "vm", "backup_id": id,
        })
    };
    for (action, config, expected) in [
        ("pbs_verify", group("100"), None),
        ("pbs_verify", group("999"), Some("There is no backup group vm/999")),
        (
            "pbs_verify",
            json!({ "datastore": "store1", "namespace": "nope" }),
            Some("There is no namespace nope"),
        ),
        (
            "pbs_prune",
            json!({ "datastore": "store1", "namespace": "nope", "keep_last": 1 }),
            Some("There is no namespace nope"),
        ),
        ("pbs_run_job", json!({ "type": "sync", "id": "nope" }), Some("lists no job nope")),
        (
            "pbs_verify",
            json!({ "datastore": "store1", "backup_type": "vm", "backup_id": "" }),
            Some("The backup group is incomplete"),
        ),
        ("pbs_refresh_s3", json!({ "datastore": "store1" }), Some("is not on S3")),
        ("pbs_refresh_s3", json!({ "datastore": "plain" }), Some("is not on S3")),
        ("pbs_refresh_s3", json!({ "datastore": "nowhere" }), Some("is not on S3")),
    ] {
        let simulator = simulator();
        simulator.world(|world| {
            let plain = json!({ "path": "/srv/plain", "backend": "type=filesystem" });
            world.put_object("datastore", "plain", plain);
        });
        let (_, diagnostics) = invoke(&simulator, action, config.clone()).await;
        let text = diagnostics.errors.join("\n");
        assert_eq!(text.is_empty(), expected.is_none(), "{action} {config}: {text}");
        assert!(expected.is_none_or(|expected| text.contains(expected)), "{action}: {text}");
        let started = simulator.world(|world| world.tasks().len());
        assert_eq!(started, usize::from(expected.is_none()), "{action} {config}");
    }
}

/// By default, PBS does not verify a snapshot again, even if its last verification has failed, and
/// reports a success.
#[tokio::test]
async fn a_verification_includes_verified_snapshots_unless_configured_otherwise() {
    for (arguments, expected) in
        [(json!({}), "false"), (json!({ "ignore_verified": true, "outdated_after": 30 }), "true")]
    {
        let simulator = simulator();
        let config = merged(json!({ "datastore": "store1", "namespace": "prod" }), arguments);
        let (_, diagnostics) = invoke(&simulator, "pbs_verify", config).await;
        assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
        let sent = simulator.requests_to("POST", "/admin/datastore/store1/verify");
        assert_eq!(sent[0].param("ignore-verified"), Some(expected));
    }
}

#[tokio::test]
async fn a_failed_verification_names_the_damaged_snapshot() {
    let simulator = simulator();
    simulator.world(|world| {
        let store = world.datastore_mut("store1");
        store.add_snapshot("prod", "vm", "100", NEWEST).is_corrupt = true;
    });
    let config = json!({ "datastore": "store1", "namespace": "prod" });
    let (_, diagnostics) = invoke(&simulator, "pbs_verify", config).await;
    let text = diagnostics.errors.join("\n");
    assert!(text.contains("The task has failed"), "{text}");
    assert!(text.contains("vm/100/2026-11-20T10:00:00Z"), "{text}");
}

/// With `ignore_verified`, PBS does not verify the damaged snapshot again, and the task ends with a
/// success.
#[tokio::test]
async fn a_snapshot_that_failed_an_earlier_verification_fails_the_action() {
    let simulator = simulator();
    simulator.world(|world| {
        let store = world.datastore_mut("store1");
        store.add_snapshot("prod", "vm", "100", NEWEST).is_corrupt = true;
        store.add_group("prod/web", "vm", "101", "root@pam");
    });
    let namespace = json!({ "datastore": "store1", "namespace": "prod" });
    invoke(&simulator, "pbs_verify", namespace.clone()).await;
    let ignoring = |arguments: Json| merged(namespace.clone(), arguments);
    let group = json!({ "ignore_verified": true, "backup_type": "vm", "backup_id": "101" });
    for (config, is_damaged) in [
        (json!({ "datastore": "store1", "ignore_verified": true }), true),
        (json!({ "datastore": "store1", "ignore_verified": true, "max_depth": 0 }), false),
        (ignoring(json!({ "ignore_verified": true })), true),
        (ignoring(json!({ "ignore_verified": true, "namespace": "prod/web" })), false),
        (merged(ignoring(group), json!({ "namespace": "prod/web" })), false),
    ] {
        let (_, diagnostics) = invoke(&simulator, "pbs_verify", config.clone()).await;
        let text = diagnostics.errors.join("\n");
        assert_eq!(text.is_empty(), !is_damaged, "{config}: {text}");
        let is_named = text.contains("vm/100 of 2026-11-20T10:00:00Z in prod");
        assert_eq!(is_named, is_damaged, "{config}: {text}");
    }
}

#[tokio::test]
async fn a_failed_check_of_a_bucket_is_not_repeated() {
    let simulator = simulator();
    let refusal = FaultKind::Status(500, "access denied".into());
    simulator.fault(Fault::new("PUT", "/admin/s3/**", refusal));
    let config = json!({ "endpoint": "cloud", "bucket": "backups" });
    let (_, diagnostics) = invoke(&simulator, "pbs_check_s3", config).await;
    assert!(diagnostics.errors[0].contains("access denied"), "{:?}", diagnostics.errors);
    assert_eq!(simulator.requests_to("PUT", "/admin/s3/**").len(), 1);
}

#[tokio::test]
async fn actions_change_the_backups_as_configured() {
    let simulator = simulator();
    let snapshot = json!({
        "datastore": "store1", "namespace": "prod", "backup_type": "vm", "backup_id": "100",
        "time": "2026-11-19T10:00:00Z",
    });
    let (progress, diagnostics) = invoke(&simulator, "pbs_protect_snapshot", snapshot).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert!(progress.contains("is protected"), "{progress}");
    let prune = json!({ "datastore": "store1", "namespace": "prod", "keep_last": 1 });
    let (_, diagnostics) = invoke(&simulator, "pbs_prune", prune).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let snapshots = |namespace: &str| {
        simulator.world(|world| {
            let group = world.datastore_mut("store1").group(namespace, "vm", "100");
            group.map_or(0, |group| group.snapshots.len())
        })
    };
    // The prune keeps both snapshots: one is the newest, and the other is protected.
    assert_eq!(snapshots("prod"), 2);
    let moved = json!({
        "datastore": "store1", "namespace": "prod", "backup_type": "vm", "backup_id": "100",
        "target_namespace": "test",
    });
    let (_, diagnostics) = invoke(&simulator, "pbs_move_group", moved).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert_eq!((snapshots("prod"), snapshots("test")), (0, 2));
}

#[tokio::test]
async fn a_server_that_is_too_old_to_move_groups_gets_no_request() {
    let version = Version(4, 1, 8);
    let simulator = Simulator::start(Settings { version, ..Settings::default() });
    prepare(&simulator);
    let config = json!({ "datastore": "store1", "namespace": "prod", "target_namespace": "x" });
    let (_, diagnostics) = invoke(&simulator, "pbs_move_namespace", config).await;
    let text = diagnostics.errors.join("\n");
    assert!(text.contains("requires PBS 4.1.9 or later"), "{text}");
    assert_eq!(simulator.requests_to("POST", "**").len(), 0);
}
