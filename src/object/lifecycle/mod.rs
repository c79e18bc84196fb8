//! The operations of a configuration object: which requests are sent, and what is done if one of
//! them fails.

mod create;
mod tasks;

pub(super) use create::create;

use super::{Object, messages, plan, private::Private, schema, wire};
use crate::pbs::{Body, Client, Error, Key, Kind, Record};
use tf_plugin::{Cx, Diagnostic, Import, Result, Value};

/// The number of attempts to update a property string. An attempt fails if another client changes
/// the configuration file between the read and the write.
const MOST_CONFLICTS: usize = 10;

/// Reads an object. Returns `None` if it no longer exists.
pub(super) async fn read(object: &Object, cx: &Cx<Client>, prior: &Value) -> Result<Option<Value>> {
    let (pbs, id) = (cx.client()?, id(object, prior)?);
    let waited = tasks::wait_for_earlier_creation(object, cx, pbs, &id).await;
    let mut record = pbs.object(object.kind, &id).await?;
    match waited {
        // Another user or token has started the task, and PBS shows the end of a task only to the
        // user or token that has started it, and to auditors. The provider therefore forgets the
        // task. This does no harm: if the task is still running, PBS refuses to create the object a
        // second time.
        Err(error) if error.is_permission_denied() => Private::record_task(cx, None),
        other => other?,
    }
    if record.is_none() && tasks::wait_for_running_creation(object, pbs, &id).await? {
        record = pbs.object(object.kind, &id).await?;
    }
    Ok(record.map(|record| state(object, &record, prior)))
}

/// Reads an object that has no prior state.
pub(super) async fn import(
    object: &Object,
    cx: &Cx<Client>,
    import: Import,
) -> Result<Option<Value>> {
    let id = match import {
        Import::Id(id) => id,
        Import::Identity(identity) => {
            object.identity(&identity).map(|(_, id)| id.to_owned()).unwrap_or_default()
        }
    };
    match (object.kind.key, object.key()) {
        (Key::Singleton(only), _) if id != only => return Err(messages::only_id(only)),
        (Key::Property(_), Some(key)) => {
            (key.parses_key)(&id).map_err(messages::malformed_import_id)?;
        }
        _ => {}
    }
    state_of(object, cx.client()?, &id).await
}

/// The state of the object with this id, without a prior state. `None` if it does not exist.
pub(super) async fn state_of(object: &Object, pbs: &Client, id: &str) -> Result<Option<Value>> {
    let record = pbs.object(object.kind, id).await?;
    Ok(record.map(|record| state(object, &record, &Value::Null)))
}

/// Updates an object in place. `plan` contains the values of write-only attributes, too.
pub(super) async fn update(
    object: &Object,
    cx: &Cx<Client>,
    prior: &Value,
    plan: Value,
) -> Result<Value> {
    let (pbs, id) = (cx.client()?, id(object, prior)?);
    plan::check_versions(object, pbs, prior, &plan).await?;
    change(object, cx, pbs, &id, prior, &plan).await?;
    Private::applied(cx);
    finish(object, pbs, &id, plan).await
}

/// Deletes an object. Succeeds if it does not exist.
pub(super) async fn delete(object: &Object, cx: &Cx<Client>, prior: &Value) -> Result<()> {
    let (pbs, id, kind) = (cx.client()?, id(object, prior)?, object.kind);
    if kind.is_singleton() {
        return clear(object, cx, pbs, &id, prior).await;
    }
    if let Some(types) = kind.tasks {
        return tasks::delete(object, cx, pbs, &id, types, prior).await;
    }
    if let Some(check) = object.before_delete {
        check(pbs, prior).await?;
    }
    let _alone = write_alone(pbs, kind).await;
    if kind.other_kind.is_some() && pbs.current_object(kind, &id).await?.is_none() {
        return Ok(());
    }
    let Err(error) = pbs.delete_object(kind, &id, &(object.delete_options)(prior)).await else {
        return Ok(());
    };
    // PBS can delete an object although it responds with an error: the deletion of a job that is
    // running fails after ten seconds, and the job is gone (PBS 4.2.3, recorded).
    match pbs.uncancellable().current_object(kind, &id).await {
        Ok(None) => Ok(()),
        _ => Err(messages::not_deleted(kind, &id, error)),
    }
}

