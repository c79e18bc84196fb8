//! Tasks: their outcomes, their states and logs, and the locks that they hold.

mod common;

use std::time::Duration;

use common::{Caller, data};
use pbs_sim::{Directory, Settings, Simulator, TaskOutcome, TaskRule};
use serde_json::{Value, json};

fn simulator() -> Simulator {
    let lock_wait = Duration::from_millis(20);
    Simulator::start(Settings { delays: 0.0, lock_wait, ..Settings::default() })
}

/// Starts the creation of a datastore. Returns the id of the task.
async fn create(caller: &Caller, name: &str) -> String {
    let path = format!("/srv/{name}");
    let task = caller.post("/config/datastore", &[("name", name), ("path", &path)]).await;
    data(task).as_str().expect("the task has an id").to_owned()
}

/// The path of a task. The backslashes in its id are escaped.
fn path(upid: &str) -> String {
    format!("/nodes/localhost/tasks/{}", upid.replace('\\', "%5C"))
}

/// The status and the exit status of a task.
async fn status(caller: &Caller, upid: &str) -> (Value, Value) {
    let mut status = data(caller.get(&format!("{}/status", path(upid))).await);
    (status["status"].take(), status["exitstatus"].take())
}

#[tokio::test]
async fn a_rule_decides_how_a_task_ends_and_whether_it_does_its_work() {
    let error = || "no space left".to_string();
    for (outcome, exit_status, does_work) in [
        (None, "OK", true),
        (Some(TaskOutcome::Fails(error())), "no space left", false),
        (Some(TaskOutcome::Warns(2)), "WARNINGS: 2", true),
        (Some(TaskOutcome::FailsAfterwards(error())), "no space left", true),
        (Some(TaskOutcome::SucceedsWithoutEffect), "OK", false),
        (Some(TaskOutcome::Unknown), "unknown", false),
    ] {
        let sim = simulator();
        let admin = Caller::admin(&sim);
        if let Some(outcome) = outcome.clone() {
            sim.on_task(TaskRule::new("create-datastore", outcome).worker_id("my-tank"));
        }
        let upid = create(&admin, "my-tank").await;
        assert!(upid.contains(r"create-datastore:my\x2dtank:root@pam!admin:"), "{upid}");
        let expected = (json!("stopped"), json!(exit_status));
        assert_eq!(status(&admin, &upid).await, expected, "{outcome:?}");
        let exists = sim.world(|world| world.object("datastore", "my-tank").is_some());
        assert_eq!(exists, does_work, "{outcome:?}");
        create(&admin, "other").await;
        assert!(sim.world(|world| world.object("datastore", "other").is_some()), "{outcome:?}");
    }
}

#[tokio::test]
async fn after_a_failed_deletion_the_datastore_has_the_mode_delete_and_can_be_deleted() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    sim.world(|world| world.datastore_mut("store1").writes = 1);
    let operations = data(admin.get("/admin/datastore/store1/active-operations").await);
    assert_eq!(operations, json!({ "read": 0, "write": 1 }));
    let upid = data(admin.delete("/config/datastore/store1").await);
    let (_, exit_status) = status(&admin, upid.as_str().unwrap()).await;
    assert_eq!(exit_status, "datastore is currently in use");
    let datastore = sim.world(|world| world.object("datastore", "store1").unwrap());
    assert_eq!(datastore["maintenance-mode"], "delete");
    let (status, text) =
        admin.put("/config/datastore/store1", &[("delete", "maintenance-mode")]).await;
    assert_eq!((status, text.as_str()), (400, "datastore is being deleted"));
    assert_eq!(admin.put("/config/datastore/store1", &[("comment", "x")]).await.0, 200);

    sim.world(|world| world.datastore_mut("store1").writes = 0);
    data(admin.delete("/config/datastore/store1").await);
    assert!(sim.world(|world| world.datastores().is_empty()));
}

