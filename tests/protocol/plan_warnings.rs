//! The warnings with which a plan announces that backups will be lost, or that a configuration has
//! no effect.

use pbs_sim::{Fault, FaultKind, Settings, Simulator};
use serde_json::{Value as Json, json};
use test_support::{
    core::{Diagnostics, State},
    in_process::InProcess,
    values::merged,
};

use crate::operations::{DAY, NEWEST};

/// A device of the server, for a removable datastore.
const DEVICE: &str = "11111111-2222-3333-4444-555555555555";

/// The warnings of the plan that changes an object from the configuration `before` to the
/// configuration `after`. If `before` is null, the plan creates the object. If `after` is null, the
/// plan destroys the object.
pub(crate) async fn warnings(type_name: &str, before: &Json, after: &Json) -> Vec<String> {
    let simulator = Simulator::start(Settings::default());
    let job = json!({ "store": "main", "schedule": "daily" });
    simulator.world(|world| {
        world.put_object("prune", "of-main", job.clone());
        world.put_object("verify", "check-main", job);
        let pull = json!({ "store": "main", "remote": "offsite", "remote-store": "main" });
        world.put_object("sync", "fetch-main", pull);
        let copy = json!({ "store": "store1", "remote-store": "main" });
        world.put_object("sync", "copy-main", copy);
        let cloud = json!({ "endpoint": "s3.example.com", "access-key": "key" });
        world.put_object("s3", "cloud", cloud);
        world.add_device(DEVICE);
    });
    let provider = InProcess::start_for(&simulator).await;
    let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
    if !before.is_null() {
        provider.change(type_name, &mut state, before, &mut diagnostics).await;
        assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    }
    let mut planned = Diagnostics::default();
    match after {
        Json::Null => drop(provider.destroy(type_name, &mut state, &mut planned).await),
        after => drop(provider.plan_is_empty(type_name, &state, after, &mut planned).await),
    }
    assert!(planned.errors.is_empty(), "{:?}", planned.errors);
    planned.warnings
}

fn job(arguments: Json) -> Json {
    merged(json!({ "id": "nightly", "datastore": "store1", "schedule": "daily" }), arguments)
}

fn datastore(arguments: Json) -> Json {
    merged(json!({ "name": "main", "path": "/srv/main" }), arguments)
}

fn matcher(arguments: Json) -> Json {
    merged(json!({ "name": "failures", "match_severities": ["warning", "error"] }), arguments)
}

