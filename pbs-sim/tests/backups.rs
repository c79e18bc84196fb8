//! Snapshots, prunes, verifications and moves of backups.

mod common;

use common::{Caller, data, simulator};
use pbs_sim::{Simulator, Snapshot};
use serde_json::{Value, json};

const STORE: &str = "/admin/datastore/store1";
const DAY: i64 = 24 * 60 * 60;

/// A simulator with this number of daily snapshots in the group `host/web`.
fn simulator_with_snapshots(count: i64) -> Simulator {
    let sim = simulator();
    sim.world(|world| {
        for day in 1..=count {
            world.datastore_mut("store1").add_snapshot("", "host", "web", day * DAY);
        }
    });
    sim
}

/// The times of the snapshots of the group `host/web` in this namespace.
fn snapshot_times(sim: &Simulator, namespace: &str) -> Vec<i64> {
    sim.world(|world| {
        let group = world.datastore_mut("store1").group(namespace, "host", "web");
        group.iter().flat_map(|group| &group.snapshots).map(|snapshot| snapshot.time).collect()
    })
}

/// The exit status of the last task.
fn last_status(sim: &Simulator) -> Option<String> {
    sim.world(|world| world.tasks().last().and_then(|task| task.exit_status.clone()))
}

#[tokio::test]
async fn a_list_shows_the_snapshots_with_their_properties() {
    let sim = simulator();
    sim.world(|world| {
        let store = world.datastore_mut("store1");
        let snapshot = store.add_snapshot("team", "vm", "100", DAY);
        snapshot.is_protected = true;
        snapshot.verification = Some("failed".into());
        snapshot.notes = "first\nsecond".into();
        *store.add_snapshot("team", "vm", "100", 2 * DAY) = Snapshot::unfinished(2 * DAY);
        store.group_mut("team", "vm", "100").expect("the group exists").owner = "u@pbs".into();
    });
    let admin = Caller::admin(&sim);
    let rows = data(admin.get(&format!("{STORE}/snapshots?ns=team")).await);
    assert_eq!(rows[0]["comment"], "first");
    assert_eq!(rows[0]["verification"]["state"], "failed");
    assert_eq!((&rows[0]["protected"], &rows[0]["owner"]), (&json!(true), &json!("u@pbs")));
    assert!(rows[0]["size"].as_u64() > Some(0));
    assert_eq!((&rows[1]["files"], rows[1].get("size")), (&json!([]), None));
    let groups = data(admin.get(&format!("{STORE}/groups?ns=team")).await);
    assert_eq!((&groups[0]["backup-count"], &groups[0]["files"]), (&json!(2), &json!([])));
    for (query, status) in [
        ("?ns=nope", 400),
        ("?ns=team&backup-type=ct", 400),
        ("?ns=nope&backup-type=vm&backup-id=1", 200),
        ("?ns=team&backup-id=1", 200),
    ] {
        assert_eq!(admin.get(&format!("{STORE}/snapshots{query}")).await.0, status, "{query}");
    }
}

#[tokio::test]
async fn a_prune_deletes_the_snapshots_that_its_dry_run_names() {
    let sim = simulator_with_snapshots(4);
    let admin = Caller::admin(&sim);
    sim.world(|world| {
        let group = world.datastore_mut("store1").group_mut("", "host", "web");
        let snapshot = group.and_then(|group| group.snapshot_mut(DAY));
        snapshot.expect("the snapshot exists").is_protected = true;
    });
    let form = [("backup-type", "host"), ("backup-id", "web"), ("keep-last", "2")];
    let path = format!("{STORE}/prune");
    let dry_run = data(admin.post(&path, &[&form[..], &[("dry-run", "1")]].concat()).await);
    let kept: Vec<&Value> =
        dry_run.as_array().expect("rows").iter().map(|row| &row["keep"]).collect();
    assert_eq!(kept, [true, false, true, true]);
    assert_eq!(snapshot_times(&sim, "").len(), 4);
    assert_eq!(sim.world(|world| world.tasks().len()), 0);
    assert_eq!(data(admin.post(&path, &form).await), dry_run);
    assert_eq!(snapshot_times(&sim, ""), [DAY, 3 * DAY, 4 * DAY]);
    assert_eq!(last_status(&sim).as_deref(), Some("OK"));
    // Without any `keep-…` option, PBS keeps all snapshots.
    data(admin.post(&format!("{STORE}/prune-datastore"), &[]).await);
    assert_eq!(snapshot_times(&sim, "").len(), 3);
    assert_eq!(last_status(&sim).as_deref(), Some("WARNINGS: 1"));
}