#[tokio::test]
async fn the_data_of_a_deleted_datastore_can_be_used_again_unless_it_was_destroyed() {
    let path = "/mnt/datastore/store1";
    for (query, exit_status, groups) in [
        ("", "OK", Some(1)),
        (
            "?destroy-data=1",
            "unable to open existing chunk store path \"/mnt/datastore/store1\" - ENOENT: \
             No such file or directory",
            None,
        ),
    ] {
        let sim = simulator();
        let admin = Caller::admin(&sim);
        sim.world(|world| world.datastore_mut("store1").add_group("", "vm", "1", "root@pam"));
        data(admin.delete(&format!("/config/datastore/store1{query}")).await);
        let directory = sim.world(|world| world.directory(path));
        assert_eq!(directory, groups.map(|_| Directory::ChunkStore));
        let form = [("name", "new"), ("path", path), ("reuse-datastore", "1")];
        let upid = data(admin.post("/config/datastore", &form).await);
        assert_eq!(status(&admin, upid.as_str().unwrap()).await.1, exit_status);
        let reused_groups =
            sim.world(|world| world.datastores().get("new").map(|store| store.groups.len()));
        assert_eq!(reused_groups, groups);
    }
}

#[tokio::test]
async fn a_deletion_removes_jobs_and_grants_of_the_datastore_unless_they_are_to_be_kept() {
    for (query, are_kept) in [("", false), ("?keep-job-configs=1", true)] {
        let sim = simulator();
        sim.world(|world| {
            for store in ["store1", "store10"] {
                let job = json!({ "store": store, "schedule": "daily", "remote-store": "x" });
                for kind in ["prune", "verify", "sync", "tape-backup-job"] {
                    world.put_object(kind, &format!("job-{store}"), job.clone());
                }
                world.put_acl(&format!("/datastore/{store}/ns"), "u@pbs", "Audit", true);
            }
        });
        data(Caller::admin(&sim).delete(&format!("/config/datastore/store1{query}")).await);
        sim.world(|world| {
            for kind in ["prune", "verify", "sync", "tape-backup-job"] {
                assert_eq!(world.object(kind, "job-store1").is_some(), are_kept, "{kind}");
                assert!(world.object(kind, "job-store10").is_some(), "{kind}");
            }
            let acl = world.acl_cfg();
            assert_eq!(acl.contains("/datastore/store1/ns"), are_kept);
            assert!(acl.contains("/datastore/store10/ns"));
        });
    }
}

#[tokio::test]
async fn other_writes_of_the_file_fail_while_a_datastore_is_being_created() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    sim.on_task(TaskRule::new("create-datastore", TaskOutcome::Hangs));
    let upid = create(&admin, "tank").await;
    assert_eq!(status(&admin, &upid).await, (json!("running"), Value::Null));
    let (status_code, text) = admin.put("/config/datastore/store1", &[("comment", "x")]).await;
    let expected = "Unable to acquire lock \"/etc/proxmox-backup/.datastore.lck\" - \
                    Interrupted system call (os error 4)";
    assert_eq!((status_code, text.as_str()), (400, expected));
    let gotify = [("name", "phone"), ("server", "http://x"), ("token", "t")];
    assert_eq!(admin.post("/config/notifications/endpoints/gotify", &gotify).await.0, 200);
    assert_eq!(admin.get("/config/datastore/store1").await.0, 200);

    assert!(sim.release_task(&upid));
    wait_for_end(&sim, &upid).await;
    assert_eq!(admin.put("/config/datastore/store1", &[("comment", "x")]).await.0, 200);
    assert!(sim.world(|world| world.object("datastore", "tank").is_some()));
}

#[tokio::test]
async fn a_stopped_task_changes_nothing() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    sim.on_task(TaskRule::new("create-datastore", TaskOutcome::Hangs));
    let upid = create(&admin, "tank").await;
    assert_eq!(data(admin.delete(&path(&upid)).await), Value::Null);
    wait_for_end(&sim, &upid).await;
    let (_, exit_status) = status(&admin, &upid).await;
    assert_eq!(exit_status, "abort requested - aborting task");
    assert!(sim.world(|world| world.object("datastore", "tank").is_none()));
    assert_eq!(admin.delete(&path(&upid)).await.0, 200, "a task that has ended can be stopped");
}

#[tokio::test]
async fn a_task_with_a_duration_runs_before_it_ends() {
    let sim = Simulator::start(Settings {
        delays: 0.0,
        task_duration: Duration::from_secs(3600),
        ..Settings::default()
    });
    let admin = Caller::admin(&sim);
    let upid = create(&admin, "tank").await;
    assert_eq!(status(&admin, &upid).await.0, "running");
    sim.release_tasks();
    wait_for_end(&sim, &upid).await;
    assert_eq!(status(&admin, &upid).await.1, "OK");
}