#[tokio::test]
async fn a_plan_warns_of_lost_backups_and_of_a_configuration_without_effect() {
    const REPLACED: &str = "The datastore is replaced by an empty one";
    const FEWER: &str = "keeps fewer snapshots";
    let keep = |count: u32| job(json!({ "keep_last": count }));
    let cases = [
        ("pbs_prune_job", Json::Null, keep(3), &[][..]),
        ("pbs_prune_job", Json::Null, job(json!({})), &["removes nothing"]),
        ("pbs_prune_job", keep(3), keep(4), &[]),
        (
            "pbs_prune_job",
            Json::Null,
            job(json!({ "datastore": "main", "namespace": "prod", "keep_last": 3 })),
            &["Two prune jobs for the same snapshots", "The prune job of-main"],
        ),
        (
            "pbs_prune_job",
            job(json!({ "datastore": "main", "keep_last": 3 })),
            job(json!({ "datastore": "main", "keep_last": 4 })),
            &[],
        ),
        (
            "pbs_prune_job",
            Json::Null,
            job(json!({ "datastore": "main", "keep_last": 3, "enabled": false })),
            &[],
        ),
        ("pbs_prune_job", keep(3), keep(2), &[FEWER, "reduces or removes `keep_last`"]),
        (
            "pbs_prune_job",
            job(json!({ "keep_last": 3, "keep_daily": 7 })),
            keep(3),
            &[FEWER, "reduces or removes `keep_daily`"],
        ),
        ("pbs_prune_job", job(json!({})), keep(9), &[FEWER, "kept all snapshots"]),
        (
            "pbs_prune_job",
            keep(3),
            job(json!({ "keep_last": 3, "namespace": "test" })),
            &[FEWER, "change of `namespace`"],
        ),
        (
            "pbs_prune_job",
            job(json!({ "keep_last": 3, "enabled": false })),
            keep(3),
            &[FEWER, "change of `enabled`"],
        ),
        ("pbs_prune_job", keep(3), job(json!({ "keep_last": 3, "enabled": false })), &[]),
        ("pbs_prune_job", keep(3), job(json!({ "keep_last": 3, "comment": "c" })), &[]),
        ("pbs_datastore", datastore(json!({})), datastore(json!({ "comment": "c" })), &[]),
        (
            "pbs_datastore",
            datastore(json!({})),
            datastore(json!({ "path": "/srv/other" })),
            &[REPLACED, "stay where they are", "prune job of-main"],
        ),
        (
            "pbs_datastore",
            datastore(json!({})),
            datastore(json!({ "path": "?" })),
            &[REPLACED, "stay where they are"],
        ),
        (
            "pbs_datastore",
            datastore(json!({})),
            datastore(json!({ "name": "renamed" })),
            &[REPLACED, "cannot be created there unless `reuse_datastore = true`"],
        ),
        (
            "pbs_datastore",
            datastore(json!({ "destroy_data": true })),
            datastore(json!({ "destroy_data": true, "path": "/srv/other" })),
            &[REPLACED, "All backups of the present datastore are deleted"],
        ),
        (
            "pbs_datastore",
            datastore(json!({ "keep_job_configs": false })),
            Json::Null,
            &[
                "is going to be deleted",
                "PBS also deletes all",
                "prune job of-main",
                "sync job fetch-main",
                "fail without it:\n\n  copy-main",
            ],
        ),
        (
            "pbs_datastore",
            datastore(json!({})),
            Json::Null,
            &[
                "is going to be deleted",
                "The backups stay",
                "0 backup groups with 0 snapshots",
                "stay on the server",
                "job check-main",
            ],
        ),
        ("pbs_notification_matcher", Json::Null, matcher(json!({})), &["matches no notification"]),
        ("pbs_notification_matcher", Json::Null, matcher(json!({ "mode": "any" })), &[]),
        ("pbs_notification_matcher", Json::Null, matcher(json!({ "invert_match": true })), &[]),
        (
            "pbs_notification_matcher",
            Json::Null,
            matcher(json!({ "match_severities": ["warning,error", "error"] })),
            &[],
        ),
    ];
    const OTHER_DEVICE: &str = "11111111-2222-3333-4444-666666666666";
    let s3 = |cache: &str| {
        let bucket = json!({ "endpoint": "cloud", "bucket": "b", "max_cache_size": cache });
        datastore(json!({ "s3": bucket }))
    };
    let removable = |device: &str| datastore(json!({ "path": "d", "backing_device": device }));
    let replacements = [
        (s3("1 GiB"), s3("2 GiB"), &[REPLACED, "change of `s3`"][..]),
        (removable(DEVICE), removable(OTHER_DEVICE), &[REPLACED, "change of `backing_device`"]),
    ];
    let cases = cases.into_iter().chain(
        replacements.map(|(before, after, expected)| ("pbs_datastore", before, after, expected)),
    );
    for (type_name, before, after, expected) in cases {
        let warnings = warnings(type_name, &before, &after).await.join("\n");
        let name = format!("{type_name} from {before} to {after}: {warnings}");
        assert_eq!(warnings.is_empty(), expected.is_empty(), "{name}");
        for text in expected {
            assert!(warnings.contains(text), "{text} is missing: {name}");
        }
    }
}

