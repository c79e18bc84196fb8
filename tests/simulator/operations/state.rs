//! The parts of the recorded server's state that no recorded request has created, for example
//! backups.

use std::collections::BTreeMap;

use pbs_sim::{BackupFile, Datastore, RemoteContent, Settings, Simulator, Snapshot, User, World};
use serde_json::{Map, Value, json};
use xtask::recording::exchange::Exchange;

use crate::replay::{DELAYS, ROOT_SECRET, exchanges};

/// Users, each with the role that the user and its token `t` have on the datastore `ops-a`. An
/// empty text means that this module grants no role. The recording contains the grant of
/// `ops-backup`.
const USERS: [(&str, &str); 8] = [
    ("ops-none", ""),
    ("ops-aud", "DatastoreAudit"),
    ("ops-reader", "DatastoreReader"),
    ("ops-backup", ""),
    ("ops-power", "DatastorePowerUser"),
    ("ops-dsadmin", "DatastoreAdmin"),
    ("ops-sysaud", ""),
    ("ops-sysmod", ""),
];

/// A simulator in the state of the recorded server before the first exchange.
pub(super) fn simulator() -> Simulator {
    let simulator = Simulator::start(Settings {
        datastores: Vec::new(),
        admin_token: Some(format!("root@pam!hidden:{ROOT_SECRET}")),
        delays: DELAYS,
        acl_cache_max_age: std::time::Duration::ZERO,
        lock_wait: std::time::Duration::from_millis(20),
        ..Settings::default()
    });
    simulator.world(|world| {
        for (user, role) in USERS {
            world.put_user(&format!("{user}@pbs"), User::default());
            for auth_id in [format!("{user}@pbs"), format!("{user}@pbs!t")] {
                if !role.is_empty() {
                    world.put_acl("/datastore/ops-a", &auth_id, role, true);
                }
            }
        }
        for auth_id in ["ops-sysaud@pbs", "ops-sysaud@pbs!t"] {
            world.put_acl("/system", auth_id, "Audit", true);
        }
        for auth_id in ["ops-sysmod@pbs", "ops-sysmod@pbs!t"] {
            world.put_acl("/system", auth_id, "Admin", true);
        }
        for name in ["ops-b", "ops-empty"] {
            world.put_object("datastore", name, json!({ "path": format!("/srv/{name}") }));
        }
    });
    simulator
}

/// Creates the tokens whose creation is not recorded. Returns their secrets by placeholder.
pub(super) fn tokens(simulator: &Simulator) -> BTreeMap<String, String> {
    simulator.world(|world| {
        let users = USERS.iter().map(|(user, _)| *user).filter(|user| *user != "ops-sysaud");
        let tokens = users.map(|user| (format!("{user}@pbs!t"), user));
        let tokens = tokens
            .chain([("ops-tick@pbs!t".into(), "ops-tick"), ("ops-tick@pbs!u".into(), "ops-tick2")]);
        tokens
            .map(|(token, name)| (format!("<{name}-token-secret>"), world.add_token(&token)))
            .collect()
    })
}

