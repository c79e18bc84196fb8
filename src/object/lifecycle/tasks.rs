//! The operations that PBS carries out in worker tasks.
//!
//! A task continues on the server if the provider ends. A creation that was interrupted must
//! therefore not taint the object: the next apply would destroy what the task has created. The
//! diagnostic of such a creation is returned as a warning, and the state is kept. The private data
//! contains the id of the task. The next refresh waits for the task before it decides whether the
//! object exists.

use super::{
    create::{id_is_taken, is_as_planned, maybe_created},
    refused,
};
use crate::{
    object::{Object, messages, plan, private::Private, wire},
    pbs::{Body, Client, Error, LostCreation, Target, TaskEnd, TaskTypes, Upid},
};
use tf_plugin::{Cx, Result, Value};

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
    let sensitive = wire::sensitive_properties(&object.fields);
    let before = pbs.own_tasks(types.create, id).await?;
    let upid = match pbs.create_object(kind, id, body, &sensitive).await {
        Ok(upid) => upid,
        Err(error) if error.already_exists() => return Err(id_is_taken(object, pbs, id).await),
        Err(error) if !error.response_lost() => return Err(refused(object, error)),
        // The request may have started a task, so it must not be sent again.
        Err(error) => {
            let uncancellable = pbs.uncancellable();
            let started = || async {
                let tasks = uncancellable.own_tasks(types.create, id).await?;
                Ok(tasks.into_iter().find(|task| !before.contains(task)))
            };
            let target = Target::object(kind, id);
            let lookup = match uncancellable.outcome_of_lost_creation(target, started).await {
                LostCreation::Exists(upid) => Ok(upid),
                LostCreation::NotCreated => return Err(error.into_not_carried_out().into()),
                LostCreation::Pending => Err(None),
                LostCreation::Unknown(lookup) => Err(Some(lookup)),
            };
            match lookup {
                Ok(upid) => Some(upid),
                Err(lookup) => return Err(maybe_created(object, cx, id, plan, &error, lookup)),
            }
        }
    };
    match upid {
        Some(upid) => await_creation(object, cx, pbs, id, &upid, plan).await,
        None => Ok(()),
    }
}

/// Waits for the task that creates the object. Succeeds if the object exists afterwards.
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
            Private::record_task(cx, Some(upid));
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
            // The state contains the planned values, because Terraform refuses a new state that
            // differs from the plan.
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

/// Waits for a task that an earlier run has started, and that creates the object.
pub(super) async fn wait_for_earlier_creation(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
) -> Result<(), Error> {
    let Some(upid) = Private::running_task(cx) else { return Ok(()) };
    let end = pbs.task_end(&upid).await?;
    Private::record_task(cx, None);
    if end != TaskEnd::Ok {
        let log = pbs.task_log(&upid).await.unwrap_or_default();
        cx.warn(messages::earlier_creation_ended(object.kind.noun, id, &upid, &end, &log));
    }
    Ok(())
}

/// If the object is being created on the server, waits for the end of the task that creates it.
/// Returns whether there was such a task. This function also finds a task that is not in the
/// private data, because the response to the request was lost or because another client has started
/// the task.
pub(super) async fn wait_for_running_creation(
    object: &Object,
    pbs: &Client,
    id: &str,
) -> Result<bool> {
    let Some(types) = object.kind.tasks else { return Ok(false) };
    let Some(upid) = pbs.running_task(types.create, id).await? else { return Ok(false) };
    pbs.task_end(&upid).await?;
    Ok(true)
}

/// Deletes an object, and waits for the task.
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
    // An earlier run may have started this task, and may have been stopped before the task ended.
    if let Ok(Some(upid)) = pbs.running_task(types.delete, id).await {
        return await_deletion(object, cx, pbs, id, types, upid).await;
    }
    // The wait for the lock can take hours, so the check comes after it.
    if let Some(check) = object.before_delete {
        check(pbs, prior).await?;
    }
    let upid = match pbs.delete_object(kind, id, &(object.delete_options)(prior)).await {
        Ok(Some(upid)) => upid,
        Ok(None) => return Ok(()),
        Err(error) => {
            let uncancellable = pbs.uncancellable();
            // If the response was lost, the request may have started a task.
            let started = uncancellable.running_task(types.delete, id).await;
            match (started, uncancellable.current_object(kind, id).await) {
                (Ok(Some(upid)), _) => upid,
                (_, Ok(None)) => return Ok(()),
                _ => return Err(messages::not_deleted(kind, id, error)),
            }
        }
    };
    await_deletion(object, cx, pbs, id, types, upid).await
}

/// Waits for the task that deletes the object. Succeeds if the object is gone afterwards.
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
        // If the response to a request was lost, the request was repeated. The first task then
        // holds the lock of the file, and the second task fails. In this case, the provider waits
        // for the first task.
        match pbs.running_task(types.delete, id).await {
            Ok(Some(other)) if other != upid => upid = other,
            _ => return Err(messages::deletion_failed(noun, id, &upid, &end, &log)),
        }
    }
}
