//! The recording of configuration objects.

mod left_out;

use std::time::Duration;

use pbs_sim::{Directory, RemoteContent, Settings, Simulator, User, World};
use serde_json::json;
use xtask::recording::exchange::Exchange;

use self::left_out::{CALLS, CASES};
use crate::replay::{DELAYS, ROOT_SECRET, Replay, check, exchanges};

/// The deletion of a datastore is in progress before this exchange, and the recording does not show
/// the end of the deletion. This exchange is the first exchange whose answer depends on this end.
const END_OF_DELETION: &str = "10-datastore/073-create-bad-path-root";

#[tokio::test]
async fn the_simulator_gives_the_recorded_answers_about_configuration_objects() {
    let exchanges = in_order_of_effect(exchanges("pbs-4.2.3/config-exchanges.json"));
    let mut replay = Replay::new(simulator());
    replay.ends_of_tasks = &[END_OF_DELETION];
    let mut differences = Vec::new();
    for (index, exchange) in exchanges.iter().enumerate() {
        set_up(&replay.simulator, &exchange.case);
        let result = replay.compare(exchange, &exchanges[index + 1..]).await;
        differences.extend(result.err().map(|difference| (exchange, difference)));
    }
    check(&differences, CALLS, CASES);
}

/// The exchanges in an order in which the server can have carried them out. Requests that were sent
/// at the same time are recorded in the order of sending. If several requests create the same
/// object, the successful request comes first in the result.
fn in_order_of_effect(exchanges: Vec<Exchange>) -> Vec<Exchange> {
    let group = |exchange: &Exchange| -> Option<String> {
        let (start, number) = exchange.case.rsplit_once('-')?;
        let (folder, name) = start.split_once('/')?;
        let (_, name) = name.split_once('-')?;
        let is_parallel = name.starts_with("parallel") && number.parse::<u32>().is_ok();
        is_parallel.then(|| format!("{folder}/{name}"))
    };
    let mut ordered: Vec<Exchange> = Vec::new();
    for chunk in exchanges.chunk_by(|a, b| group(a).is_some() && group(a) == group(b)) {
        let mut chunk = chunk.to_vec();
        chunk.sort_by_key(|exchange| exchange.answer.as_ref().is_some_and(|it| it.status != 200));
        ordered.extend(chunk);
    }
    ordered
}

/// A simulator in the state of the recorded server before the first exchange.
fn simulator() -> Simulator {
    let simulator = Simulator::start(Settings {
        datastores: Vec::new(),
        admin_token: Some(format!("root@pam!admin:{ROOT_SECRET}")),
        delays: DELAYS,
        acl_cache_max_age: Duration::ZERO,
        ..Settings::default()
    });
    simulator.world(|world| {
        for userid in ["admin@pbs", "bkp@pbs"] {
            world.put_user(userid, User::default());
        }
        world.put_acl("/", "admin@pbs", "Admin", true);
        for auth_id in ["bkp@pbs", "bkp@pbs!t1"] {
            world.put_acl("/datastore/pbs-store", auth_id, "DatastoreBackup", true);
        }
        world.put_object("datastore", "pbs-store", json!({ "path": "/srv/rec-data/pbs-store" }));
        for (name, content) in [
            ("rec-nonempty", Directory::NonEmpty),
            ("rec-emptydir", Directory::Empty),
            ("rec-file", Directory::File),
        ] {
            world.set_directory(&format!("/srv/rec-data/{name}"), Some(content));
        }
    });
    simulator
}

/// Makes the changes that happened on the recorded server before this exchange, and that no
/// recorded exchange shows.
fn set_up(simulator: &Simulator, case: &str) {
    let changes = CHANGES.iter().filter(|(before, ..)| *before == case);
    let make = |world: &mut World, kind: &str, change: &Change| match change {
        Change::AddParallel(object) => {
            for number in 3..16 {
                let object = serde_json::from_str(object).expect("the object is JSON");
                world.put_object(kind, &format!("rec-par{number:02}"), object);
            }
        }
        Change::DeleteParallel => {
            for number in 3..16 {
                world.delete_object(kind, &format!("rec-par{number:02}"));
            }
        }
        Change::Add(id, object) => {
            let object = serde_json::from_str(object).expect("the object is JSON");
            world.put_object(kind, id, object);
        }
        Change::Backup(namespace, time) => {
            let store = world.datastore_mut("rec-store1");
            store.add_group(namespace, "host", "rec-host", "root@pam!admin");
            let group = store.group_mut(namespace, "host", "rec-host");
            let snapshot = &mut group.expect("there is a group").snapshots[0];
            snapshot.time = *time;
            let files =
                [("demo.pxar.didx", 216), ("catalog.pcat1.didx", 46), ("index.json.blob", 367)];
            for (file, (name, size)) in snapshot.files.iter_mut().zip(files) {
                (file.name, file.size) = (name.into(), size);
            }
        }
        Change::Remote(failure) => {
            let datastores = world.datastores().clone();
            let failure = failure.map(String::from);
            *world.remote_content("rec-self") = RemoteContent { datastores, failure };
        }
        Change::S3(id, buckets) => {
            let content = world.s3_content(id);
            content.is_unreachable = buckets.is_empty();
            content.buckets = buckets.iter().map(|name| name.to_string()).collect();
        }
        Change::DeleteAll => {
            for id in world.objects(kind).keys() {
                world.delete_object(kind, id);
            }
        }
    };
    simulator.world(|world| {
        changes.for_each(|(_, kind, change)| make(world, kind, change));
    });
}

