//! The dangers of a sync job: snapshots that it removes, groups that it no longer copies, and
//! encryption keys that older snapshots need.

use super::PUSH;
use crate::object::Change;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use tf_plugin::{Diagnostic, Field as Planned, Result, Value, View};

/// The keys in the value of an attribute. `None` if the value is not known yet.
fn keys<T: DeserializeOwned + IntoIterator<Item = String>>(
    value: Planned<T>,
) -> Option<BTreeSet<String>> {
    match value {
        Planned::Known(keys) => Some(keys.into_iter().filter(|key| !key.is_empty()).collect()),
        Planned::Null => Some(BTreeSet::new()),
        Planned::Unknown => None,
    }
}

/// The former key: the encryption key of the job before the change. `None` if the change neither
/// replaces nor removes the key.
fn former_key(change: &Change<'_>) -> Result<Option<String>> {
    let may_change = !change.is_deletion() && change.may_change("encryption_key");
    let key = change.before::<String>("encryption_key")?.known();
    Ok(key.filter(|key| may_change && !key.is_empty()))
}

/// Plans to keep the former key in `associated_keys`, unless the configuration sets this list. PBS
/// itself adds the former key to the list if another key replaces the former key (PBS 4.2.3,
/// recorded), but not if the former key is removed.
pub(super) fn keep_former_key(
    change: &Change<'_>,
    config: View<'_>,
) -> Result<Vec<(&'static str, Value)>> {
    let Some(former) = former_key(change)? else { return Ok(Vec::new()) };
    if !config.get::<Vec<String>>("associated_keys")?.is_null() {
        return Ok(Vec::new());
    }
    let mut associated = keys(change.before::<Vec<String>>("associated_keys")?).unwrap_or_default();
    associated.insert(former);
    let associated = associated.into_iter().map(Value::from).collect();
    Ok(vec![("associated_keys", Value::Set(associated))])
}

/// Refuses a plan after which no attribute names the former key. Warns of a job that removes
/// snapshots, that no longer copies groups, or that no longer names a key.
pub(super) fn warn(change: &Change<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    if !change.is_deletion() {
        diagnostics.extend(removal(change)?);
        diagnostics.extend(change_of_owner(change)?);
        diagnostics.extend(lost_key(change)?);
    }
    diagnostics.extend(dropped_keys(change)?);
    Ok(())
}

/// The warning about a job that begins to remove snapshots, or that removes snapshots and gets
/// another source or target.
fn removal(change: &Change<'_>) -> Result<Option<Diagnostic>> {
    const ATTRIBUTES: [&str; 6] = [
        "remove_vanished",
        "datastore",
        "namespace",
        "remote",
        "remote_datastore",
        "remote_namespace",
    ];
    let removes = change.after::<bool>("remove_vanished")? == Planned::Known(true);
    if !removes || !ATTRIBUTES.into_iter().any(|name| change.may_change(name)) {
        return Ok(None);
    }
    Ok(Some(
        Diagnostic::warning(
            "The sync job removes snapshots",
            "With `remove_vanished = true`, each run removes the snapshots, groups and namespaces \
             of the target that the job does not find at the source, even if other jobs or clients \
             have written them to the target. The removed backups cannot be restored. As the \
             target, use a namespace to which only this job writes.",
        )
        .at("remove_vanished"),
    ))
}

/// The warning about a pull job whose owner changes. A push job needs no warning, because the owner
/// of a push job does not own the copies.
fn change_of_owner(change: &Change<'_>) -> Result<Option<Diagnostic>> {
    const DEFAULT: &str = "root@pam";
    let is_pull = change.after::<String>("sync_direction")? != Planned::Known(PUSH.to_owned());
    let owner = |owner: Planned<String>| match owner {
        Planned::Known(owner) if !owner.is_empty() => Some(owner),
        Planned::Unknown => None,
        _ => Some(DEFAULT.to_owned()),
    };
    let (before, after) = (owner(change.before("owner")?), owner(change.after("owner")?));
    let changes = after.is_some() && before != after;
    Ok((is_pull && !change.is_creation() && changes).then(|| {
        Diagnostic::warning(
            "The sync job no longer copies existing groups",
            "PBS copies a group only if `owner` owns the group at the target. The existing groups \
             belong to the former owner, so the job fails for these groups until you change their \
             owner.",
        )
        .at("owner")
    }))
}

/// The error for a plan after which no attribute of the job names the former key.
fn lost_key(change: &Change<'_>) -> Result<Option<Diagnostic>> {
    let after = keys(change.after::<Vec<String>>("associated_keys")?);
    let former = former_key(change)?.filter(|_| change.changes("encryption_key"));
    let (Some(after), Some(former)) = (after, former) else { return Ok(None) };
    if after.contains(&former) {
        return Ok(None);
    }
    let all: Vec<_> = after.iter().chain([&former]).map(|key| format!("\"{key}\"")).collect();
    Ok(Some(
        Diagnostic::error(
            "The former encryption key is missing",
            format!(
                "The snapshots that the job has sent so far can only be read with the key {former}. \
                 To keep this key, set `associated_keys = [{}]`.",
                all.join(", ")
            ),
        )
        .at("associated_keys"),
    ))
}

/// The warning about keys that the job no longer names. If the job is replaced, the new job begins
/// without the keys that the provider has added to the old job.
fn dropped_keys(change: &Change<'_>) -> Result<Option<Diagnostic>> {
    let is_replaced = !change.is_creation()
        && !change.is_deletion()
        && ["id", "sync_direction"].into_iter().any(|name| change.may_change(name));
    let is_gone = change.is_deletion() || is_replaced;
    let key = |key: Planned<String>| key.known().filter(|key| !key.is_empty());
    let mut keys_before =
        keys(change.before::<Vec<String>>("associated_keys")?).unwrap_or_default();
    let mut keys_after = BTreeSet::new();
    if is_gone {
        keys_before.extend(key(change.before("encryption_key")?));
    } else {
        let associated_keys = keys(change.after::<Vec<String>>("associated_keys")?);
        let Some(associated_keys) = associated_keys else { return Ok(None) };
        keys_after = associated_keys;
    }
    keys_after.extend(key(change.after("encryption_key")?));
    let lost_keys: Vec<_> = keys_before.difference(&keys_after).map(String::as_str).collect();
    Ok((!lost_keys.is_empty()).then(|| {
        Diagnostic::warning(
            "The sync job no longer names an encryption key",
            format!(
                "The job no longer protects these keys from their deletion: {}. Without the keys, \
                 the snapshots that were encrypted with them cannot be read. If you still need the \
                 snapshots, do not delete the keys. To protect the keys from their deletion, name \
                 them in `associated_keys` of a sync job.",
                lost_keys.join(", ")
            ),
        )
        .at("associated_keys")
    }))
}
