//! The diagnostics of a namespace.

use super::Id;
use crate::{
    pbs::{DatastoreName, Error},
    shared::text::counted,
};
use tf_plugin::Diagnostic;

pub(super) fn no_datastore(datastore: &DatastoreName) -> Diagnostic {
    Diagnostic::error(
        format!("There is no datastore {datastore}"),
        "The namespace was not created. If the configuration manages the datastore, let \
         `datastore` refer to the `name` of the `pbs_datastore`, so that Terraform creates the \
         datastore first. Otherwise check `datastore` for a spelling mistake.",
    )
    .at("datastore")
}

pub(super) fn already_exists(id: &Id) -> Diagnostic {
    Diagnostic::error(
        format!("The namespace {id} already exists"),
        format!(
            "Nothing was created. If another `pbs_namespace` of the configuration manages the \
             namespace, remove this resource. To manage the existing namespace with its backups, \
             import it:\n\n  \
             import {{\n    to = pbs_namespace.NAME\n    id = \"{id}\"\n  }}\n\nTo create another \
             namespace, change `path`. If you have renamed the resource, add a `moved` block."
        ),
    )
    .at("path")
    .object_exists()
}

/// PBS has refused to create the namespace.
pub(super) fn not_created(id: &Id, error: Error) -> Diagnostic {
    if !error.reports_missing_parent() {
        return error.into();
    }
    let parent = id.path.parent_and_name().0.unwrap_or_default();
    Diagnostic::error(
        format!("There is no namespace {parent}"),
        format!(
            "PBS creates a namespace only below an existing namespace. Manage {parent} with a \
             `pbs_namespace`, too, and let `path` refer to this resource, so that Terraform \
             creates {parent} first: `path = \"${{pbs_namespace.NAME.path}}/...\"`"
        ),
    )
    .at("path")
}

/// The response to the request that creates the namespace was lost. The provider then looked for
/// the namespace on the server. `lookup_error` is the error of this search. `None` means that the
/// server does not list the namespace.
pub(super) fn maybe_created(id: &Id, error: &Error, lookup_error: Option<Error>) -> Diagnostic {
    let lookup = match lookup_error {
        Some(error) => format!(
            "Afterwards, the provider could not find out whether the namespace exists: {error}"
        ),
        None => {
            "The server does not list the namespace, but may still carry out the request".into()
        }
    };
    Diagnostic::error(
        format!("The namespace {id} may have been created"),
        format!(
            "{error}. {lookup}. The namespace is in the state. The next plan shows whether the \
             namespace exists."
        ),
    )
}

pub(super) fn not_visible(id: &Id) -> Diagnostic {
    Diagnostic::error(
        format!("The namespace {id} is not visible"),
        format!(
            "PBS does not list the namespace. The provider's user or token has no privilege on \
             `/datastore/{}/{}`, so the provider cannot know whether the namespace exists. Grant a \
             role there, such as `DatastoreAudit`. If the provider logs in with a token, the token \
             and its user both need the role.",
            id.datastore, id.path
        ),
    )
}

pub(super) fn content_not_visible(id: &Id) -> Diagnostic {
    Diagnostic::error(
        format!("The content of the namespace {id} is not visible"),
        format!(
            "Nothing was deleted. The provider's user or token cannot see all namespaces below, or \
             all backup groups in the namespace, so the provider does not know what the deletion \
             would delete. Grant a role with `Datastore.Audit` on `/datastore/{}/{}`, with \
             `propagate = true`. If the provider logs in with a token, the token and its user both \
             need the role.",
            id.datastore, id.path
        ),
    )
}

pub(super) fn not_readable(id: &Id, error: &Error) -> Diagnostic {
    Diagnostic::warning(
        format!("The namespace {id} cannot be read"),
        format!("{error}. The plan assumes that the namespace exists unchanged."),
    )
}

/// The advice at the end of the diagnostics about a namespace that cannot be deleted.
const KEEP: &str = "To keep the namespace on the server, and only remove it from the state, replace \
    its resource by a `removed` block with `destroy = false` in its `lifecycle` block, or use \
    `terraform state rm`.";

pub(super) fn has_namespaces(id: &Id, below: &[&str]) -> Diagnostic {
    Diagnostic::error(
        format!("The namespace {id} contains namespaces"),
        format!(
            "Nothing was deleted. PBS would delete these namespaces, too: {}. Delete them first. \
             If the configuration manages them, let their `path` refer to the `path` of this \
             namespace, so that Terraform deletes them first. {KEEP}",
            below.join(", ")
        ),
    )
}

pub(super) fn has_groups(id: &Id, groups: usize) -> Diagnostic {
    Diagnostic::error(
        format!("The namespace {id} contains backups"),
        format!(
            "Nothing was deleted. The namespace contains {}. To delete the namespace with all its \
             backups, set `delete_groups = true`, apply, and then destroy the namespace. {KEEP}",
            counted(groups, "backup group")
        ),
    )
}

pub(super) fn has_protected(id: &Id, protected: usize) -> Diagnostic {
    Diagnostic::error(
        format!("The namespace {id} contains protected snapshots"),
        format!(
            "Nothing was deleted. The namespace contains {}. First remove the protection on the \
             server. {KEEP}",
            counted(protected, "protected snapshot")
        ),
    )
}

pub(super) fn groups_are_deleted(id: &Id, groups: usize, snapshots: usize) -> Diagnostic {
    Diagnostic::warning(
        format!("The backups in the namespace {id} are deleted"),
        format!(
            "The namespace contains {} with {}. The destruction of the namespace deletes them, \
             because `delete_groups` is `true`. They cannot be restored afterwards.",
            counted(groups, "backup group"),
            counted(snapshots, "snapshot")
        ),
    )
}

pub(super) fn deletion_will_fail(id: &Id, groups: usize, snapshots: usize) -> Diagnostic {
    Diagnostic::warning(
        format!("The namespace {id} cannot be deleted"),
        format!(
            "The namespace contains {} with {}, and `delete_groups` is `false` in the state, so the \
             apply fails. To delete the backups, set `delete_groups = true`, apply, and then \
             destroy the namespace. {KEEP}",
            counted(groups, "backup group"),
            counted(snapshots, "snapshot")
        ),
    )
}
