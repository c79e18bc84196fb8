//! The diagnostics of configuration objects.

use super::Object;
use crate::{
    pbs::{Error, Kind, TaskEnd, Upid, Version},
    shared::task::excerpt,
};
use tf_plugin::{Diagnostic, Path, sentence};

pub(super) fn secret_twice(name: &str, write_only: &str) -> Diagnostic {
    Diagnostic::error(
        "Two attributes for one secret",
        format!(
            "Set either `{name}`, which is stored in the state, or `{write_only}`, which is not."
        ),
    )
    .at(write_only)
}

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

pub(super) fn version_is_missing(write_only: &str, version: &str) -> Diagnostic {
    Diagnostic::error(
        "Write-only secret without a version",
        format!(
            "The state does not contain `{write_only}`, so the provider cannot notice when it \
             changes. Set `{version} = 1`, and increase the number whenever the secret changes."
        ),
    )
    .at(write_only)
}

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

/// The server lacks a property, because its version is older than `since`.
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

pub(super) fn malformed_import_id(reason: String) -> Diagnostic {
    Diagnostic::error("Malformed import id", sentence(reason))
}

/// The id to import is wrong. There is only one object of this kind, and `id` is its id.
pub(super) fn only_id(id: &str) -> Diagnostic {
    Diagnostic::error(
        "Malformed import id",
        format!("There is only one object of this type, and its id is `{id}`."),
    )
}

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

pub(super) fn already_exists(object: &Object, id: &str, attribute: &str) -> Diagnostic {
    let (type_name, noun) = (object.name, object.kind.noun);
    Diagnostic::error(
        format!("The {noun} {id} already exists"),
        format!(
            "Nothing was created, and the existing {noun} was not changed. If another \
             `pbs_{type_name}` of the configuration manages it, remove this resource. To manage the \
             existing {noun}, import it:\n\n  import {{\n    to = pbs_{type_name}.NAME\n    id = \
             \"{id}\"\n  }}\n\nTo create another {noun}, change `{attribute}`. If you have renamed \
             the resource, add a `moved` block. If the {noun} is being replaced, remove \
             `create_before_destroy` from its `lifecycle` block."
        ),
    )
    .at(attribute)
    .object_exists()
}

/// An object of another kind has the id.
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

/// The response to the request that creates the object was lost. The provider then looked for the
/// object on the server. `lookup_error` is the error of this search.
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
        None => format!("The server does not show the {noun}, but may still carry out the request"),
    };
    Diagnostic::error(
        format!("The {noun} {id} may have been created"),
        format!(
            "{error}. {lookup}. {}",
            match is_tainted {
                true => format!(
                    "The {noun} is marked as tainted in the state: if it exists at the next apply, it \
                     is deleted, and then created again."
                ),
                false =>
                    format!("The {noun} is in the state. The next plan shows whether it exists."),
            }
        ),
    )
}

/// The object to change no longer exists.
pub(super) fn vanished(noun: &str, id: &str) -> Diagnostic {
    Diagnostic::failure(format!(
        "The {noun} {id} no longer exists. Run the plan again, so that the {noun} is created again."
    ))
}

pub(super) fn always_modified(noun: &str, id: &str) -> Diagnostic {
    Diagnostic::failure(format!(
        "The {noun} {id} was not changed, because another client has changed the same configuration \
         file of the server again and again. Run the apply again."
    ))
}

/// PBS has refused to delete the object.
pub(super) fn not_deleted(kind: &Kind, id: &str, error: Error) -> Diagnostic {
    let noun = kind.noun;
    if !error.reports_use() {
        return error.into();
    }
    Diagnostic::error(
        format!("The {noun} {id} is in use"),
        format!(
            "{error}. First remove all references to the {noun}. If the {noun} is being replaced \
             by one with another name, add `create_before_destroy = true` to its `lifecycle` \
             block. Terraform then creates the new {noun}, changes the other objects so that they \
             refer to it, and deletes the old {noun} last."
        ),
    )
}

/// An attribute contains the id of an object that does not exist.
pub(super) fn no_such_reference(noun: &str, id: &str, attribute: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("There is no {noun} {id} on the server"),
        format!(
            "PBS does not check whether the {noun} in `{attribute}` exists. If this configuration \
             creates the {noun}, replace the text in `{attribute}` with a reference to its \
             resource, so that Terraform creates the {noun} first. Otherwise, check the spelling."
        ),
    )
    .at(attribute)
}

