//! The data sources about the operation of the server: backups, jobs and tasks.

use pbs_sim::{Fault, FaultKind, Settings, Simulator, TaskOutcome, TaskRule};
use serde_json::{Value as Json, json};
use test_support::{
    core::Diagnostics,
    in_process::{InProcess, variables},
    values::merged,
};

/// The time of the newest snapshots, in seconds since 1970: 2026-11-20T10:00:00Z.
pub(crate) const NEWEST: i64 = 1_795_168_800;
pub(crate) const DAY: i64 = 24 * 3600;

fn simulator() -> Simulator {
    let simulator = Simulator::start(Settings::default());
    simulator.world(|world| {
        let store = world.datastore_mut("store1");
        for day in 0..3 {
            store.add_snapshot("prod", "vm", "100", NEWEST - day * DAY);
        }
        store.add_snapshot("prod", "vm", "100", NEWEST - DAY).is_protected = true;
        let failed = store.add_snapshot("prod", "host", "web", NEWEST);
        failed.verification = Some("failed".into());
        store.add_snapshot("", "ct", "7", NEWEST);
    });
    simulator
}

async fn provider(simulator: &Simulator) -> InProcess {
    let mut variables = variables(simulator, simulator.admin_token());
    variables.insert("PBS_MAX_RETRIES", "2".to_owned());
    InProcess::start(variables).await
}

async fn read(simulator: &Simulator, source: &str, config: Json) -> (Json, Diagnostics) {
    let provider = provider(simulator).await;
    let mut diagnostics = Diagnostics::default();
    let state = provider.read_data_source(source, &config, &mut diagnostics).await;
    (state.unwrap_or_default(), diagnostics)
}

