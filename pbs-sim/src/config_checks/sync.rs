//! Checks of sync jobs.

use serde_json::Value;

use super::{Change, refuse_if};
use crate::{
    datastore::MAX_DEPTH, kinds::ENCRYPTION_KEY, response::ApiError, sections::Properties,
};

/// Checks a new or changed job. PBS checks some combinations only for a new job.
pub(crate) fn sync_job(change: &Change) -> Result<(), ApiError> {
    let is_new = change.old.is_none();
    let is_local = change.text("remote").is_none();
    let is_push = change.text("sync-direction") == Some("push");
    let has = |name| change.new.get(name).and_then(Value::as_bool) == Some(true);
    let is_same = change.text("store") == change.text("remote-store");
    refuse_if(is_new && is_local && is_same, || {
        "source and target datastore can't be the same".into()
    })?;
    refuse_if(is_new && is_push && has("resync-corrupt"), || {
        "push jobs do not support resync-corrupt option".into()
    })?;
    let key = change.text("active-encryption-key");
    refuse_if(key.is_some() && !is_push, || {
        "'active-encryption-key' only applies to push sync jobs".into()
    })?;
    let is_missing = |key: &&str| change.world.sections.get(&ENCRYPTION_KEY, key).is_none();
    if let Some(key) = key.into_iter().chain(change.list("associated-key")).find(is_missing) {
        let text = format!("no such key or cannot access key '{key}'");
        return Err(ApiError::bad_request(text));
    }
    let max_depth = change.new.get("max-depth").and_then(Value::as_u64).unwrap_or(0) as usize;
    for name in ["ns", "remote-ns"] {
        let namespace = change.text(name).unwrap_or_default();
        let depth = namespace.split('/').filter(|level| !level.is_empty()).count();
        refuse_if(depth + max_depth > MAX_DEPTH, || {
            format!(
                "namespace '{namespace}'s depth and recursion depth exceed limit: {depth} + {max_depth} > {MAX_DEPTH}"
            )
        })?;
    }
    Ok(())
}

/// If a change replaces the key of a push job, PBS adds the former key to the associated keys, so
/// that the snapshots that were encrypted with the former key can still be read.
pub(crate) fn keep_former_key(old: &Properties, new: &mut Properties) {
    let former = old.get("active-encryption-key");
    let current = new.get("active-encryption-key");
    let Some(former) = former.filter(|_| current.is_some() && current != former).cloned() else {
        return;
    };
    let associated = new.entry("associated-key").or_insert_with(|| Value::Array(Vec::new()));
    if let Some(keys) = associated.as_array_mut().filter(|keys| !keys.contains(&former)) {
        keys.push(former);
    }
}

/// Whether a caller may read or change a job. `has` says whether the caller has a privilege at a
/// path. The recorded requests only come from callers without any privilege on the remote. The
/// other conditions come from PBS's source.
pub(crate) fn may_access_sync_job(
    has: &dyn Fn(&str, &str) -> bool,
    job: &Properties,
    is_write: bool,
) -> bool {
    let text = |name| job.get(name).and_then(Value::as_str);
    let path = |parts: [Option<&str>; 3]| {
        let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
        parts.fold(String::new(), |path, part| format!("{path}/{part}"))
    };
    let store = path([Some("datastore"), text("store"), text("ns")]);
    let source = path([Some("datastore"), text("remote-store"), text("remote-ns")]);
    let is_push = text("sync-direction") == Some("push");
    match (text("remote"), is_write) {
        (None, _) if is_push => false,
        (None, false) => has("Datastore.Audit", &store) && has("Datastore.Audit", &source),
        (None, true) => has("Datastore.Backup", &store) && has("Datastore.Read", &source),
        (Some(remote), false) => {
            has("Datastore.Audit", &store) && has("Remote.Audit", &format!("/remote/{remote}"))
        }
        (Some(remote), true) => {
            let remote = path([Some("remote"), Some(remote), text("remote-store")]);
            match is_push {
                true => has("Datastore.Read", &store) && has("Remote.DatastoreBackup", &remote),
                false => has("Datastore.Backup", &store) && has("Remote.Read", &remote),
            }
        }
    }
}