/// Makes the changes that happened on the recorded server before the exchange of this name, and
/// that no recorded exchange shows.
pub(super) fn change(world: &mut World, case: &str) {
    match case {
        "10-list/000-groups-root" => add_backups(world),
        "20-prune/076-jobs-before" => {
            let job = json!({ "store": "ops-nope", "schedule": "yearly", "keep-last": 1 });
            world.put_object("prune", "ops-prune3", job);
        }
        "40-verify/000-snapshot-good" => {
            let group = world.datastore_mut("ops-a").group_mut("", "host", "web1");
            let snapshot = group.and_then(|group| group.snapshot_mut(1_795_575_600));
            snapshot.expect("the snapshot exists").notes = "x".into();
        }
        "40-verify/005-group-bad" => {
            let group = world.datastore_mut("ops-a").group_mut("", "host", "bad1");
            let snapshot = group.and_then(|group| group.snapshot_mut(1_795_230_000));
            snapshot.expect("the snapshot exists").is_corrupt = true;
        }
        "40-verify/102-jobs-before" => {
            world.put_object("verify", "ops-ver3", json!({ "store": "ops-nope" }));
        }
        "50-sync/008-scan-ops-self" => {
            for name in ["ops-aud", "ops-backup", "ops-reader", "ops-badfp", "ops-badport"] {
                let remote = json!({ "host": "127.0.0.1", "auth-id": "ops-admin@pbs!t" });
                world.put_object("remote", name, remote);
            }
        }
        "10-list/105-owner-to-user" => {
            let group = world.datastore_mut("ops-a").group_mut("", "host", "web1");
            group.expect("the group exists").notes = "Web server one\nsecond line\n".into();
        }
        "11-rights/000-none-groups" => {
            let group = world.datastore_mut("ops-a").group_mut("", "host", "app1");
            group.expect("the group exists").owner = "ops-admin@pbs!t".into();
        }
        "70-move/024-group-other-owner" => move_group(world, "app1"),
        "70-move/031-group-merge-false" => move_group(world, "own2"),
        "70-move/057-ns-missing" => {
            let store = world.datastore_mut("ops-a");
            let groups = store.groups.iter_mut().map(|group| &mut group.namespace);
            for namespace in store.namespaces.iter_mut().chain(groups) {
                *namespace = namespace.replace("other/mv2", "mv");
            }
        }
        "72-delete/006-merge-conflict-false" => {
            let store = world.datastore_mut("ops-a");
            let mut copy = store.group("prod", "host", "mail").cloned().expect("the group exists");
            copy.namespace = "other".into();
            store.groups.push(copy);
        }
        "72-delete/060-power-delete-own" => {
            let group = world.datastore_mut("ops-a").group_mut("", "host", "own2");
            let snapshot = group.and_then(|group| group.snapshot_mut(1_794_970_800));
            snapshot.expect("the snapshot exists").is_protected = false;
        }
        "75-removable-s3/024-list-buckets-refused" => {
            world.s3_content("ops-s3").is_unreachable = true;
        }
        "75-removable-s3/032-list-buckets-wrong-server" => {
            world.s3_content("ops-s3").is_unreachable = false;
        }
        "85-client-gone/047-token-starts" => {
            for auth_id in ["ops-tick@pbs", "ops-tick@pbs!t"] {
                world.put_acl("/datastore/ops-a", auth_id, "DatastoreReader", true);
            }
        }
        "88-more/016-acl-ns" => {
            for auth_id in ["ops-tick@pbs", "ops-tick@pbs!t"] {
                world.delete_acl("/datastore/ops-a", auth_id, "DatastoreReader");
            }
        }
        "60-tasks/058-delete-group-while" | "86-client-gone/027-group-status-while" => {
            let store = world.datastore_mut("ops-b");
            *store.add_snapshot("slow", "host", "big1", 1_795_489_200) =
                Snapshot::unfinished(1_795_489_200);
        }
        "87-locks/036-delete-store-in-use" => world.datastore_mut("ops-slow").reads = 1,
        "88-more/060-delete-slow-again" => world.datastore_mut("ops-slow").reads = 0,
        "88-more/019-nsonly-list" => world.set_datastore_comment("ops-a", None),
        "80-maintenance/040-read-only-job-verify-ops-ver1" => {
            let mut job = world.object("verify", "ops-ver1").expect("the job exists");
            job.insert("ignore-verified".into(), false.into());
            world.put_object("verify", "ops-ver1", job.into());
        }
        _ => {}
    }
}

/// Moves a group from the namespace `mv` of `ops-a` to the root namespace.
fn move_group(world: &mut World, id: &str) {
    let group = world.datastore_mut("ops-a").group_mut("mv", "host", id);
    group.expect("the group exists").namespace = String::new();
}

