//! Checks of sync jobs.

use serde_json::Value;

use super::{Change, refuse_if};
use crate::{
    datastore::MAX_DEPTH, kinds::ENCRYPTION_KEY, response::ApiError, sections::Properties,
};

/// Checks a new or changed sync job. PBS refuses some combinations of properties only for a new
/// job.
pub(crate) fn sync_job(change: &Change) -> Result<(), ApiError> {
    let is_new = change.old.is_none();
    let is_local = change.text("remote").is_none();
    let is_push = change.text("sync-direction") == Some("push");
    let is_true = |name| change.new.get(name).and_then(Value::as_bool) == Some(true);
    let is_same_store = change.text("store") == change.text("remote-store");
    refuse_if(is_new && is_local && is_same_store, || {
        "source and target datastore can't be the same".into()
    })?;
    refuse_if(is_new && is_push && is_true("resync-corrupt"), || {
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

/// If a change replaces the active encryption key of a push job, adds the replaced key to the
/// associated keys. PBS does this so that snapshots that are encrypted with the replaced key can
/// still be read.
pub(crate) fn keep_replaced_key(old: &Properties, new: &mut Properties) {
    let old_key = old.get("active-encryption-key");
    let new_key = new.get("active-encryption-key");
    let is_replaced = new_key.is_some() && new_key != old_key;
    let Some(replaced_key) = old_key.filter(|_| is_replaced).cloned() else { return };
    let associated = new.entry("associated-key").or_insert_with(|| Value::Array(Vec::new()));
    if let Some(keys) = associated.as_array_mut().filter(|keys| !keys.contains(&replaced_key)) {
        keys.push(replaced_key);
    }
}

/// Whether a caller may read a sync job, or change the job if `is_write` is true. `has_privilege`
/// says whether the caller has a privilege at an ACL path.
///
/// The recorded requests come only from callers without any privilege on the remote. The conditions
/// that these requests do not show come from PBS's source.
pub(crate) fn may_access_sync_job(
    has_privilege: &dyn Fn(&str, &str) -> bool,
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
        (None, false) => {
            has_privilege("Datastore.Audit", &store) && has_privilege("Datastore.Audit", &source)
        }
        (None, true) => {
            has_privilege("Datastore.Backup", &store) && has_privilege("Datastore.Read", &source)
        }
        (Some(remote), false) => {
            has_privilege("Datastore.Audit", &store)
                && has_privilege("Remote.Audit", &format!("/remote/{remote}"))
        }
        (Some(remote), true) => {
            let remote = path([Some("remote"), Some(remote), text("remote-store")]);
            match is_push {
                true => {
                    has_privilege("Datastore.Read", &store)
                        && has_privilege("Remote.DatastoreBackup", &remote)
                }
                false => {
                    has_privilege("Datastore.Backup", &store)
                        && has_privilege("Remote.Read", &remote)
                }
            }
        }
    }
}
