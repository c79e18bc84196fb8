//! The maintenance mode of a datastore. PBS sets some modes itself, for example while it unmounts a
//! datastore. The provider does not change such a mode: PBS refuses to change the mode `delete`
//! (PBS 4.2.3, recorded), and the other modes protect a task that is running.

use crate::{
    object::{Change, Field},
    pbs::notation::MaintenanceMessage,
};
use serde::Deserialize;
use tf_plugin::{Diagnostic, Result, Value, View};

const ATTRIBUTE: &str = "maintenance_mode";

/// The types that a configuration can set.
const CONFIGURABLE: [&str; 2] = ["read-only", "offline"];

pub(super) fn field() -> Field {
    Field::parts(
        ATTRIBUTE,
        "maintenance-mode",
        "Maintenance mode of the datastore. PBS itself can set other modes than `read-only` and \
         `offline`, for example `delete`. The provider shows a mode that PBS has set, and does not \
         change this mode.",
        [
            Field::text(
                "type",
                "type",
                "Type of the mode. With `read-only`, backups cannot be written. With `offline`, \
                 backups can be neither written nor read.",
            )
            .one_of(&CONFIGURABLE)
            .required(),
            Field::text(
                "message",
                "message",
                "Message for the users of the datastore, at most 64 characters. Commas are not \
                 allowed. Default: none.",
            )
            .parses::<MaintenanceMessage>(),
        ],
    )
    .default_key("type")
    .left_alone()
}

/// Plans to keep a mode that PBS has set itself, even if the configuration sets another mode.
pub(super) fn keep_mode_of_server(
    change: &Change<'_>,
    _: View<'_>,
) -> Result<Vec<(&'static str, Value)>> {
    Ok(match mode_of_server(change)? {
        Some(_) => vec![(ATTRIBUTE, change.before_value(ATTRIBUTE))],
        None => Vec::new(),
    })
}

/// Warns if PBS has set the mode itself.
pub(super) fn warn(change: &Change<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    let name = change.before::<String>("name")?.known();
    let (Some(mode), Some(name)) = (mode_of_server(change)?, name) else { return Ok(()) };
    let advice = match mode.as_str() {
        "delete" => "The deletion is running or has failed. Only another deletion ends this mode: \
                     destroy the datastore again."
            .to_owned(),
        _ => format!(
            "PBS usually ends this mode at the end of the task that needs the mode. If the mode \
             stays after the end of the task, run `proxmox-backup-manager datastore update {name} \
             --delete maintenance-mode` on the server."
        ),
    };
    diagnostics.push(
        Diagnostic::warning(
            format!("PBS has set the maintenance mode of the datastore {name}"),
            format!(
                "The datastore is in the maintenance mode `{mode}`, which only PBS itself sets. \
                 The provider does not change this mode. A configured `maintenance_mode` takes \
                 effect with the first apply after the end of the mode. {advice}"
            ),
        )
        .at(ATTRIBUTE),
    );
    Ok(())
}

/// The present maintenance mode if PBS has set this mode itself. `None` if the change creates or
/// destroys the datastore.
fn mode_of_server(change: &Change<'_>) -> Result<Option<String>> {
    #[derive(Deserialize)]
    struct Mode {
        r#type: Option<String>,
    }
    let mode = change.before::<Mode>(ATTRIBUTE)?.known().and_then(|mode| mode.r#type);
    let is_set_by_server = |mode: &String| !CONFIGURABLE.contains(&mode.as_str());
    Ok(mode.filter(|mode| is_set_by_server(mode) && !change.is_deletion()))
}
