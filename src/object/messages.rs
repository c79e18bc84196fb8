//! The diagnostics of configuration objects.

use super::Object;
use crate::{
    pbs::{Error, Kind, TaskEnd, Upid, Version},
    shared::task::excerpt,
};
use tf_plugin::{Diagnostic, Path, sentence};

/// The error if the configuration sets a secret both as a stored and as a write-only attribute.
pub(super) fn secret_twice(name: &str, write_only: &str) -> Diagnostic {
    Diagnostic::error(
        "Two attributes for one secret",
        format!(
            "Set either `{name}`, which is stored in the state, or `{write_only}`, which is not."
        ),
    )
    .at(write_only)
}

/// The error if the configuration sets the version of a write-only secret, but stores the secret in
/// the state.
pub(super) fn version_of_stored_secret(name: &str, write_only: &str, version: &str) -> Diagnostic {
    Diagnostic::error(
        "Version without a write-only secret",
        format!(
            "`{version}` belongs to `{write_only}`. The provider notices by itself when `{name}` \
             changes. Remove `{version}`, or set `{write_only}` instead of `{name}`."
        ),
    )
    .at(version)
}

/// The error if the configuration sets a write-only secret without its version.
pub(super) fn version_is_missing(write_only: &str, version: &str) -> Diagnostic {
    Diagnostic::error(
        "Write-only secret without a version",
        format!(
            "The state does not contain `{write_only}`, so the provider cannot notice a change of \
             the secret. Set `{version} = 1`, and increase the number whenever the secret changes."
        ),
    )
    .at(write_only)
}

/// The error if the plan needs a write-only secret that the configuration does not set.
pub(super) fn write_only_is_missing(write_only: &str, version: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Missing {write_only}"),
        format!(
            "The provider sends `{write_only}` when the object is created, and when `{version}` \
             changes. Set `{write_only}` for this apply, or keep the previous `{version}`."
        ),
    )
    .at(write_only)
}

/// The error if the configuration creates an object without a secret that the object must have.
pub(super) fn secret_is_missing(kind: &Kind, name: &str, write_only: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Missing {name}"),
        format!(
            "The provider cannot create {} without this secret. Set `{name}`, which is stored in \
             the state, or `{write_only}`, which is not.",
            kind.with_article()
        ),
    )
    .at(name)
}

/// The error if the server is older than `since`, and therefore lacks the property of the attribute
/// at `path`.
pub(super) fn too_old(path: Path, since: Version, version: Version) -> Diagnostic {
    Diagnostic::error(
        format!("The server does not support {path}"),
        format!(
            "`{path}` requires PBS {since} or later, and the server has version {version}. Remove \
             the argument, or upgrade the server."
        ),
    )
    .at_path(path)
}

/// The error if the id with which an object is imported has the wrong form.
pub(super) fn malformed_import_id(reason: String) -> Diagnostic {
    Diagnostic::error("Malformed import id", sentence(reason))
}

/// The error if a singleton is imported with another id than `id`, which is the id of its only
/// object.
pub(super) fn only_id(id: &str) -> Diagnostic {
    Diagnostic::error(
        "Malformed import id",
        format!("There is only one object of this type, and its id is `{id}`."),
    )
}

/// The error of a data source if the object does not exist.
pub(super) fn not_found(kind: &Kind, id: &str, attribute: &str) -> Diagnostic {
    Diagnostic::error(
        format!("There is no {} {id}", kind.noun),
        format!(
            "The data source can only read {} that exists on the server. Check `{attribute}` for a \
             spelling mistake.",
            kind.with_article()
        ),
    )
    .at(attribute)
}

/// The error if an object of the same kind already has the id of the new object.
pub(super) fn already_exists(object: &Object, id: &str, attribute: &str) -> Diagnostic {
    let (type_name, noun) = (object.name, object.kind.noun);
    Diagnostic::error(
        format!("The {noun} {id} already exists"),
        format!(
            "Nothing was created, and the existing {noun} was not changed. If another \
             `pbs_{type_name}` of the configuration manages it, remove the new resource. To manage \
             the existing {noun}, import the {noun}:\n\n  import {{\n    to = \
             pbs_{type_name}.NAME\n    id = \"{id}\"\n  }}\n\nTo create another {noun}, change \
             `{attribute}`. If you have renamed the resource, add a `moved` block. If the {noun} \
             is being replaced, remove `create_before_destroy` from its `lifecycle` block."
        ),
    )
    .at(attribute)
    .object_exists()
}