#[tokio::test]
async fn deleting_the_last_snapshot_removes_its_group_but_a_protected_snapshot_stays() {
    let sim = simulator_with_snapshots(1);
    let admin = Caller::admin(&sim);
    let snapshot = [("backup-type", "host"), ("backup-id", "web"), ("backup-time", "86400")];
    let path = format!("{STORE}/snapshots?backup-type=host&backup-id=web&backup-time=86400");
    for (protected, status) in [("1", 400), ("0", 200)] {
        let form = [&snapshot[..], &[("protected", protected)]].concat();
        data(admin.put(&format!("{STORE}/protected"), &form).await);
        assert_eq!(admin.delete(&path).await.0, status);
    }
    sim.world(|world| assert!(world.datastores()["store1"].groups.is_empty()));
    assert_eq!(admin.delete(&path).await.0, 400);
}

#[tokio::test]
async fn a_verification_finds_corrupt_snapshots_and_skips_verified_snapshots() {
    let sim = simulator_with_snapshots(2);
    let admin = Caller::admin(&sim);
    let set_corrupt = |is_corrupt| {
        sim.world(|world| {
            let group = world.datastore_mut("store1").group_mut("", "host", "web");
            let snapshot = group.and_then(|group| group.snapshot_mut(DAY));
            snapshot.expect("the snapshot exists").is_corrupt = is_corrupt;
        });
    };
    let failure = Some("verification failed - please check the log for details".to_owned());
    let ok = Some("OK".to_owned());
    for (is_corrupt, ignores_verified, expected) in
        [(true, "1", &failure), (true, "1", &ok), (true, "0", &failure), (false, "0", &ok)]
    {
        set_corrupt(is_corrupt);
        let form = [("ignore-verified", ignores_verified)];
        data(admin.post(&format!("{STORE}/verify"), &form).await);
        assert_eq!(&last_status(&sim), expected);
    }
    let rows = data(admin.get(&format!("{STORE}/snapshots")).await);
    assert_eq!(rows[0]["verification"]["state"], "ok");
}

#[tokio::test]
async fn a_group_moves_with_its_snapshots_unless_times_overlap() {
    let sim = simulator_with_snapshots(2);
    let admin = Caller::admin(&sim);
    sim.world(|world| world.datastore_mut("store1").namespaces.push("team".into()));
    let form = |namespace, target| {
        [("backup-type", "host"), ("backup-id", "web"), ("ns", namespace), ("target-ns", target)]
    };
    let path = format!("{STORE}/move-group");
    assert_eq!(admin.post(&path, &form("", "nope")).await.0, 400);
    data(admin.post(&path, &form("", "team")).await);
    assert_eq!(
        (snapshot_times(&sim, ""), snapshot_times(&sim, "team")),
        (vec![], vec![DAY, 2 * DAY])
    );
    sim.world(|world| {
        world.datastore_mut("store1").add_snapshot("", "host", "web", 2 * DAY);
    });
    data(admin.post(&path, &form("", "team")).await);
    assert!(last_status(&sim).is_some_and(|status| status.ends_with("snapshot time mismatch")));
    assert_eq!(snapshot_times(&sim, ""), [2 * DAY]);
}

#[tokio::test]
async fn a_caller_without_the_privilege_for_all_groups_works_only_on_its_own_groups() {
    let sim = simulator_with_snapshots(1);
    let secret = sim.world(|world| {
        for auth_id in ["u@pbs", "u@pbs!t"] {
            world.put_acl("/datastore", auth_id, "DatastorePowerUser", true);
        }
        world.datastore_mut("store1").add_group("", "host", "own", "u@pbs!t");
        world.add_user("u@pbs");
        world.add_token("u@pbs!t")
    });
    let caller = Caller::with_token(&sim, &format!("u@pbs!t:{secret}"));
    let rows = data(caller.get(&format!("{STORE}/snapshots")).await);
    assert_eq!((rows.as_array().map(Vec::len), &rows[0]["backup-id"]), (Some(1), &json!("own")));
    let form = |id| [("backup-type", "host"), ("backup-id", id), ("keep-last", "1")];
    let path = format!("{STORE}/prune");
    assert_eq!(caller.post(&path, &form("own")).await.0, 200);
    let error = "backup owner check failed (u@pbs!t != root@pam)".to_owned();
    assert_eq!(caller.post(&path, &form("web")).await, (400, error));
}