/// The provider no longer waits for the task that creates the object.
pub(super) fn task_continues(noun: &str, id: &str, upid: &Upid, error: Error) -> Diagnostic {
    Diagnostic::error(
        format!("The creation of the {noun} {id} continues on the server"),
        format!(
            "The provider no longer waits for the end of the task: {error}. The {noun} is in the \
             state. The next plan waits for the task, and shows whether the {noun} exists. The \
             task is {upid}."
        ),
    )
}

/// The provider no longer waits for the task that deletes the object.
pub(super) fn deletion_continues(noun: &str, id: &str, upid: &Upid, error: Error) -> Diagnostic {
    Diagnostic::error(
        format!("The deletion of the {noun} {id} continues on the server"),
        format!(
            "The provider no longer waits for the end of the task: {error}. The {noun} stays in \
             the state until a plan finds that it no longer exists. The task is {upid}."
        ),
    )
}

/// The task that creates the object has ended, and the object does not exist.
pub(super) fn creation_failed(
    noun: &str,
    id: &str,
    upid: &Upid,
    end: &TaskEnd,
    advice: Option<&str>,
    log: &[String],
) -> Diagnostic {
    let advice = advice.unwrap_or(match end {
        TaskEnd::Ok => "Nevertheless, the object does not exist. Run the apply again.",
        _ => "Correct the cause, and run the apply again.",
    });
    Diagnostic::error(format!("The {noun} {id} was not created"), ended(upid, end, log, advice))
}

/// The task that creates the object did not succeed, and the object exists with other properties
/// than planned.
pub(super) fn created_otherwise(
    noun: &str,
    id: &str,
    upid: &Upid,
    end: &TaskEnd,
    log: &[String],
) -> Diagnostic {
    Diagnostic::error(
        format!("The {noun} {id} exists, but not as planned"),
        ended(
            upid,
            end,
            log,
            "The state contains the object as planned. The next plan shows how the object on the \
             server differs.",
        ),
    )
}

/// The task that creates the object did not succeed, but the object exists as planned.
pub(super) fn created_with_warnings(
    noun: &str,
    id: &str,
    upid: &Upid,
    end: &TaskEnd,
    log: &[String],
) -> Diagnostic {
    Diagnostic::warning(
        format!("The {noun} {id} was created with warnings"),
        ended(upid, end, log, "The object exists as it was planned."),
    )
}

/// The task with which an earlier run creates the object did not succeed.
pub(super) fn earlier_creation_ended(
    noun: &str,
    id: &str,
    upid: &Upid,
    end: &TaskEnd,
    log: &[String],
) -> Diagnostic {
    Diagnostic::warning(
        format!("The creation of the {noun} {id} has not succeeded"),
        ended(upid, end, log, "An earlier run started this task, and did not wait for its end."),
    )
}

/// The task that deletes the object has ended, and the object still exists.
pub(super) fn deletion_failed(
    noun: &str,
    id: &str,
    upid: &Upid,
    end: &TaskEnd,
    log: &[String],
) -> Diagnostic {
    Diagnostic::error(
        format!("The {noun} {id} was not deleted"),
        ended(
            upid,
            end,
            log,
            "The object still exists. It can be in the maintenance mode `delete`, which only \
             another deletion ends. If the log shows a cause that you can correct, correct it. \
             Then run the apply again.",
        ),
    )
}

/// The task that deletes the object did not succeed, but the object no longer exists.
pub(super) fn deleted_with_warnings(
    noun: &str,
    id: &str,
    upid: &Upid,
    end: &TaskEnd,
    log: &[String],
) -> Diagnostic {
    Diagnostic::warning(
        format!("The {noun} {id} was deleted with warnings"),
        ended(upid, end, log, "The object no longer exists."),
    )
}

/// Says how a task ended, and adds the advice and the last lines of the log.
fn ended(upid: &Upid, end: &TaskEnd, log: &[String], advice: &str) -> String {
    let end = match end {
        TaskEnd::Ok => "has succeeded".to_owned(),
        TaskEnd::Warnings => "has ended with warnings".to_owned(),
        TaskEnd::Failed(text) => format!("has failed: {}", text.trim_end_matches('.')),
        TaskEnd::Unknown => "has ended, and PBS does not know how".to_owned(),
    };
    format!("The task on the server {end}. {advice} The task is {upid}.{}", excerpt(log))
}
