//! The operations that PBS carries out in worker tasks.
//!
//! A task continues on the server if the provider ends. A creation that was interrupted must
//! therefore not taint the object: the next apply would destroy what the task has created. The
//! provider returns the state with a warning, and remembers the task in the private data. The next
//! refresh waits for the task before it decides whether the object exists.

use super::create::{already_exists, is_as_planned, maybe_created};
use super::refused;
use crate::{
    object::{Object, messages, plan, private::Private, wire},
    pbs::{Body, Client, Error, Result as PbsResult, Target, TaskEnd, TaskTypes, Upid},
};
use tf_plugin::{Cx, Result, Value};

/// How many lines of the log of a task a diagnostic contains.
const LOG_LINES: usize = 5;

/// Creates an object, and waits for the task. Succeeds if the object exists afterwards.
pub(super) async fn create(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    body: &Body,
    types: TaskTypes,
    plan: &Value,
) -> Result<()> {
    let kind = object.kind;
    let _lock = pbs.lock_for_task(kind.file).await;
    let secrets = wire::secret_properties(&object.fields);
    let before = tasks_so_far(pbs, types.create, id).await?;
    let upid = match pbs.create_object(kind, id, body, &secrets).await {
        Ok(upid) => upid,
        Err(error) if error.already_exists() => return Err(already_exists(object, id)),
        Err(error) if !error.response_lost() => return Err(refused(object, error)),
        Err(error) => {
            // The request may have started a task. It must not be sent again.
            let uncancellable = pbs.uncancellable();
            let new_task = || async {
                let tasks = uncancellable.tasks(types.create, id).await?;
                Ok(tasks.into_iter().find(|task| !before.contains(task)))
            };
            let target = Target::object(kind, id);
            match lost_start(&uncancellable, target, new_task).await {
                Ok(Some(upid)) => Some(upid),
                Ok(None) => return Err(error.into_not_carried_out().into()),
                Err(lookup) => {
                    return Err(maybe_created(object, cx, id, plan, &error, lookup));
                }
            }
        }
    };
    let Some(upid) = upid else { return Ok(()) };
    Private::record_task(cx, Some(&upid));
    cx.checkpoint_value(plan::without_unknowns(plan));
    let end = match pbs.task_end(&upid).await {
        Ok(end) => end,
        Err(error) => return Err(messages::task_continues(kind.noun, id, &upid, error)),
    };
    Private::record_task(cx, None);
    let found = pbs.uncancellable().current_object(kind, id).await?;
    let log = pbs.task_log(&upid, LOG_LINES).await.unwrap_or_default();
    match (end, found) {
        (TaskEnd::Ok, Some(_)) => Ok(()),
        (end, Some((record, _))) if is_as_planned(object, &record, plan) => {
            cx.warn(messages::created_with_warnings(kind.noun, id, &upid, &end, &log));
            Ok(())
        }
        (end, Some(_)) => {
            cx.checkpoint_tainted_value(plan::without_unknowns(plan));
            Err(messages::creation_failed(kind.noun, id, &upid, &end, &log))
        }
        (end, None) => {
            cx.discard_checkpoint();
            Err(messages::creation_failed(kind.noun, id, &upid, &end, &log))
        }
    }
}

/// The tasks of this type for this object that PBS already knows.
async fn tasks_so_far(pbs: &Client, worker_type: &str, id: &str) -> Result<Vec<Upid>> {
    Ok(pbs.tasks(worker_type, id).await?)
}

/// The task that a request has started whose response was lost. `None` if PBS has not carried out
/// the request and will not do so later. `Err(None)` if it may still carry it out, because the run
/// was asked to stop.
async fn lost_start<F>(
    pbs: &Client,
    target: Target,
    new_task: impl Fn() -> F,
) -> Result<Option<Upid>, Option<Error>>
where
    F: Future<Output = PbsResult<Option<Upid>>>,
{
    use crate::pbs::LostCreation;
    match pbs.outcome_of_lost_creation(target, new_task).await {
        LostCreation::Exists(upid) => Ok(Some(upid)),
        LostCreation::NotCreated => Ok(None),
        LostCreation::Pending => Err(None),
        LostCreation::Unknown(error) => Err(Some(error)),
    }
}

/// Waits for a task that an earlier run has started, and that creates the object.
pub(super) async fn wait_for_earlier_creation(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
) -> Result<()> {
    let Some(upid) = Private::running_task(cx) else { return Ok(()) };
    let end = pbs.task_end(&upid).await?;
    Private::record_task(cx, None);
    if end != TaskEnd::Ok {
        let log = pbs.task_log(&upid, LOG_LINES).await.unwrap_or_default();
        cx.warn(messages::earlier_creation_ended(object.kind.noun, id, &upid, &end, &log));
    }
    Ok(())
}

/// Deletes an object, and waits for the task.
pub(super) async fn delete(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    prior: &Value,
) -> Result<()> {
    let kind = object.kind;
    let _lock = pbs.lock_for_task(kind.file).await;
    let upid = match pbs.delete_object(kind, id, &(object.delete_options)(prior)).await {
        Ok(upid) => upid,
        Err(error) => match pbs.uncancellable().current_object(kind, id).await {
            Ok(None) => return Ok(()),
            _ => return Err(messages::not_deleted(kind, id, error)),
        },
    };
    let Some(upid) = upid else { return Ok(()) };
    let end = match pbs.task_end(&upid).await {
        Ok(end) => end,
        Err(error) => return Err(messages::deletion_continues(kind.noun, id, &upid, error)),
    };
    let found = pbs.uncancellable().current_object(kind, id).await?;
    match (end, found) {
        (TaskEnd::Ok, None) => Ok(()),
        (end, found) => {
            let log = pbs.task_log(&upid, LOG_LINES).await.unwrap_or_default();
            match found {
                Some(_) => Err(messages::deletion_failed(kind.noun, id, &upid, &end, &log)),
                None => {
                    cx.warn(messages::deleted_with_warnings(kind.noun, id, &upid, &end, &log));
                    Ok(())
                }
            }
        }
    }
}
