//! The creation and deletion of objects in worker tasks of PBS.
//!
//! If the provider ends before the task, the task continues on the server. If the object were
//! tainted, the next apply would destroy what the task has created. The provider therefore saves
//! the state of the object, and stores the id of the task in the private data. The plugin layer
//! then shows the error of the creation as a warning, because Terraform taints an object after an
//! error. The next refresh waits for the task before it decides whether the object exists.

use super::{
    create::{id_is_taken, is_as_planned, maybe_created},
    refusal_diagnostic,
};
use crate::{
    object::{Object, messages, plan, private::PrivateData, wire},
    pbs::{Body, Client, Error, LostCreation, Target, TaskEnd, TaskTypes, Upid},
};
use tf_plugin::{Cx, Result, Value};

/// Creates an object, and waits for the end of the task that creates it. Succeeds if the task has
/// created the object.
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
    let sensitive = wire::sensitive_properties(&object.fields);
    let earlier_tasks = pbs.own_tasks(types.create, id).await?;
    let upid = match pbs.create_object(kind, id, body, &sensitive).await {
        Ok(upid) => upid,
        Err(error) if error.already_exists() => return Err(id_is_taken(object, pbs, id).await),
        Err(error) if !error.response_lost() => return Err(refusal_diagnostic(object, error)),
        // The response was lost. The request may have started a task, so the provider looks for a
        // new task, and does not send the request again.
        Err(error) => {
            let uncancellable = pbs.uncancellable();
            let look_up = || async {
                let tasks = uncancellable.own_tasks(types.create, id).await?;
                Ok(tasks.into_iter().find(|task| !earlier_tasks.contains(task)))
            };
            let target = Target::object(kind, id);
            let lookup = match uncancellable.outcome_of_lost_creation(target, look_up).await {
                LostCreation::Exists(upid) => Ok(upid),
                LostCreation::NotCreated => return Err(error.into_not_carried_out().into()),
                LostCreation::Pending => Err(None),
                LostCreation::Unknown(lookup_error) => Err(Some(lookup_error)),
            };
            match lookup {
                Ok(upid) => Some(upid),
                Err(lookup_error) => {
                    return Err(maybe_created(object, cx, id, plan, &error, lookup_error));
                }
            }
        }
    };
    match upid {
        Some(upid) => await_creation(object, cx, pbs, id, &upid, plan).await,
        None => Ok(()),
    }
}

/// Waits for the end of the task that creates the object. Succeeds if the task has succeeded and
/// the object exists, or if the object exists as planned.
async fn await_creation(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    upid: &Upid,
    plan: &Value,
) -> Result<()> {
    let noun = object.kind.noun;
    let end = match pbs.task_end(upid).await {
        Ok(end) => end,
        Err(error) => {
            PrivateData::record_task(cx, Some(upid));
            cx.checkpoint_value(plan::without_unknowns(plan));
            return Err(messages::task_continues(noun, id, upid, error));
        }
    };
    let uncancellable = pbs.uncancellable();
    let found = match uncancellable.current_object(object.kind, id).await {
        Ok(found) => found,
        Err(error) => {
            cx.checkpoint_value(plan::without_unknowns(plan));
            return Err(error.into());
        }
    };
    let log = || async { uncancellable.task_log(upid).await.unwrap_or_default() };
    match (end, found) {
        (TaskEnd::Ok, Some(_)) => Ok(()),
        (end, Some((record, _))) if is_as_planned(object, &record, plan) => {
            cx.warn(messages::created_with_warnings(noun, id, upid, &end, &log().await));
            Ok(())
        }
        (end, Some(_)) => {
            // The saved state contains the planned values, although the object differs from them.
            // Terraform would refuse a state that differs from the plan.
            cx.checkpoint_value(plan::without_unknowns(plan));
            Err(messages::created_otherwise(noun, id, upid, &end, &log().await))
        }
        (end, None) => {
            let advice = match &end {
                TaskEnd::Failed(message) => (object.explain)(message),
                _ => None,
            };
            Err(messages::creation_failed(noun, id, upid, &end, advice, &log().await))
        }
    }
}

