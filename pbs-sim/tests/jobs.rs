//! Starts and states of jobs, garbage collections, and the content of other servers.

mod common;

use std::time::Duration;

use common::{Caller, data};
use pbs_sim::{Garbage, Settings, Simulator, TaskOutcome, TaskRule};
use serde_json::{Value, json};

/// A simulator with the sync job `pull`, its remote `office`, and the prune job `daily`.
fn simulator() -> Simulator {
    let lock_wait = Duration::from_millis(50);
    let sim = Simulator::start(Settings { delays: 0.0, lock_wait, ..Settings::default() });
    sim.world(|world| {
        let job = json!({ "store": "store1", "remote": "office", "remote-store": "tank" });
        world.put_object("sync", "pull", job);
        world.put_object("remote", "office", json!({ "host": "pbs.example.com" }));
        let job = json!({ "store": "store1", "schedule": "daily", "keep-last": 1 });
        world.put_object("prune", "daily", job);
    });
    sim
}

/// Lets the next task of this type hang.
fn hang(sim: &Simulator, worker_type: &str) {
    sim.on_task(TaskRule::new(worker_type, TaskOutcome::Hangs).times(1));
}

#[tokio::test]
async fn the_list_of_jobs_shows_the_last_run_and_its_state_after_its_end() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let before = data(admin.get("/admin/prune").await);
    assert!(before[0]["next-run"].is_u64() && before[0].get("last-run-upid").is_none());
    hang(&sim, "prunejob");
    let upid = data(admin.post("/admin/prune/daily/run", &[]).await);
    let running = data(admin.get("/admin/prune").await);
    assert_eq!(running[0]["last-run-upid"], upid);
    assert_eq!(running[0].get("last-run-state"), None);
    sim.release_tasks();
    // The next start waits for the end of the first run.
    let upid = data(admin.post("/admin/prune/daily/run", &[]).await);
    let after = data(admin.get("/admin/prune").await);
    assert_eq!((&after[0]["last-run-upid"], &after[0]["last-run-state"]), (&upid, &json!("OK")));
    // A job that is deleted and created again has no last run.
    data(admin.delete("/config/prune/daily").await);
    let form = [("id", "daily"), ("store", "store1"), ("schedule", "daily"), ("keep-last", "1")];
    data(admin.post("/config/prune", &form).await);
    assert_eq!(data(admin.get("/admin/prune").await)[0].get("last-run-upid"), None);
}

#[tokio::test]
async fn a_second_start_fails_if_the_job_runs_for_too_long() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    hang(&sim, "syncjob");
    let upid = data(admin.post("/admin/sync/pull/run", &[]).await);
    assert!(
        upid.as_str().is_some_and(|upid| upid.contains(r"office\x3atank\x3astore1\x3a\x3apull"))
    );
    let (status, error) = admin.post("/admin/sync/pull/run", &[]).await;
    let lock = "/var/lib/proxmox-backup/jobstates/syncjob-pull.lck";
    assert!(status == 400 && error.contains(lock), "{error}");
    // The deletion fails in the same way, but it has deleted the job.
    let (status, error) = admin.delete("/config/sync/pull").await;
    assert!(status == 400 && error.contains(lock), "{error}");
    assert_eq!(admin.get("/config/sync/pull").await.0, 400);
    sim.abort_tasks();
}

#[tokio::test]
async fn a_sync_ends_as_a_rule_says_and_fails_if_its_remote_is_missing() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let failure = "sync failed with some errors.";
    sim.on_task(TaskRule::new("syncjob", TaskOutcome::Fails(failure.into())).times(1));
    for expected in [failure, "OK", "no such remote 'office'"] {
        if expected.starts_with("no such") {
            sim.world(|world| assert!(world.delete_object("remote", "office")));
        }
        data(admin.post("/admin/sync/pull/run", &[]).await);
        assert_eq!(data(admin.get("/admin/sync").await)[0]["last-run-state"], expected);
    }
}

#[tokio::test]
async fn a_second_garbage_collection_runs_after_the_first_has_ended() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    sim.world(|world| {
        world.datastore_mut("store1").garbage = Garbage { disk_chunks: 7, ..Garbage::default() };
    });
    let path = "/admin/datastore/store1/gc";
    assert_eq!(data(admin.get(path).await)["upid"], Value::Null);
    hang(&sim, "garbage_collection");
    let first = data(admin.post(path, &[]).await);
    let active = data(admin.get("/admin/datastore/store1/active-operations").await);
    assert_eq!(active["write"], 1);
    let release = async {
        // This pause is longer than `lock_wait`. A request that waits for any other lock would fail
        // during the pause.
        tokio::time::sleep(Duration::from_millis(100)).await;
        sim.release_tasks();
    };
    let (second, ()) = tokio::join!(admin.post(path, &[]), release);
    let second = data(second);
    assert_ne!(first, second);
    let status = data(admin.get(path).await);
    assert_eq!((&status["upid"], &status["disk-chunks"]), (&second, &json!(7)));
    assert_eq!(status["last-run-state"], "OK");
}

#[tokio::test]
async fn other_servers_have_the_content_that_a_test_has_set() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let path = "/config/remote/office/scan";
    assert_eq!(data(admin.get(path).await), json!([]));
    sim.world(|world| {
        let mut tank = world.datastores()["store1"].clone();
        tank.add_group("team", "vm", "100", "u@pbs");
        world.remote_content("office").datastores.insert("tank".into(), tank);
        world.put_object("s3", "bucket-server", json!({ "endpoint": "s3.example.com" }));
        world.s3_content("bucket-server").buckets = vec!["backups".into()];
    });
    assert_eq!(data(admin.get(path).await)[0]["store"], "tank");
    let groups = data(admin.get(&format!("{path}/tank/groups?namespace=team")).await);
    assert_eq!(groups[0]["backup-id"], "100");
    let buckets = data(admin.get("/config/s3/bucket-server/list-buckets").await);
    assert_eq!(buckets, json!([{ "name": "backups" }]));
    sim.world(|world| {
        world.remote_content("office").failure = Some("authentication failed".into());
        world.s3_content("bucket-server").is_unreachable = true;
    });
    let error = "failed to scan remote 'office' - authentication failed".to_owned();
    assert_eq!(admin.get(path).await, (500, error));
    assert_eq!(admin.get("/config/s3/bucket-server/list-buckets").await.0, 400);
}

#[tokio::test]
async fn a_removable_datastore_is_unmounted_and_mounted_again() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let path = |action| format!("/admin/datastore/store1/{action}");
    let error = "datastore 'store1' is not removable".to_owned();
    assert_eq!(admin.post(&path("mount"), &[]).await, (400, error));
    sim.world(|world| {
        let store = json!({ "path": "backups", "backing-device": "0123-4567" });
        world.put_object("datastore", "store1", store);
        world.add_device("0123-4567");
    });
    for (action, status) in [("unmount", "notmounted"), ("mount", "mounted")] {
        data(admin.post(&path(action), &[]).await);
        assert_eq!(data(admin.get("/admin/datastore").await)[0]["mount-status"], status);
    }
    hang(&sim, "unmount-device");
    data(admin.post(&path("unmount"), &[]).await);
    let error = "datastore 'store1' is unavailable: datastore is being unmounted".to_owned();
    assert_eq!(admin.get(&path("groups")).await, (400, error));
}
