//! Configuration objects: shared lists, callers with few privileges, changes at the same time,
//! locks and secrets.

use std::time::Duration;

use pbs_sim::{Fault, FaultKind, Simulator};
use serde_json::json;
use terraform_provider_pbs::pbs::{Body, Client, Config, Error, Property, TaskEnd, kinds};

use crate::{all, client, client_as, config, count, entry, simulator};

const LOCK: &str = "Unable to acquire lock \"/etc/proxmox-backup/.remote.lck\" - Interrupted system \
                    call (os error 4)";

fn put_remote(sim: &Simulator, name: &str) {
    let remote =
        json!({ "host": "pbs2.example.com", "auth-id": "sync@pbs", "password": "c2VjcmV0" });
    sim.world(|world| world.put_object("remote", name, remote));
}

fn body(properties: &[(&'static str, &str)]) -> Body {
    let set = properties.iter().map(|(name, text)| ((*name).into(), Property::text(*text)));
    Body { set: set.collect(), delete: Vec::new() }
}

fn new_remote(name: &str) -> Body {
    body(&[
        ("name", name),
        ("host", "pbs2.example.com"),
        ("auth-id", "sync@pbs"),
        ("password", "geheim-und-lang"),
    ])
}

fn without_retries(sim: &Simulator) -> Client {
    Client::new(Config { max_retries: 0, ..config(sim) }).unwrap()
}

#[tokio::test]
async fn two_thousand_readers_share_one_list_until_a_write_of_the_same_file() {
    let sim = simulator();
    for number in 0..2000 {
        let job = json!({ "store": "store1", "schedule": "daily" });
        sim.world(|world| world.put_object("prune", &format!("job{number}"), job));
    }
    let pbs = client(&sim);
    let read = |number: usize| {
        let pbs = pbs.clone();
        async move { pbs.object(&kinds::PRUNE_JOB, &format!("job{number}")).await.unwrap() }
    };
    let jobs = all((0..2000).map(read)).await;
    assert!(jobs.iter().all(Option::is_some));
    assert_eq!(count(&sim, "GET", "/config/prune"), 1);
    let change = body(&[("schedule", "weekly")]);
    pbs.change_object(&kinds::PRUNE_JOB, "job7", &change, &[], None).await.unwrap();
    let job = read(7).await.unwrap();
    assert_eq!(job["schedule"].as_text(), Some("weekly"));
    assert_eq!(count(&sim, "GET", "/config/prune"), 2);
    // A write of another file does not make the list stale.
    pbs.create_object(&kinds::REMOTE, "offsite", &new_remote("offsite"), &[]).await.unwrap();
    read(8).await.unwrap();
    assert_eq!(count(&sim, "GET", "/config/prune"), 2);
}

#[tokio::test]
async fn an_object_that_a_list_does_not_show_is_requested_by_its_id() {
    let sim = simulator();
    put_remote(&sim, "offsite");
    // PBS omits from the list the objects that the caller is not allowed to see.
    let stranger = client_as(&sim, "one@pbs!ci");
    let denied = stranger.object(&kinds::REMOTE, "offsite").await.unwrap_err();
    assert!(denied.is_permission_denied(), "{denied}");
    assert!(denied.to_string().contains("`Remote.Audit` on `/remote/offsite`"), "{denied}");
    let pbs = client(&sim);
    assert!(pbs.object(&kinds::REMOTE, "missing").await.unwrap().is_none());
    assert!(pbs.object(&kinds::REMOTE, "offsite").await.unwrap().is_some());
}

#[tokio::test]
async fn a_list_that_is_refused_is_requested_only_once() {
    let sim = simulator();
    let rule = json!({ "network": ["10.0.0.0/8"] });
    sim.world(|world| world.put_object("traffic-control", "office", rule));
    sim.fault(Fault::new("GET", "/admin/traffic-control", FaultKind::Forbidden));
    let pbs = client(&sim);
    for _ in 0..3 {
        assert!(pbs.object(&kinds::TRAFFIC_CONTROL_RULE, "office").await.unwrap().is_some());
    }
    assert_eq!(count(&sim, "GET", "/admin/traffic-control"), 1);
    assert_eq!(count(&sim, "GET", "/config/traffic-control/office"), 3);
}

#[tokio::test]
async fn only_the_exact_messages_of_pbs_mean_that_an_object_is_missing_or_exists() {
    let sim = simulator();
    let pbs = client(&sim);
    let responses = [
        (400, "no such remote 'offsite'", true),
        (404, "remote 'offsite' does not exist.", true),
        (404, "no such remote 'offsite'", false),
        (400, "remote 'offsite' does not exist.", false),
        (400, "no such remote 'other'", false),
        (404, "Path '/api2/json/config/remote/offsite' not found.", false),
        (403, "no such remote 'offsite'", false),
        (404, "<html>404 Not Found</html>", false),
    ];
    for (status, text, missing) in responses {
        let kind = FaultKind::Status(status, text.into());
        let fault = sim.fault(Fault::new("DELETE", "/config/remote/offsite", kind));
        let deleted = pbs.delete_object(&kinds::REMOTE, "offsite", &[]).await;
        assert_eq!(deleted.is_ok(), missing, "{status} {text}");
        sim.clear_fault(fault);
    }
    put_remote(&sim, "offsite");
    let create = || pbs.create_object(&kinds::REMOTE, "offsite", &BODY, &[]);
    static BODY: std::sync::LazyLock<Body> = std::sync::LazyLock::new(|| new_remote("offsite"));
    assert!(create().await.unwrap_err().already_exists());
    assert!(pbs.object_was_absent(&kinds::REMOTE, "other").await.unwrap());
    assert!(!pbs.object_was_absent(&kinds::REMOTE, "offsite").await.unwrap());
}

#[tokio::test]
async fn a_change_with_an_old_digest_is_refused() {
    let sim = simulator();
    put_remote(&sim, "offsite");
    let pbs = client(&sim);
    let (_, digest) = pbs.current_object(&kinds::REMOTE, "offsite").await.unwrap().unwrap();
    assert!(digest.is_some());
    let change = body(&[("comment", "first")]);
    let change_with = |digest| pbs.change_object(&kinds::REMOTE, "offsite", &change, &[], digest);
    change_with(digest.as_deref()).await.unwrap();
    let error = change_with(digest.as_deref()).await.unwrap_err();
    assert!(error.reports_modified_file(), "{error}");
    change_with(None).await.unwrap();
}

#[tokio::test]
async fn a_write_waits_for_a_lock_longer_than_the_retries_last() {
    let sim = simulator();
    let busy = Fault::new("POST", "/config/remote", FaultKind::Status(400, LOCK.into()));
    sim.fault(busy.times(3));
    let created = without_retries(&sim)
        .create_object(&kinds::REMOTE, "offsite", &new_remote("offsite"), &[])
        .await;
    created.unwrap();
    assert_eq!(count(&sim, "POST", "/config/remote"), 4);
}

/// While PBS creates a datastore, requests that only read can also fail with the error of a lock.
#[tokio::test]
async fn a_read_waits_for_a_lock_longer_than_the_retries_last() {
    for (path, reads_list) in [("/config/remote", true), ("/config/remote/offsite", false)] {
        let sim = simulator();
        put_remote(&sim, "offsite");
        sim.fault(Fault::new("GET", path, FaultKind::Status(400, LOCK.into())).times(3));
        let pbs = without_retries(&sim);
        match reads_list {
            true => assert_eq!(pbs.objects(&kinds::REMOTE).await.unwrap().len(), 1),
            false => {
                let remote = pbs.current_object(&kinds::REMOTE, "offsite").await.unwrap();
                assert!(remote.is_some());
            }
        }
        assert_eq!(count(&sim, "GET", path), 4);
    }
}

/// PBS reports an unknown task as stopped, although it does not know how the task ended.
#[tokio::test]
async fn a_task_that_the_server_does_not_know_has_no_known_end() {
    let sim = simulator();
    for node in ["localhost", "other"] {
        let upid = format!("UPID:{node}:000003A1:00000B2F:00000004:6742F1A0:verify:x:root@pam!a:");
        let end = client(&sim).task_end(&upid.parse().unwrap()).await.unwrap();
        assert_eq!(end, TaskEnd::Unknown, "{node}");
    }
}

#[tokio::test]
async fn an_error_does_not_repeat_a_secret_of_the_request() {
    let sim = simulator();
    let text = "cannot use 'geheim-und-lang' as password";
    sim.fault(Fault::new("POST", "/config/remote", FaultKind::Status(400, text.into())));
    let body = new_remote("offsite");
    let error = client(&sim)
        .create_object(&kinds::REMOTE, "offsite", &body, &["password"])
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Refused { .. }));
    let shown = format!("{error} {error:?} {body:?}");
    assert!(!shown.contains("geheim"), "the error shows the secret");
    assert!(shown.contains("(secret)"), "{shown}");
}

#[tokio::test]
async fn grants_are_not_written_while_pbs_deletes_a_datastore_with_its_grants() {
    let sim = simulator();
    let pbs = client(&sim);
    // Until the server has accepted the credentials, other requests wait for the first request.
    pbs.version().await.unwrap();
    let path = "/config/datastore/store1";
    sim.fault(Fault::new("DELETE", path, FaultKind::Slow(Duration::from_millis(300))));
    let deletion = pbs.delete_object(&kinds::DATASTORE, "store1", &[]);
    let mut deletion = std::pin::pin!(deletion);
    let grant = entry("/datastore", "one@pbs", "DatastoreAudit");
    let writing = async {
        while sim.world(|world| world.tasks().is_empty()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        pbs.put_grant(&grant).await
    };
    let mut writing = std::pin::pin!(writing);
    // PBS rewrites the file of the grants without taking the lock of this file, so a grant that is
    // written at the same time would be lost.
    tokio::select! {
        biased;
        result = &mut writing => panic!("the grant was written first: {result:?}"),
        result = &mut deletion => assert!(result.unwrap().is_some()),
    }
    writing.await.unwrap();
}
