//! `/config/encryption-keys`: keys with which sync jobs encrypt snapshots (recorded from PBS
//! 4.2.3).

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Call, Route, check_digest,
    config::{is_listed, object_error},
    get, in_random_order, write,
};
use crate::{
    kinds::{ENCRYPTION_KEY, SYNC},
    locks::Lock,
    response::{ApiError, CallResult, Success},
    sections::{Properties, Section},
};

const LOCKS: &[Lock] = &[Lock(".encryption-keys.lck")];

pub(super) const ROUTES: &[Route] = &[
    get("/config/encryption-keys", list),
    write("POST", "/config/encryption-keys", LOCKS, create),
    write("POST", "/config/encryption-keys/{id}", LOCKS, archive_or_restore),
    write("DELETE", "/config/encryption-keys/{id}", LOCKS, delete),
];

/// A key in the form in which a client imports it.
#[derive(Deserialize)]
struct Key {
    kdf: Value,
    created: String,
    modified: String,
    data: String,
    fingerprint: Option<String>,
}

/// Lists the keys without their data. The list contains archived keys only with `include-archived`.
fn list(call: &mut Call) -> CallResult {
    let with_archived = call.args.boolean("include-archived") == Some(true);
    let keys = call.world.sections.of(&ENCRYPTION_KEY);
    let keys = keys.filter(|key| with_archived || !is_archived(key));
    let rows =
        keys.filter(|key| is_listed(call, key)).map(|key| key.shown_object().into()).collect();
    let digest = call.world.sections.digest(ENCRYPTION_KEY.file);
    Ok(Success::WithDigest(in_random_order(call, rows), digest))
}

/// Creates or imports a key, and returns it with its data. No other call returns the data.
fn create(call: &mut Call) -> CallResult {
    let id = call.args.required_text("id").to_string();
    if call.world.sections.get(&ENCRYPTION_KEY, &id).is_some() {
        return Err(ApiError::bad_request(ENCRYPTION_KEY.exists.replace("{id}", &id)));
    }
    let key = match call.args.text("key") {
        Some(text) => serde_json::from_str(text).map_err(|error| {
            ApiError::bad_request(format!("failed to parse provided key: {error}"))
        })?,
        None => new_key(call),
    };
    let fingerprint = key.fingerprint.unwrap_or_else(|| random_fingerprint(call));
    let seconds = |text: &str| text.parse::<Timestamp>().map_or(0, Timestamp::as_second);
    let stored_key = json!({
        "created": seconds(&key.created),
        "data": key.data,
        "fingerprint": fingerprint,
        "kdf": key.kdf.as_str().unwrap_or("none"),
        "modified": seconds(&key.modified),
        "path": format!("/etc/proxmox-backup/encryption-keys/{id}.enc"),
    });
    call.world.put_object(ENCRYPTION_KEY.path, &id, stored_key);
    Ok(Success::Data(json!({
        "created": key.created,
        "data": key.data,
        "fingerprint": fingerprint,
        "kdf": key.kdf,
        "modified": key.modified,
    })))
}

/// A new key with random data.
fn new_key(call: &mut Call) -> Key {
    let time = Timestamp::from_second(call.now.cast_signed()).unwrap_or_default();
    let time = time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let data = STANDARD.encode(call.world.random.bytes());
    Key { kdf: Value::Null, created: time.clone(), modified: time, data, fingerprint: None }
}

/// A random substitute for the fingerprint of a key: 32 hexadecimal bytes, separated by colons.
fn random_fingerprint(call: &mut Call) -> String {
    let bytes = call.world.random.bytes().map(|byte| format!("{byte:02x}"));
    bytes.join(":")
}

/// Archives a key. If the key is already archived, restores it.
fn archive_or_restore(call: &mut Call) -> CallResult {
    let id = call.args.required_text("id").to_string();
    check_keys_digest(call)?;
    let Some(key) = call.world.sections.get(&ENCRYPTION_KEY, &id) else {
        return Err(object_error(ENCRYPTION_KEY.missing, &id));
    };
    let mut properties = key.properties.clone();
    if properties.remove("archived-at").is_none() {
        properties.insert("archived-at".into(), call.now.into());
    }
    call.world.sections.put(&ENCRYPTION_KEY, &id, properties);
    Ok(Success::Data(Value::Null))
}

/// Deletes an archived key that no sync job uses. If the key does not exist, the call succeeds.
fn delete(call: &mut Call) -> CallResult {
    let id = call.args.required_text("id").to_string();
    check_keys_digest(call)?;
    let jobs = call.world.sections.of(&SYNC).filter(|job| uses(&job.properties, &id));
    let mut jobs: Vec<&str> = jobs.map(|job| job.id.as_str()).collect();
    jobs.sort_unstable();
    if !jobs.is_empty() {
        let text = format!("encryption key in use by sync jobs: '{}'", jobs.join(", "));
        return Err(ApiError::bad_request(text));
    }
    let key = call.world.sections.get(&ENCRYPTION_KEY, &id);
    if key.is_some_and(|key| !is_archived(key)) {
        let text = "key still active, deleting is only possible for archived keys";
        return Err(ApiError::bad_request(text));
    }
    call.world.sections.remove(ENCRYPTION_KEY.file, &id);
    Ok(Success::Data(Value::Null))
}

fn check_keys_digest(call: &Call) -> Result<(), ApiError> {
    let digest = || call.world.sections.digest(ENCRYPTION_KEY.file);
    check_digest(call.args.text("digest"), digest)
}

fn is_archived(key: &Section) -> bool {
    key.properties.contains_key("archived-at")
}

/// Whether a sync job names the key.
fn uses(job: &Properties, key: &str) -> bool {
    let associated_keys = job.get("associated-key").and_then(Value::as_array);
    job.get("active-encryption-key").is_some_and(|active| active == key)
        || associated_keys.is_some_and(|keys| keys.iter().any(|associated| associated == key))
}