/// The error if an object of another kind already has the id of the new object.
pub(super) fn id_is_taken(noun: &str, id: &str, attribute: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The name {id} is taken"),
        format!(
            "The {noun} was not created, because an object of another kind has this name. For \
             example, all notification targets and matchers share one set of names, and so do all \
             servers for metrics. Change `{attribute}`."
        ),
    )
    .at(attribute)
}

/// The error if the provider has not received the response to the request that creates the object,
/// and could not find out whether the object exists. `error` is the error of this request. If the
/// provider then failed to look for the object on the server, `lookup_error` is the error of this
/// search.
pub(super) fn maybe_created(
    noun: &str,
    id: &str,
    error: &Error,
    lookup_error: Option<Error>,
    is_tainted: bool,
) -> Diagnostic {
    let lookup = match lookup_error {
        Some(error) => format!(
            "Afterwards, the provider could not find out whether the {noun} exists: {error}"
        ),
        None => {
            format!("The server does not show the {noun}, but it may still carry out the request")
        }
    };
    Diagnostic::error(
        format!("The {noun} {id} may have been created"),
        format!(
            "{error}. {lookup}. {}",
            match is_tainted {
                true => format!(
                    "The {noun} is marked as tainted in the state. If the {noun} exists at the \
                     next apply, Terraform deletes the {noun}, and then creates a new one."
                ),
                false =>
                    format!("The {noun} is in the state. The next plan shows whether it exists."),
            }
        ),
    )
}

/// The error if an object that must be changed no longer exists.
pub(super) fn vanished(noun: &str, id: &str) -> Diagnostic {
    Diagnostic::failure(format!(
        "The {noun} {id} no longer exists. Run the plan again, so that the {noun} is created again."
    ))
}

/// The error if other clients have changed the configuration file before every attempt of an
/// update.
pub(super) fn always_modified(noun: &str, id: &str) -> Diagnostic {
    Diagnostic::failure(format!(
        "The {noun} {id} was not changed, because other clients have changed the same \
         configuration file of the server before each attempt. Run the apply again."
    ))
}

/// The error if PBS has refused to delete the object. If the object is in use, the error gives
/// advice.
pub(super) fn not_deleted(kind: &Kind, id: &str, error: Error) -> Diagnostic {
    let noun = kind.noun;
    if !error.reports_use() {
        return error.into();
    }
    Diagnostic::error(
        format!("The {noun} {id} is in use"),
        format!(
            "{error}. First remove all references to the {noun}. If the {noun} is being replaced \
             by a {noun} with another name, add `create_before_destroy = true` to its `lifecycle` \
             block. Terraform then creates the new {noun}, changes the other objects so that they \
             refer to it, and deletes the old {noun} last."
        ),
    )
}

/// The warning if an attribute contains the id of an object that does not exist. `noun` and `id`
/// are those of the missing object.
pub(super) fn no_such_reference(noun: &str, id: &str, attribute: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("There is no {noun} {id} on the server"),
        format!(
            "PBS does not check whether the {noun} in `{attribute}` exists. If this configuration \
             creates the {noun}, replace the text in `{attribute}` with a reference to its \
             resource, so that Terraform creates the {noun} first. Otherwise, check the text for a \
             spelling mistake."
        ),
    )
    .at(attribute)
}

/// The error if the provider stops waiting for the task that creates the object.
pub(super) fn task_continues(noun: &str, id: &str, upid: &Upid, error: Error) -> Diagnostic {
    Diagnostic::error(
        format!("The creation of the {noun} {id} continues on the server"),
        format!(
            "The provider no longer waits for the end of the task: {error}. The {noun} is in the \
             state. The next plan waits for the task, and then shows whether the {noun} exists. \
             The task is {upid}."
        ),
    )
}

