//! Checks of datastores.

use serde_json::Value;

use super::{Change, refuse_if};
use crate::{kinds::Kind, response::ApiError};

/// Checks a new or changed datastore. The directory is checked later, by the task that creates the
/// datastore.
pub(crate) fn datastore(change: &Change) -> Result<(), ApiError> {
    let is_removable = change.new.contains_key("backing-device");
    let collects_on_unmount =
        change.new.get("gc-on-unmount").and_then(Value::as_bool) == Some(true);
    refuse_if(collects_on_unmount && !is_removable, || {
        "parameter verification failed - 'gc-on-unmount': only supported on removable datastores"
            .into()
    })?;
    match change.old {
        None => check_creation(change, is_removable),
        Some(_) => check_update(change),
    }
}

fn check_creation(change: &Change, is_removable: bool) -> Result<(), ApiError> {
    let path = change.text("path").unwrap_or_default();
    refuse_if(path.starts_with('/') == is_removable, || {
        let expected = match is_removable {
            true => "a relative on-device path",
            false => "an absolute path",
        };
        format!("parameter verification failed - 'path': expected {expected}, '{path}' is not")
    })?;
    let backend = change.text("backend").unwrap_or_default();
    let client = backend.split(',').find_map(|part| part.strip_prefix("client="));
    let exists = |id| {
        let endpoints = Kind::find("s3");
        endpoints.is_some_and(|kind| change.world.sections.get(kind, id).is_some())
    };
    refuse_if(client.is_some_and(|id| !exists(id)), || {
        format!("no '{}' in config", client.unwrap_or_default())
    })
}

fn check_update(change: &Change) -> Result<(), ApiError> {
    let is_prune_setting = |name: &&String| name.starts_with("keep-") || *name == "prune-schedule";
    if let Some(name) = change.sent_properties.keys().find(is_prune_setting) {
        return Err(ApiError::bad_request(format!(
            "parameter verification failed - '{name}': datastore prune settings have been replaced by prune jobs"
        )));
    }
    let changes_mode = change.sent_properties.contains_key("maintenance-mode")
        || change.deleted_names.iter().any(|name| name == "maintenance-mode");
    let old_mode = change.old.and_then(|old| old.get("maintenance-mode")).and_then(Value::as_str);
    refuse_if(changes_mode && mode_of(old_mode) == Some("delete"), || {
        "datastore is being deleted".into()
    })?;
    // PBS writes the message of the maintenance mode without quotation marks. A comma in the
    // message therefore splits the message into two values.
    let message = change.text("maintenance-mode").and_then(|mode| mode.split_once(",message="));
    refuse_if(changes_mode && message.is_some_and(|(_, message)| message.contains(',')), || {
        let id = change.id;
        format!(
            "writing \"/etc/proxmox-backup/datastore.cfg\" failed: verify section '{id}' failed - parameter verification failed - 'maintenance-mode/type': duplicate key"
        )
    })
}

/// The type of a maintenance mode, such as `offline` in `type=offline,message=moving`.
pub(crate) fn mode_of(maintenance_mode: Option<&str>) -> Option<&str> {
    let mut parts = maintenance_mode?.split(',');
    let mode_type = parts.find(|part| !part.starts_with("message="))?;
    Some(mode_type.strip_prefix("type=").unwrap_or(mode_type))
}
