//! The actions. A new action needs its file, a `mod` line and a line in [`register`].

use crate::pbs::{BackupGroup, Client, DatastoreName, Namespace, Version};
use tf_plugin::{Attribute, Cx, Diagnostic, Offers, Result};

mod change_owner;
mod check_s3;
mod mount_datastore;
mod move_group;
mod move_namespace;
mod protect_snapshot;
mod prune;
mod refresh_s3;
mod run_job;
mod unmount_datastore;
mod verify;

/// Registers every action.
pub(crate) fn register(offers: Offers<Client>) -> Offers<Client> {
    offers
        .action::<change_owner::ChangeOwner>()
        .action::<check_s3::CheckS3>()
        .action::<mount_datastore::MountDatastore>()
        .action::<move_group::MoveGroup>()
        .action::<move_namespace::MoveNamespace>()
        .action::<protect_snapshot::ProtectSnapshot>()
        .action::<prune::Prune>()
        .action::<refresh_s3::RefreshS3>()
        .action::<run_job::RunJob>()
        .action::<unmount_datastore::UnmountDatastore>()
        .action::<verify::Verify>()
}

/// The argument that names the datastore on which an action works.
fn datastore() -> Attribute {
    Attribute::string("datastore", "Name of the datastore.").required().parses::<DatastoreName>()
}

/// The argument that names the namespace on which an action works, with the description `doc`.
fn namespace(doc: &'static str) -> Attribute {
    Attribute::string("namespace", doc).parses::<Namespace>().blank_is_none()
}

/// The argument with the type of the backup group on which an action works.
fn backup_type() -> Attribute {
    Attribute::string("backup_type", "Type of the backup group: `vm`, `ct` or `host`.")
        .one_of(&["vm", "ct", "host"])
        .required()
}

/// The argument with the id of the backup group on which an action works.
fn backup_id() -> Attribute {
    Attribute::string(
        "backup_id",
        "Id of the backup group, for example `100` for a virtual machine.",
    )
    .required()
}

/// The backup groups in a namespace, or an error if the namespace does not exist. An action calls
/// this function before it starts a task, because PBS also starts a task for a namespace that does
/// not exist. Some of these tasks fail, and others succeed without doing anything (PBS 4.2.3,
/// recorded).
async fn groups(
    pbs: &Client,
    datastore: &DatastoreName,
    namespace: Option<&Namespace>,
) -> Result<Vec<BackupGroup>> {
    pbs.backup_groups(datastore, namespace).await.map_err(|error| match namespace {
        Some(namespace) if error.reports_missing_directory() => Diagnostic::error(
            format!("There is no namespace {namespace}"),
            format!(
                "The datastore {datastore} does not contain this namespace. Check `datastore` and \
                 `namespace` for a spelling mistake."
            ),
        )
        .at("namespace"),
        _ => error.into(),
    })
}

/// Returns an error if the version of the server is below `minimum_version`.
async fn check_version(cx: &Cx<Client>, minimum_version: &str) -> Result<()> {
    let version = cx.client()?.version().await?;
    let is_too_old = minimum_version.parse::<Version>().is_ok_and(|minimum| version < minimum);
    match is_too_old {
        true => Err(Diagnostic::error(
            "The server does not support this action",
            format!(
                "The action requires PBS {minimum_version} or later, but the server has version \
                 {version}."
            ),
        )),
        false => Ok(()),
    }
}
