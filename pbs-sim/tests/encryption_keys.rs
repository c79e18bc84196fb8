//! Encryption keys, and the sync jobs that use them.

mod common;

use common::{Caller, data, simulator};
use serde_json::json;

const KEYS: &str = "/config/encryption-keys";

/// The ids in the list of keys.
async fn listed_ids(caller: &Caller, query: &str) -> Vec<String> {
    let keys = data(caller.get(&format!("{KEYS}{query}")).await);
    let keys = keys.as_array().expect("the data is a list");
    let mut ids: Vec<_> = keys.iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn a_key_is_returned_once_and_deleted_only_after_it_was_archived() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let created = data(admin.post(KEYS, &[("id", "abc")]).await);
    let secret = created["data"].as_str().expect("the key has data").to_owned();
    assert!(sim.world(|world| world.object("encryption-keys", "abc").unwrap()["data"] == secret));
    assert!(!admin.get(KEYS).await.1.contains(&secret));
    let (status, text) = admin.post(KEYS, &[("id", "abc")]).await;
    assert_eq!((status, text.as_str()), (400, "key with id 'abc' already exists."));
    let imported = [("id", "copy"), ("key", &created.to_string())];
    assert!(data(admin.post(KEYS, &imported).await) == created);
    let (_, text) = admin.post(KEYS, &[("id", "bad"), ("key", r#"{"kdf":null}"#)]).await;
    assert_eq!(text, "failed to parse provided key: missing field `created` at line 1 column 12");

    let path = format!("{KEYS}/abc");
    let (_, text) = admin.delete(&path).await;
    assert_eq!(text, "key still active, deleting is only possible for archived keys");
    assert_eq!(admin.post(&path, &[]).await.0, 200);
    assert_eq!(listed_ids(&admin, "").await, ["copy"]);
    assert_eq!(listed_ids(&admin, "?include-archived=1").await, ["abc", "copy"]);
    for _ in 0..2 {
        assert_eq!(admin.delete(&path).await.0, 200, "a missing key can be deleted");
    }
    assert_eq!(listed_ids(&admin, "?include-archived=1").await, ["copy"]);
}

#[tokio::test]
async fn a_sync_job_needs_existing_keys_and_still_uses_the_old_key_after_a_change() {
    let sim = simulator();
    let admin = Caller::admin(&sim);
    let job = [
        ("id", "push"),
        ("store", "store1"),
        ("remote", "office"),
        ("remote-store", "backups"),
        ("sync-direction", "push"),
        ("active-encryption-key", "old"),
    ];
    let (_, text) = admin.post("/config/sync", &job).await;
    assert_eq!(text, "no such key or cannot access key 'old'");
    for id in ["old", "new"] {
        assert_eq!(admin.post(KEYS, &[("id", id)]).await.0, 200);
    }
    assert_eq!(admin.post("/config/sync", &job).await.0, 200);
    for _ in 0..2 {
        let change = [("active-encryption-key", "new")];
        assert_eq!(admin.put("/config/sync/push", &change).await.0, 200);
    }
    let stored = sim.world(|world| world.object("sync", "push").unwrap());
    assert_eq!(stored["associated-key"], json!(["old"]));
    assert_eq!(admin.post(&format!("{KEYS}/old"), &[]).await.0, 200);
    let (_, text) = admin.delete(&format!("{KEYS}/old")).await;
    assert_eq!(text, "encryption key in use by sync jobs: 'push'");
}