/// Adds the backups. Most of them are in recorded lists, and the others are written in this
/// function.
fn add_backups(world: &mut World) {
    let lists = [
        ("10-list/013-snapshots-root", ""),
        ("10-list/024-snapshots-type-id-ns", "prod"),
        ("10-list/014-snapshots-ns", "prod/db"),
    ];
    let recorded = exchanges("pbs-4.2.3/operations-exchanges.json");
    for (case, namespace) in lists {
        let exchange = recorded.iter().find(|exchange| exchange.case == case);
        for row in rows(exchange.expect("the exchange exists")) {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_string();
            let (backup_type, backup_id) = (text("backup-type"), text("backup-id"));
            let time = row["backup-time"].as_i64().unwrap_or_default();
            let store = world.datastore_mut("ops-a");
            let snapshot = store.add_snapshot(namespace, &backup_type, &backup_id, time);
            *snapshot = snapshot_of(&row, time);
            let group = store.group_mut(namespace, &backup_type, &backup_id);
            group.expect("the group exists").owner = text("owner");
        }
    }
    for (store, namespace, id, owner, times) in [
        ("ops-a", "prod", "mail", "ops-admin@pbs!t", &[1_792_810_800, 1_795_489_200][..]),
        (
            "ops-a",
            "lab",
            "tmp1",
            "ops-backup@pbs!t",
            &[1_794_884_400, 1_795_143_600, 1_795_402_800],
        ),
        ("ops-slow", "", "big1", "ops-admin@pbs!t", &[1_795_489_200]),
    ] {
        let store = world.datastore_mut(store);
        for time in times {
            let snapshot = store.add_snapshot(namespace, "host", id, *time);
            if id == "big1" {
                snapshot.files.remove(1);
                for (file, (name, size)) in snapshot
                    .files
                    .iter_mut()
                    .zip([("disk.img.fidx", 1_500_000_000), ("index.json.blob", 307)])
                {
                    (file.name, file.size) = (name.into(), size);
                }
            }
        }
        store.group_mut(namespace, "host", id).expect("the group exists").owner = owner.into();
    }
}

/// The snapshot that a recorded row shows.
fn snapshot_of(row: &Map<String, Value>, time: i64) -> Snapshot {
    let files =
        row.get("files").and_then(Value::as_array).into_iter().flatten().map(|file| BackupFile {
            name: file["filename"].as_str().unwrap_or_default().into(),
            crypt_mode: file["crypt-mode"].as_str().unwrap_or_default().into(),
            size: file["size"].as_u64().unwrap_or_default(),
        });
    let fingerprint = row.get("fingerprint").and_then(Value::as_str).map(String::from);
    Snapshot { fingerprint, files: files.collect(), ..Snapshot::unfinished(time) }
}

/// The objects in the field `data` of the recorded answer.
fn rows(exchange: &Exchange) -> Vec<Map<String, Value>> {
    let body = exchange.answer.as_ref().map_or("", |answer| answer.body());
    let mut body: Value = serde_json::from_str(body).unwrap_or_default();
    let rows = match body["data"].take() {
        Value::Array(rows) => rows,
        row => vec![row],
    };
    rows.into_iter().filter_map(|row| row.as_object().cloned()).collect()
}

/// If the request starts a job whose creation is not recorded, adds the job. The properties of the
/// job come from a later list.
pub(super) fn add_job(world: &mut World, exchange: &Exchange, later: &[Exchange]) {
    let path = exchange.path.trim_start_matches("/api2/json/admin/");
    let [kind, id, "run"] = *path.split('/').collect::<Vec<_>>() else { return };
    if world.object(kind, id).is_some()
        || exchange.answer.as_ref().is_none_or(|answer| answer.status != 200)
    {
        return;
    }
    let lists = later.iter().filter(|later| later.path.contains(&format!("/admin/{kind}")));
    if let Some(mut job) = lists.flat_map(rows).find(|row| row.get("id") == Some(&id.into())) {
        job.retain(|name, _| !name.starts_with("last-run-") && name != "next-run");
        world.put_object(kind, id, job.into());
    }
}