/// The error if the provider stops waiting for the task that deletes the object.
pub(super) fn deletion_continues(noun: &str, id: &str, upid: &Upid, error: Error) -> Diagnostic {
    Diagnostic::error(
        format!("The deletion of the {noun} {id} continues on the server"),
        format!(
            "The provider no longer waits for the end of the task: {error}. The {noun} stays in \
             the state until a plan finds that it no longer exists. The task is {upid}."
        ),
    )
}

/// The error if the object does not exist after the task that creates it has ended. Without
/// `advice`, the error contains general advice.
pub(super) fn creation_failed(
    noun: &str,
    id: &str,
    upid: &Upid,
    end: &TaskEnd,
    advice: Option<&str>,
    log: &[String],
) -> Diagnostic {
    let advice = advice.unwrap_or(match end {
        TaskEnd::Ok => "But the object does not exist. Run the apply again.",
        _ => "Correct the cause, and run the apply again.",
    });
    Diagnostic::error(
        format!("The {noun} {id} was not created"),
        end_of_task(upid, end, log, advice),
    )
}

/// The error if the task that creates the object has not succeeded, and the object exists without
/// the planned properties.
pub(super) fn created_otherwise(
    noun: &str,
    id: &str,
    upid: &Upid,
    end: &TaskEnd,
    log: &[String],
) -> Diagnostic {
    Diagnostic::error(
        format!("The {noun} {id} exists, but not as planned"),
        end_of_task(
            upid,
            end,
            log,
            "The state contains the object as planned. The next plan shows how the object on the \
             server differs.",
        ),
    )
}

/// The warning if the object exists as planned, although the task that creates it has not
/// succeeded.
pub(super) fn created_with_warnings(
    noun: &str,
    id: &str,
    upid: &Upid,
    end: &TaskEnd,
    log: &[String],
) -> Diagnostic {
    Diagnostic::warning(
        format!("The {noun} {id} was created with warnings"),
        end_of_task(upid, end, log, "The object exists as planned."),
    )
}

/// The warning if an earlier run has started a task that creates the object, and this task has not
/// succeeded.
pub(super) fn earlier_creation_ended(
    noun: &str,
    id: &str,
    upid: &Upid,
    end: &TaskEnd,
    log: &[String],
) -> Diagnostic {
    Diagnostic::warning(
        format!("The creation of the {noun} {id} has not succeeded"),
        end_of_task(
            upid,
            end,
            log,
            "An earlier run has started this task, and has not waited for its end.",
        ),
    )
}

/// The error if the object still exists after the task that deletes it has ended.
pub(super) fn deletion_failed(
    noun: &str,
    id: &str,
    upid: &Upid,
    end: &TaskEnd,
    log: &[String],
) -> Diagnostic {
    Diagnostic::error(
        format!("The {noun} {id} was not deleted"),
        end_of_task(
            upid,
            end,
            log,
            "The object still exists. The object may be in the maintenance mode `delete`, which \
             only another deletion ends. If the log shows a cause that you can correct, correct \
             this cause. Then run the apply again.",
        ),
    )
}

/// The warning if the object no longer exists, although the task that deletes it has not succeeded.
pub(super) fn deleted_with_warnings(
    noun: &str,
    id: &str,
    upid: &Upid,
    end: &TaskEnd,
    log: &[String],
) -> Diagnostic {
    Diagnostic::warning(
        format!("The {noun} {id} was deleted with warnings"),
        end_of_task(upid, end, log, "The object no longer exists."),
    )
}

/// The text about the end of a task, followed by the advice and by lines from the log.
fn end_of_task(upid: &Upid, end: &TaskEnd, log: &[String], advice: &str) -> String {
    let end = match end {
        TaskEnd::Ok => "has succeeded".to_owned(),
        TaskEnd::Warnings => "has ended with warnings".to_owned(),
        TaskEnd::Failed(text) => format!("has failed: {}", text.trim_end_matches('.')),
        TaskEnd::Unknown => "has ended, and PBS does not know how".to_owned(),
    };
    format!("The task on the server {end}. {advice} The task is {upid}.{}", excerpt(log))
}