#[tokio::test]
async fn backup_groups_show_the_age_and_the_verification_of_their_backups() {
    let config = json!({ "datastore": "store1", "namespace": "prod" });
    let (state, diagnostics) = read(&simulator(), "pbs_backup_groups", config).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let groups = state["groups"].as_array().expect("a list");
    let ids: Vec<_> = groups.iter().map(|group| group["backup_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["web", "100"]);
    let [web, vm] = [&groups[0], &groups[1]];
    assert_eq!(
        (&web["newest_verification"], &web["failed_verifications"]),
        (&json!("failed"), &json!(1))
    );
    assert_eq!((&vm["snapshots"], &vm["newest_unix"]), (&json!(3), &json!(NEWEST)));
    assert_eq!(vm["newest"], "2026-11-20T10:00:00Z");
    assert_eq!((&vm["newest_verification"], &vm["failed_verifications"]), (&Json::Null, &json!(0)));
    let missing = json!({ "datastore": "store1", "namespace": "nowhere" });
    let (_, diagnostics) = read(&simulator(), "pbs_backup_groups", missing).await;
    assert_eq!(diagnostics.errors.len(), 1);
}

#[tokio::test]
async fn snapshots_are_filtered_and_sorted() {
    for (arguments, expected) in [
        (json!({}), json!(["host/web", "vm/100", "vm/100", "vm/100"])),
        (json!({ "backup_type": "vm" }), json!(["vm/100", "vm/100", "vm/100"])),
        // PBS itself reports an error for a type without groups.
        (json!({ "backup_type": "ct" }), json!([])),
        (json!({ "backup_id": "web" }), json!(["host/web"])),
    ] {
        let base = json!({ "datastore": "store1", "namespace": "prod" });
        let config = merged(base, arguments);
        let (state, diagnostics) = read(&simulator(), "pbs_snapshots", config).await;
        assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
        let snapshots = state["snapshots"].as_array().expect("a list");
        let name = |snapshot: &Json| {
            let part = |name: &str| snapshot[name].as_str().unwrap_or_default().to_owned();
            format!("{}/{}", part("backup_type"), part("backup_id"))
        };
        let names: Vec<_> = snapshots.iter().map(name).collect();
        assert_eq!(json!(names), expected);
        let times: Vec<_> = (snapshots.iter())
            .filter(|snapshot| snapshot["backup_id"] == "100")
            .map(|snapshot| (snapshot["time_unix"].clone(), snapshot["protected"].clone()))
            .collect();
        if !times.is_empty() {
            let expected = [0, 1, 2].map(|day| (json!(NEWEST - day * DAY), json!(day == 1)));
            assert_eq!(times, expected);
        }
    }
}

#[tokio::test]
async fn a_preview_of_a_retention_removes_nothing() {
    let simulator = simulator();
    let config = json!({ "datastore": "store1", "namespace": "prod", "keep_last": 1 });
    let (state, diagnostics) = read(&simulator, "pbs_prune_preview", config).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    // Of the three snapshots of one machine, one is the newest and one is protected.
    assert_eq!((&state["kept"], &state["removed"]), (&json!(3), &json!(1)));
    assert_eq!(state["groups"][1]["removed"], json!(["2026-11-18T10:00:00Z"]));
    let remaining = simulator.world(|world| {
        let store = world.datastore_mut("store1");
        store.group("prod", "vm", "100").map(|group| group.snapshots.len())
    });
    assert_eq!(remaining, Some(3));
    // Without any rule, PBS keeps everything, although the log of a run says the contrary.
    let all = json!({ "datastore": "store1", "namespace": "prod" });
    let (state, _) = read(&simulator, "pbs_prune_preview", all).await;
    assert_eq!((&state["kept"], &state["removed"]), (&json!(4), &json!(0)));
    simulator.world(|world| {
        for number in 0..99 {
            world.datastore_mut("store1").add_snapshot("prod", "host", &format!("h{number}"), 1);
        }
    });
    let config = json!({ "datastore": "store1", "namespace": "prod" });
    simulator.clear_requests();
    let (_, diagnostics) = read(&simulator, "pbs_prune_preview", config).await;
    assert!(
        diagnostics.errors[0].contains("contains 101 backup groups"),
        "{:?}",
        diagnostics.errors
    );
    assert_eq!(simulator.requests_to("POST", "**").len(), 0);
}

#[tokio::test]
async fn a_failed_login_at_another_server_is_not_repeated() {
    for (source, config, path) in [
        ("pbs_remote_datastores", json!({ "remote": "offsite" }), "/config/remote/offsite/scan"),
        (
            "pbs_remote_namespaces",
            json!({ "remote": "offsite", "datastore": "main" }),
            "/config/remote/offsite/scan/main/namespaces",
        ),
        ("pbs_s3_buckets", json!({ "endpoint": "cloud" }), "/config/s3/cloud/list-buckets"),
    ] {
        let simulator = simulator();
        let refusal = "failed to scan remote 'offsite' - authentication failed";
        simulator.fault(Fault::new("GET", path, FaultKind::Status(500, refusal.into())));
        let (_, diagnostics) = read(&simulator, source, config).await;
        assert!(diagnostics.errors[0].contains(refusal), "{source}: {:?}", diagnostics.errors);
        assert_eq!(simulator.requests_to("GET", path).len(), 1, "{source}");
    }
}

#[tokio::test]
async fn the_status_of_a_job_shows_its_last_run() {
    let simulator = simulator();
    simulator.world(|world| {
        let job = json!({ "store": "store1", "schedule": "daily", "keep-last": 9 });
        world.put_object("prune", "nightly", job);
        let push = json!({
            "store": "store1", "remote": "offsite", "remote-store": "main", "sync-direction": "push",
        });
        world.put_object("sync", "push", push);
    });
    let prune = || json!({ "type": "prune", "id": "nightly" });
    let (state, diagnostics) = read(&simulator, "pbs_job_status", prune()).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert_eq!((&state["running"], &state["last_run_end"]), (&json!(false), &Json::Null));
    let failing = TaskRule::new("prunejob", TaskOutcome::Fails("out of luck".into())).times(1);
    simulator.on_task(failing);
    let provider = provider(&simulator).await;
    provider.invoke("pbs_run_job", &prune(), &mut Diagnostics::default()).await;
    let (state, _) = read(&simulator, "pbs_job_status", prune()).await;
    assert_eq!(
        (&state["running"], &state["last_run_result"]),
        (&json!(false), &json!("out of luck"))
    );
    assert!(state["last_run_end_unix"].is_number() && state["last_run_upid"].is_string());
    // PBS lists push jobs only if the request asks for them.
    let (_, diagnostics) =
        read(&simulator, "pbs_job_status", json!({ "type": "sync", "id": "push" })).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    let (_, diagnostics) =
        read(&simulator, "pbs_job_status", json!({ "type": "verify", "id": "nightly" })).await;
    assert!(diagnostics.errors[0].contains("lists no job nightly"), "{:?}", diagnostics.errors);
}

#[tokio::test]
async fn the_status_of_a_datastore_is_never_a_false_zero() {
    let simulator = simulator();
    let name = || json!({ "name": "store1" });
    let (state, diagnostics) = read(&simulator, "pbs_datastore_status", name()).await;
    assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
    assert_eq!((&state["groups"], &state["snapshots"]), (&json!(3), &json!(5)));
    assert_eq!(state["used_bytes"], 20_u64 << 30);
    let (state, _) = read(&simulator, "pbs_datastore", name()).await;
    assert_eq!(state["used_bytes"], 20_u64 << 30);
    // PBS returns zeros to a caller that has privileges on a namespace of the datastore, but not on
    // the datastore itself.
    simulator.world(|world| {
        let store = world.datastore_mut("store1");
        (store.total, store.used, store.avail) = (0, 0, 0);
    });
    for data_source in ["pbs_datastore_status", "pbs_datastore"] {
        let (state, diagnostics) = read(&simulator, data_source, name()).await;
        assert!(diagnostics.warnings[0].contains("is not visible"), "{:?}", diagnostics.warnings);
        for attribute in ["total_bytes", "used_bytes", "available_bytes"] {
            assert_eq!(state[attribute], Json::Null, "{data_source}: {attribute}");
        }
    }
}

#[tokio::test]
async fn tasks_are_listed_with_their_results() {
    let simulator = simulator();
    let failing = TaskRule::new("prune", TaskOutcome::Fails("out of luck".into())).times(1);
    simulator.on_task(failing);
    let prune = json!({ "datastore": "store1", "keep_last": 9 });
    let provider = provider(&simulator).await;
    provider.invoke("pbs_prune", &prune, &mut Diagnostics::default()).await;
    provider.invoke("pbs_prune", &prune, &mut Diagnostics::default()).await;
    for (config, expected) in [
        (json!({}), json!(["OK", "out of luck"])),
        (json!({ "errors": true }), json!(["out of luck"])),
        (json!({ "type": "garbage" }), json!([])),
        (json!({ "limit": 1 }), json!(["OK"])),
    ] {
        let (state, diagnostics) = read(&simulator, "pbs_tasks", config.clone()).await;
        assert!(diagnostics.errors.is_empty(), "{:?}", diagnostics.errors);
        let tasks = state["tasks"].as_array().expect("a list").iter();
        let results: Vec<_> = tasks.map(|task| task["result"].clone()).collect();
        assert_eq!(json!(results), expected, "{config}");
    }
}