/// If PBS needs it ([`Kind::writes_alone`]), waits until no other write to the file of the kind is
/// in progress, and keeps other writes from starting until the result is dropped.
async fn write_alone<'a>(pbs: &'a Client, kind: &Kind) -> Option<impl Drop + use<'a>> {
    match kind.writes_alone {
        true => Some(pbs.lock_for_task(kind.file).await),
        false => None,
    }
}

/// Removes the settings from the server that the configuration of a singleton has set. The state
/// also contains settings that do not come from the configuration. These stay.
async fn clear(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    prior: &Value,
) -> Result<()> {
    let mut cleared = prior.clone();
    let Some(attributes) = cleared.as_map_mut() else { return Ok(()) };
    for name in Private::of(cx).configured {
        attributes.insert(name, Value::Null);
    }
    change(object, cx, pbs, id, prior, &cleared).await
}

/// Sends the difference between two states of an object.
async fn change(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    prior: &Value,
    plan: &Value,
) -> Result<()> {
    let (kind, fields) = (object.kind, &object.fields);
    let _lock = match kind.tasks {
        Some(_) => Some(pbs.lock_for_write(kind.file).await),
        None => None,
    };
    let _alone = write_alone(pbs, kind).await;
    let failed = |error: Error| {
        if error.response_lost() {
            Private::maybe_applied(cx);
        }
        refused(object, error)
    };
    if !wire::replaces_parts(fields, prior, plan) {
        let Some(body) = wire::change(fields, prior, plan, None) else { return Ok(()) };
        return send(object, pbs, id, &body, None).await.map_err(failed);
    }
    for _ in 0..MOST_CONFLICTS {
        let Some((current, digest)) = pbs.current_object(kind, id).await? else {
            return Err(messages::vanished(kind.noun, id));
        };
        let Some(body) = wire::change(fields, prior, plan, Some(&current)) else { return Ok(()) };
        match send(object, pbs, id, &body, digest.as_deref()).await {
            Err(error) if error.reports_modified_file() => {}
            result => return result.map_err(failed),
        }
    }
    Err(messages::always_modified(kind.noun, id))
}

async fn send(
    object: &Object,
    pbs: &Client,
    id: &str,
    body: &Body,
    digest: Option<&str>,
) -> Result<(), Error> {
    let sensitive = wire::sensitive_properties(&object.fields);
    pbs.change_object(object.kind, id, body, &sensitive, digest).await
}

/// The state after a creation or an update. If the server determines an attribute, the object is
/// read.
async fn finish(object: &Object, pbs: &Client, id: &str, plan: Value) -> Result<Value> {
    if plan.wholly_known() {
        return Ok(plan);
    }
    match pbs.current_object(object.kind, id).await? {
        Some((record, _)) => Ok(state(object, &record, &plan)),
        None => Err(messages::vanished(object.kind.noun, id)),
    }
}

/// The state of an object with these properties.
fn state(object: &Object, record: &Record, prior: &Value) -> Value {
    let mut state = wire::decode(&object.fields, record, prior);
    if let (Key::Singleton(id), Some(attributes)) = (object.kind.key, state.as_map_mut()) {
        attributes.insert(schema::SINGLETON.to_owned(), id.into());
    }
    state
}

/// The id of the object with this state.
fn id(object: &Object, state: &Value) -> Result<String> {
    match (object.kind.key, object.identity(state)) {
        (Key::Singleton(id), _) => Ok(id.to_owned()),
        (Key::Property(_), Some((_, id))) => Ok(id.to_owned()),
        (Key::Property(_), None) => {
            Err(Diagnostic::failure("The state lacks the attribute that identifies the object."))
        }
    }
}

/// The diagnostic if PBS refuses to create or change the object. It names the attribute whose value
/// PBS refuses, and contains the advice of the declaration.
fn refused(object: &Object, error: Error) -> Diagnostic {
    let advice = error.refusal().and_then(|(_, message)| (object.explain)(message));
    let error = match advice {
        Some(advice) => error.with_advice(format!(". {}", advice.trim_end_matches('.'))),
        None => error,
    };
    let attributes: Vec<_> = wire::properties(&object.fields).collect();
    let names: Vec<_> = (attributes.iter())
        .map(|(property, field)| (property.as_str(), &*field.attribute.name))
        .collect();
    crate::shared::errors::refused(error, &names)
}