/// If the request reads the content of a remote server, gives the remote the datastores of the
/// simulator, because the recorded server was its own remote. If the answer contains an error that
/// the simulator does not find without help, the remote gets this error.
pub(super) fn scan(world: &mut World, exchange: &Exchange) {
    let path = exchange.path.trim_start_matches("/api2/json/config/remote/");
    let Some((name, _)) = path.split_once("/scan") else { return };
    let body = exchange.answer.as_ref().map_or("", |answer| answer.body());
    let failure =
        body.split_once("failed to scan remote").and_then(|(_, text)| text.split_once(" - "));
    let failure = failure.map(|(_, text)| text.to_string());
    let is_found_without_help =
        |text: &String| text.starts_with("ENOENT") || text.starts_with("no such datastore");
    let mut datastores = world.datastores().clone();
    let is_visible = |store: &str| match name {
        "ops-aud" => store == "ops-a",
        "ops-none" => false,
        _ => store != "ops-rem",
    };
    datastores.retain(|store, _| is_visible(store));
    for store in datastores.values_mut().filter(|_| name == "ops-backup") {
        store.groups.retain(|group| group.owner == "ops-backup@pbs!t");
    }
    let failure = failure.filter(|text| !is_found_without_help(text));
    *world.remote_content(name) = RemoteContent { datastores, failure };
}

/// Gives the datastores the sizes in the recorded answer, because these sizes depend on the
/// recorded machine. Also copies the recorded statistics of garbage collections.
pub(super) fn measure(world: &mut World, exchange: &Exchange) {
    let path = exchange.path.trim_start_matches("/api2/json/admin/datastore/");
    let in_path = path.split(['/', '?']).next().unwrap_or_default().to_string();
    for row in rows(exchange) {
        let name = row.get("store").and_then(Value::as_str).map_or(in_path.clone(), String::from);
        if !world.datastores().contains_key(&name) {
            continue;
        }
        let store = world.datastore_mut(&name);
        measure_manifest(store, exchange, &row);
        let number = |row: &Map<String, Value>, name: &str| row.get(name).and_then(Value::as_u64);
        for (field, name) in
            [(&mut store.total, "total"), (&mut store.used, "used"), (&mut store.avail, "avail")]
        {
            if let Some(size) = number(&row, name).filter(|size| *size > 0) {
                *field = size;
            }
        }
        let result = row.get("gc-status").and_then(Value::as_object).unwrap_or(&row);
        let Some((garbage, _)) = store.collected.as_mut() else { continue };
        for (field, name) in [
            (&mut garbage.disk_bytes, "disk-bytes"),
            (&mut garbage.disk_chunks, "disk-chunks"),
            (&mut garbage.index_data_bytes, "index-data-bytes"),
            (&mut garbage.index_file_count, "index-file-count"),
            (&mut garbage.pending_bytes, "pending-bytes"),
            (&mut garbage.pending_chunks, "pending-chunks"),
            (&mut garbage.removed_bytes, "removed-bytes"),
            (&mut garbage.removed_chunks, "removed-chunks"),
        ] {
            *field = number(result, name).unwrap_or(*field);
        }
        if let Some(cache) = result.get("cache-stats").and_then(Value::as_object) {
            garbage.cache_hits = number(cache, "hits").unwrap_or_default();
            garbage.cache_misses = number(cache, "misses").unwrap_or_default();
        }
    }
}

/// Gives the manifest of a snapshot the size that a row shows. A verification changes this size.
fn measure_manifest(store: &mut Datastore, exchange: &Exchange, row: &Map<String, Value>) {
    let namespace = exchange.path.split("ns=").nth(1).unwrap_or_default();
    let namespace = namespace.split('&').next().unwrap_or_default().replace("%2F", "/");
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    let group = store.group_mut(&namespace, text("backup-type"), text("backup-id"));
    let time = row.get("backup-time").and_then(Value::as_i64).unwrap_or_default();
    let Some(snapshot) = group.and_then(|group| group.snapshot_mut(time)) else { return };
    let is_manifest = |file: &&BackupFile| file.name == "index.json.blob";
    let recorded = snapshot_of(row, time);
    if let Some(recorded) = recorded.files.iter().find(is_manifest) {
        let files = snapshot.files.iter_mut().filter(|file| file.name == recorded.name);
        files.for_each(|file| file.size = recorded.size);
    }
}