/// Waits for the end of the task in the private data, which an earlier run has started to create
/// the object. If there is no such task, returns at once.
pub(super) async fn wait_for_earlier_creation(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
) -> Result<(), Error> {
    let Some(upid) = PrivateData::running_task(cx) else { return Ok(()) };
    let end = pbs.task_end(&upid).await?;
    PrivateData::record_task(cx, None);
    if end != TaskEnd::Ok {
        let log = pbs.task_log(&upid).await.unwrap_or_default();
        cx.warn(messages::earlier_creation_ended(object.kind.noun, id, &upid, &end, &log));
    }
    Ok(())
}

/// If a task on the server is creating the object, waits for the end of this task. Returns whether
/// there was such a task. This function also finds a task that is not in the private data: a task
/// whose id the provider has not received because the response was lost, or a task of another
/// client.
pub(super) async fn wait_for_running_creation(
    object: &Object,
    pbs: &Client,
    id: &str,
) -> Result<bool> {
    let Some(types) = object.kind.task_types else { return Ok(false) };
    let Some(upid) = pbs.running_task(types.create, id).await? else { return Ok(false) };
    pbs.task_end(&upid).await?;
    Ok(true)
}

/// Deletes an object, and waits for the end of the task that deletes it. Succeeds if the object
/// does not exist.
pub(super) async fn delete(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    types: TaskTypes,
    prior: &Value,
) -> Result<()> {
    let kind = object.kind;
    let _lock = pbs.lock_for_task(kind.file).await;
    // An earlier run may have started a task that deletes the object, and may have been stopped
    // before the task ended.
    if let Ok(Some(upid)) = pbs.running_task(types.delete, id).await {
        return await_deletion(object, cx, pbs, id, types, upid).await;
    }
    // The check comes after the wait for the lock, because this wait can take hours.
    if let Some(check) = object.before_delete {
        check(pbs, prior).await?;
    }
    let upid = match pbs.delete_object(kind, id, &(object.delete_options)(prior)).await {
        Ok(Some(upid)) => upid,
        Ok(None) => return Ok(()),
        Err(error) => {
            let uncancellable = pbs.uncancellable();
            // If the response was lost, the request may have started a task.
            let running_task = uncancellable.running_task(types.delete, id).await;
            match (running_task, uncancellable.current_object(kind, id).await) {
                (Ok(Some(upid)), _) => upid,
                (_, Ok(None)) => return Ok(()),
                _ => return Err(messages::not_deleted(kind, id, error)),
            }
        }
    };
    await_deletion(object, cx, pbs, id, types, upid).await
}

/// Waits for the end of the task that deletes the object. Succeeds if the object then no longer
/// exists.
async fn await_deletion(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    types: TaskTypes,
    mut upid: Upid,
) -> Result<()> {
    let noun = object.kind.noun;
    loop {
        let end = match pbs.task_end(&upid).await {
            Ok(end) => end,
            Err(error) => return Err(messages::deletion_continues(noun, id, &upid, error)),
        };
        let found = pbs.uncancellable().current_object(object.kind, id).await?;
        if end == TaskEnd::Ok && found.is_none() {
            return Ok(());
        }
        let log = pbs.task_log(&upid).await.unwrap_or_default();
        if found.is_none() {
            cx.warn(messages::deleted_with_warnings(noun, id, &upid, &end, &log));
            return Ok(());
        }
        // If the response to the deletion was lost, the client has sent the request twice, and PBS
        // has started two tasks. The first task holds the lock of the configuration file, and the
        // second task fails. The provider then waits for the first task.
        match pbs.running_task(types.delete, id).await {
            Ok(Some(other_upid)) if other_upid != upid => upid = other_upid,
            _ => return Err(messages::deletion_failed(noun, id, &upid, &end, &log)),
        }
    }
}