#[tokio::test]
async fn the_log_and_the_list_show_a_part_of_their_rows() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let upid = create(&admin, "tank").await;
    sim.on_task(TaskRule::new("create-datastore", TaskOutcome::Fails("broken".into())).times(1));
    create(&admin, "broken").await;
    let log = format!("{}/log", path(&upid));
    for (query, first, rows) in [("", 1, 50), ("?limit=0", 1, 101), ("?start=100&limit=5", 100, 2)]
    {
        let (_, body) = admin.get(&format!("{log}{query}")).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["total"], 101, "{query}");
        assert_eq!(body["data"].as_array().unwrap().len(), rows, "{query}");
        assert_eq!(body["data"][0]["n"], first, "{query}");
    }
    let (_, body) = admin.get(&format!("{log}?start=101")).await;
    assert!(body.contains("+00:00: TASK OK"), "{body}");
    for (query, rows, total) in [
        ("", 2, 2),
        ("?limit=1", 1, 2),
        ("?errors=1", 1, 1),
        ("?statusfilter=ok", 1, 1),
        ("?running=1", 0, 0),
        ("?typefilter=create", 2, 2),
        ("?userfilter=nobody", 0, 0),
        ("?store=tank", 0, 0),
    ] {
        let (_, body) = admin.get(&format!("/nodes/localhost/tasks{query}")).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["data"].as_array().map(Vec::len), Some(rows), "{query}: {body}");
        assert_eq!(body["total"], total, "{query}");
    }
}

#[tokio::test]
async fn a_user_sees_the_tasks_of_its_tokens_and_a_token_sees_only_its_own_tasks() {
    let users = vec![("u@pbs", "password-1").into()];
    let sim = Simulator::start(Settings { users, delays: 0.0, ..Settings::default() });
    let [token, other_token] = sim.world(|world| {
        world.put_acl("/datastore", "u@pbs", "Admin", true);
        ["u@pbs!a", "u@pbs!b"].map(|id| {
            world.put_acl("/datastore", id, "Admin", true);
            Caller::with_token(&sim, &format!("{id}:{}", world.add_token(id)))
        })
    });
    let user = Caller::login(&sim, "u@pbs", "password-1").await.expect("the password is right");
    let upid = create(&token, "tank").await;
    let status_path = format!("{}/status", path(&upid));
    for caller in [&token, &user, &Caller::admin(&sim)] {
        assert_eq!(caller.get(&status_path).await.0, 200);
        assert!(caller.get("/nodes/localhost/tasks").await.1.contains("create-datastore"));
    }
    let response = other_token.get(&status_path).await;
    assert_eq!(response, (400, "task access not allowed".to_string()));
    assert!(!other_token.get("/nodes/localhost/tasks").await.1.contains("create-datastore"));
    let response = other_token.delete(&path(&upid)).await;
    let text = "missing permissions 'Sys.Modify' on '/system/tasks'";
    assert_eq!(response, (400, text.to_string()));
}

#[tokio::test]
async fn an_unknown_task_has_ended_in_an_unknown_way_and_has_no_log() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let upid = r"UPID:other:00003AA4:0002518F:00000FFF:6B087976:verify:a\x2db:root@pam:";
    let task = data(admin.get(&format!("{}/status", path(upid))).await);
    assert_eq!([&task["status"], &task["exitstatus"]], ["stopped", "unknown"]);
    assert_eq!([&task["type"], &task["id"], &task["user"]], ["verify", "a-b", "root@pam"]);
    assert_eq!(task["endtime"], Value::Null);
    let (status, text) = admin.get(&format!("{}/log", path(upid))).await;
    assert_eq!((status, text.as_str()), (400, "No such file or directory (os error 2)"));
    assert_eq!(admin.delete(&path(upid)).await.0, 200);
}

/// Waits until a task has ended.
async fn wait_for_end(sim: &Simulator, upid: &str) {
    let runs = || {
        sim.world(|world| {
            let task = world.tasks().iter().find(|task| task.upid == upid);
            task.is_some_and(|task| task.exit_status.is_none())
        })
    };
    let waiting = async {
        while runs() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("the task ends");
}