/// A change on the recorded server that no recorded exchange shows.
enum Change {
    /// Sixteen objects were created at the same time, and the recording contains only three of the
    /// requests. This change adds the other thirteen objects, which have these properties.
    AddParallel(&'static str),
    /// The thirteen objects of `AddParallel` were deleted.
    DeleteParallel,
    /// An object with this id and these properties was created.
    Add(&'static str, &'static str),
    /// All objects of the kind were deleted.
    DeleteAll,
    /// The remote `rec-self` was the recorded server itself. If there is a text, the remote could
    /// not be read, and the text is the error.
    Remote(Option<&'static str>),
    /// The S3 server of this endpoint had these buckets. Without buckets, the S3
    /// server could not be reached.
    S3(&'static str, &'static [&'static str]),
    /// A client made a backup in this namespace at this time.
    Backup(&'static str, i64),
}

/// The changes that no recorded exchange shows. Each row has the next exchange after the change,
/// and the kind of the changed objects. The folder `46-traffic-control-brick` was recorded while
/// the server had the traffic control rules of another folder.
const CHANGES: [(&str, &str, Change); 18] = [
    ("23-remote/265-self-scan", "remote", Change::Remote(None)),
    ("23-remote/271-self-wrong-pw-scan", "remote", Change::Remote(Some("authentication failed"))),
    ("23-remote/273-self-wrong-fp-scan", "remote", Change::Remote(Some("client error (Connect)"))),
    ("23-remote/277-self-default-port-scan", "remote", Change::Remote(None)),
    ("50-s3/246-unreach-buckets", "s3", Change::S3("rec-un", &[])),
    ("51-s3-datastore/001-buckets", "s3", Change::S3("rec-moto", &["rec-bucket"])),
    ("24-sync/001-list-before", "sync", Change::DeleteAll),
    // PBS has refused the realms whose servers it could not reach. The simulator has accepted these
    // realms, so this change deletes them.
    ("62-realm-openid/000-list-before", "access/ldap", Change::DeleteAll),
    ("62-realm-openid/000-list-before", "access/ad", Change::DeleteAll),
    ("12-namespace/059-groups-ns", "datastore", Change::Backup("n0", 1_795_718_093)),
    (
        "12-namespace/067-delete-parent-of-nonempty",
        "datastore",
        Change::Backup("n1/n2", 1_795_718_094),
    ),
    (
        "20-prune/281-parallel-list",
        "prune",
        Change::AddParallel(r#"{ "keep-last": 1, "schedule": "daily", "store": "rec-store1" }"#),
    ),
    ("20-prune/285-parallel-create-same-03", "prune", Change::DeleteParallel),
    (
        "30-gotify/193-parallel-list",
        "notifications/endpoints/gotify",
        Change::AddParallel(
            r#"{ "origin": "user-created", "server": "http://127.0.0.1:1", "token": "x" }"#,
        ),
    ),
    (
        "30-gotify/194-parallel-create-same-00",
        "notifications/endpoints/gotify",
        Change::DeleteParallel,
    ),
    (
        "46-traffic-control-brick/00-create-bad-net-empty-js",
        "traffic-control",
        Change::Add("rec-tc1", r#"{ "network": ["10.0.0.0/8"] }"#),
    ),
    (
        "46-traffic-control-brick/00-create-bad-net-empty-js",
        "traffic-control",
        Change::Add(
            "rec-tc2",
            r#"{
                "network": ["192.168.0.0/16", "fd00::/8"], "users": ["root@pam", "rec-none@pbs"],
                "rate-in": "10 MiB", "rate-out": "1 GiB", "burst-in": "20 MB",
                "burst-out": "2.5 MiB", "timeframe": ["mon..fri 8-17", "sat 8:00-12:30"],
                "comment": "full"
            }"#,
        ),
    ),
    ("50-s3/000-list-before", "traffic-control", Change::DeleteAll),
];