#[tokio::test]
async fn each_rule_of_a_retention_that_becomes_smaller_is_named() {
    for rule in
        ["keep_last", "keep_hourly", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly"]
    {
        let keep = |count: u32| job(json!({ rule: count }));
        let shorter = warnings("pbs_prune_job", &keep(3), &keep(2)).await.join("\n");
        assert!(shorter.contains(&format!("reduces or removes `{rule}`")), "{shorter}");
        assert_eq!(warnings("pbs_prune_job", &keep(2), &keep(3)).await, [""; 0]);
    }
}

#[tokio::test]
async fn the_destruction_of_a_datastore_says_what_it_contains_and_who_has_grants_on_it() {
    const TYPE: &str = "pbs_datastore";
    for (destroys, hidden, expected) in [
        (false, false, "The backups stay in the directory"),
        (true, false, "All backups in the datastore are deleted, and cannot be restored"),
        (false, true, "possibly does not see all groups"),
    ] {
        let simulator = Simulator::start(Settings::default());
        let provider = || InProcess::start_for(&simulator);
        let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
        let config = datastore(json!({ "destroy_data": destroys }));
        provider().await.change(TYPE, &mut state, &config, &mut diagnostics).await;
        assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
        simulator.world(|world| {
            let store = world.datastore_mut("main");
            for time in [NEWEST, NEWEST - DAY] {
                store.add_snapshot("prod", "vm", "100", time);
            }
            (store.total, store.used) = if hidden { (0, 0) } else { (9 << 30, 3 << 30) };
            world.add_user("backup@pbs");
            for path in ["/datastore/main", "/datastore/main/prod", "/datastore/main2"] {
                world.put_acl(path, "backup@pbs", "DatastoreBackup", true);
            }
        });
        let mut planned = Diagnostics::default();
        provider().await.destroy(TYPE, &mut state, &mut planned).await;
        let text = planned.warnings.join("\n");
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("The datastore contains 1 backup group with 2 snapshots."), "{text}");
        assert_eq!(text.contains("3 GiB are in use"), !hidden, "{text}");
        assert!(!text.contains("less than 1 GiB"), "{text}");
        let grant = |path| format!("grant of DatastoreBackup to backup@pbs on {path}\n");
        let all = format!("{text}\n");
        assert!(all.contains(&grant("/datastore/main")), "{text}");
        assert!(all.contains(&grant("/datastore/main/prod")), "{text}");
        assert!(!all.contains("main2"), "{text}");
    }
}

/// The warnings of a plan that changes a prune job of the datastore `store1` to the configuration
/// `after`. The namespace of the job contains `groups` backup groups, each with three snapshots of
/// different days. `prepare` changes the server before the plan.
async fn shortened(groups: usize, after: &Json, prepare: impl Fn(&Simulator)) -> String {
    let simulator = Simulator::start(Settings::default());
    simulator.world(|world| {
        let store = world.datastore_mut("store1");
        for group in 0..groups {
            for day in 0..3 {
                let time = NEWEST - day * DAY;
                store.add_snapshot("prod/web", "vm", &format!("{}", 100 + group), time);
            }
        }
        store.add_snapshot("other", "vm", "1", NEWEST);
    });
    let provider = || InProcess::start_for(&simulator);
    let (mut state, mut diagnostics) = (State::default(), Diagnostics::default());
    let before = job(json!({ "namespace": "prod", "keep_daily": 9 }));
    provider().await.change("pbs_prune_job", &mut state, &before, &mut diagnostics).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    prepare(&simulator);
    let mut planned = Diagnostics::default();
    let second = provider().await;
    second.plan_is_empty("pbs_prune_job", &state, after, &mut planned).await;
    assert!(planned.errors.is_empty(), "{:?}", planned.errors);
    planned.warnings.join("\n")
}

#[tokio::test]
async fn a_shorter_retention_says_how_many_snapshots_the_next_run_removes() {
    let after = job(json!({ "namespace": "prod", "keep_daily": 2 }));
    let text = shortened(2, &after, |_| {}).await;
    assert!(text.contains("would remove 2 of 6 snapshots."), "{text}");
    let moved = job(json!({ "namespace": "other", "keep_daily": 9 }));
    let text = shortened(2, &moved, |_| {}).await;
    assert!(text.contains("would remove 0 of 1 snapshots."), "{text}");
    let unknown = job(json!({ "namespace": "prod", "keep_daily": 2, "keep_last": "?" }));
    let text = shortened(2, &unknown, |_| {}).await;
    assert!(text.contains("keeps fewer snapshots") && !text.contains("would remove"), "{text}");
}

#[tokio::test]
async fn a_shorter_retention_is_announced_without_numbers_if_the_server_cannot_calculate_them() {
    let after = job(json!({ "namespace": "prod", "keep_daily": 2 }));
    let text = shortened(100, &after, |_| {}).await;
    assert!(text.contains("would remove 100 of 300 snapshots."), "{text}");
    let too_many = shortened(101, &after, |simulator| {
        simulator.fault(Fault::new("POST", "**/prune", FaultKind::DroppedBefore));
    })
    .await;
    let denied = shortened(1, &after, |simulator| {
        simulator.fault(Fault::new("POST", "**/prune", FaultKind::Forbidden));
    })
    .await;
    for text in [too_many, denied] {
        assert!(text.contains("keeps fewer snapshots") && !text.contains("would remove"), "{text}");
    }
}
