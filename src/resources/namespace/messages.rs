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
             namespace, remove the new resource. To manage the existing namespace with its backups, \
             import it:\n\n  \
             import {{\n    to = pbs_namespace.NAME\n    id = \"{id}\"\n  }}\n\nTo create another \
             namespace, change `path`. If you have renamed the resource, add a `moved` block."
        ),
    )
    .at("path")
    .object_exists()
}

/// The error if PBS has refused to create the namespace.
pub(super) fn not_created(id: &Id, error: Error) -> Diagnostic {
    if !error.reports_missing_parent() {
        return error.into();
    }
    let parent = id.path.parent_and_name().0.unwrap_or_default();
    Diagnostic::error(
        format!("There is no namespace {parent}"),
        format!(
            "PBS creates a namespace only below an existing namespace. Also manage {parent} with a \
             `pbs_namespace`, and let `path` refer to that resource, as in `path = \
             \"${{pbs_namespace.NAME.path}}/...\"`. Terraform then creates {parent} first."
        ),
    )
    .at("path")
}

/// The error if the response to the request that creates the namespace was lost. The provider then
/// looked for the namespace on the server. `lookup_error` is the error of this search. `None` means
/// that the server does not list the namespace.
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
             role on this path, such as `DatastoreAudit`. If the provider logs in with a token, \
             the token and its user both need the role.",
            id.datastore, id.path
        ),
    )
}

pub(super) fn content_not_visible(id: &Id) -> Diagnostic {
    Diagnostic::error(
        format!("The content of the namespace {id} is not visible"),
        format!(
            "Nothing was deleted. The provider's user or token cannot see all namespaces below \
             {id}, or cannot see all backup groups in {id}. The provider therefore does not know \
             what the deletion would delete. Grant a role with `Datastore.Audit` on \
             `/datastore/{}/{}`, with `propagate = true`. If the provider logs in with a token, \
             the token and its user both need the role.",
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
const KEEP: &str = "To keep the namespace on the server, and only remove it from the state, \
                    replace the `pbs_namespace` by a `removed` block that contains a `lifecycle` \
                    block with `destroy = false`, or use `terraform state rm`.";

pub(super) fn has_namespaces(id: &Id, below: &[&str]) -> Diagnostic {
    Diagnostic::error(
        format!("The namespace {id} contains namespaces"),
        format!(
            "Nothing was deleted. PBS would also delete the namespaces below: {}. Delete these \
             namespaces first. If the configuration manages these namespaces, let their `path` \
             refer to the `path` of {id}. Terraform then deletes the namespaces below first. \
             {KEEP}",
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

pub(super) fn has_protected(id: &Id, snapshots: usize) -> Diagnostic {
    Diagnostic::error(
        format!("The namespace {id} contains protected snapshots"),
        format!(
            "Nothing was deleted. The namespace contains {}. To delete the namespace, first remove \
             the protection of these snapshots on the server. {KEEP}",
            counted(snapshots, "protected snapshot")
        ),
    )
}

pub(super) fn groups_are_deleted(id: &Id, groups: usize, snapshots: usize) -> Diagnostic {
    Diagnostic::warning(
        format!("The backups in the namespace {id} are deleted"),
        format!(
            "The namespace contains {} with {}. The destruction of the namespace deletes these \
             backups, because `delete_groups` is `true`. The backups cannot be restored \
             afterwards.",
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
