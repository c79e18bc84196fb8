//! The operations on configuration objects: the requests that the provider sends, and its reactions
//! if a request fails.

mod create;
mod tasks;

pub(super) use create::create;

use super::{Object, messages, plan, private::PrivateData, schema, wire};
use crate::pbs::{Body, Client, Error, Key, Kind, Record};
use tf_plugin::{Cx, Diagnostic, Import, Result, Value};

/// The maximum number of attempts to update a property string. An attempt fails if another client
/// changes the configuration file after the provider has read the object, and before it writes the
/// object.
const MAX_ATTEMPTS: usize = 10;

/// Reads an object, and returns its state. `None` if the object no longer exists.
pub(super) async fn read(object: &Object, cx: &Cx<Client>, prior: &Value) -> Result<Option<Value>> {
    let (pbs, id) = (cx.client()?, object_id(object, prior)?);
    let wait = tasks::wait_for_earlier_creation(object, cx, pbs, &id).await;
    let mut record = pbs.object(object.kind, &id).await?;
    match wait {
        // Another user or token has started the task, and the provider is not allowed to see the
        // end of the task: PBS shows it only to the user or token that has started the task, and to
        // users with the privilege to audit tasks. The provider therefore removes the record of the
        // task. This does no harm: if the task is still running, PBS refuses to create the object a
        // second time.
        Err(error) if error.is_permission_denied() => PrivateData::record_task(cx, None),
        other => other?,
    }
    if record.is_none() && tasks::wait_for_running_creation(object, pbs, &id).await? {
        record = pbs.object(object.kind, &id).await?;
    }
    Ok(record.map(|record| state_of_record(object, &record, prior)))
}

/// Imports an object: reads an object that has no prior state.
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
            (key.check_key)(&id).map_err(messages::malformed_import_id)?;
        }
        _ => {}
    }
    state_of(object, cx.client()?, &id).await
}

/// Reads the object with this id, and returns its state. The state contains no values that PBS does
/// not return. `None` if the object does not exist.
pub(super) async fn state_of(object: &Object, pbs: &Client, id: &str) -> Result<Option<Value>> {
    let record = pbs.object(object.kind, id).await?;
    Ok(record.map(|record| state_of_record(object, &record, &Value::Null)))
}

/// Updates an object in place, and returns its new state. Unlike a state, `plan` contains the
/// values of write-only attributes.
pub(super) async fn update(
    object: &Object,
    cx: &Cx<Client>,
    prior: &Value,
    plan: Value,
) -> Result<Value> {
    let (pbs, id) = (cx.client()?, object_id(object, prior)?);
    plan::check_versions(object, pbs, prior, &plan).await?;
    send_changes(object, cx, pbs, &id, prior, &plan).await?;
    PrivateData::record_applied(cx);
    state_after_write(object, pbs, &id, plan).await
}

/// Deletes an object. Succeeds if the object does not exist.
pub(super) async fn delete(object: &Object, cx: &Cx<Client>, prior: &Value) -> Result<()> {
    let (pbs, id, kind) = (cx.client()?, object_id(object, prior)?, object.kind);
    if kind.is_singleton() {
        return remove_configured_settings(object, cx, pbs, &id, prior).await;
    }
    if let Some(types) = kind.task_types {
        return tasks::delete(object, cx, pbs, &id, types, prior).await;
    }
    if let Some(check) = object.before_delete {
        check(pbs, prior).await?;
    }
    let _guard = write_alone(pbs, kind).await;
    if kind.other_kind_message.is_some() && pbs.current_object(kind, &id).await?.is_none() {
        return Ok(());
    }
    let Err(error) = pbs.delete_object(kind, &id, &(object.delete_options)(prior)).await else {
        return Ok(());
    };
    // PBS can delete an object and nevertheless respond with an error. For example, the deletion of
    // a running job fails after ten seconds, but then the job no longer exists (PBS 4.2.3,
    // recorded).
    match pbs.uncancellable().current_object(kind, &id).await {
        Ok(None) => Ok(()),
        _ => Err(messages::not_deleted(kind, &id, error)),
    }
}

/// If the writes to objects of this kind must be sent one after another ([`Kind::writes_alone`]),
/// waits until no other write of this client to the configuration file is in progress. Until the
/// returned guard is dropped, no other write of this client to the file starts. `None` if the kind
/// does not need a guard.
async fn write_alone<'a>(pbs: &'a Client, kind: &Kind) -> Option<impl Drop + use<'a>> {
    match kind.writes_alone {
        true => Some(pbs.lock_for_task(kind.file).await),
        false => None,
    }
}

/// Removes those settings of a singleton from the server that the configuration has set. The
/// settings that the configuration has not set stay on the server, although the state contains
/// them.
async fn remove_configured_settings(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    prior: &Value,
) -> Result<()> {
    let mut plan = prior.clone();
    let Some(attributes) = plan.as_map_mut() else { return Ok(()) };
    for name in PrivateData::of(cx).configured {
        attributes.insert(name, Value::Null);
    }
    send_changes(object, cx, pbs, id, prior, &plan).await
}

/// Sends the request that changes an object from `prior` to `plan`. Sends no request if there is no
/// difference.
async fn send_changes(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    prior: &Value,
    plan: &Value,
) -> Result<()> {
    let (kind, fields) = (object.kind, &object.fields);
    let _lock = match kind.task_types {
        Some(_) => Some(pbs.lock_for_write(kind.file).await),
        None => None,
    };
    let _guard = write_alone(pbs, kind).await;
    let failure = |error: Error| {
        if error.response_lost() {
            PrivateData::record_maybe_applied(cx);
        }
        refusal_diagnostic(object, error)
    };
    if !wire::replaces_parts(fields, prior, plan) {
        let Some(body) = wire::update_body(fields, prior, plan, None) else { return Ok(()) };
        return send_update(object, pbs, id, &body, None).await.map_err(failure);
    }
    for _ in 0..MAX_ATTEMPTS {
        let Some((current, digest)) = pbs.current_object(kind, id).await? else {
            return Err(messages::vanished(kind.noun, id));
        };
        let Some(body) = wire::update_body(fields, prior, plan, Some(&current)) else {
            return Ok(());
        };
        match send_update(object, pbs, id, &body, digest.as_deref()).await {
            Err(error) if error.reports_modified_file() => {}
            result => return result.map_err(failure),
        }
    }
    Err(messages::always_modified(kind.noun, id))
}

/// Sends a request that changes an object. With a digest, PBS refuses the change if the
/// configuration file was changed since the digest was read.
async fn send_update(
    object: &Object,
    pbs: &Client,
    id: &str,
    body: &Body,
    digest: Option<&str>,
) -> Result<(), Error> {
    let sensitive = wire::sensitive_properties(&object.fields);
    pbs.change_object(object.kind, id, body, &sensitive, digest).await
}

/// The state after a creation or an update. If the server determines the value of an attribute,
/// this function reads the object.
async fn state_after_write(object: &Object, pbs: &Client, id: &str, plan: Value) -> Result<Value> {
    if plan.wholly_known() {
        return Ok(plan);
    }
    match pbs.current_object(object.kind, id).await? {
        Some((record, _)) => Ok(state_of_record(object, &record, &plan)),
        None => Err(messages::vanished(object.kind.noun, id)),
    }
}

/// The state of the object with the properties in `record`. The values that PBS does not return
/// come from `prior`.
fn state_of_record(object: &Object, record: &Record, prior: &Value) -> Value {
    let mut state = wire::decode(&object.fields, record, prior);
    if let (Key::Singleton(id), Some(attributes)) = (object.kind.key, state.as_map_mut()) {
        attributes.insert(schema::SINGLETON.to_owned(), id.into());
    }
    state
}

/// The id of the object with this state.
fn object_id(object: &Object, state: &Value) -> Result<String> {
    match (object.kind.key, object.identity(state)) {
        (Key::Singleton(id), _) => Ok(id.to_owned()),
        (Key::Property(_), Some((_, id))) => Ok(id.to_owned()),
        (Key::Property(_), None) => {
            Err(Diagnostic::failure("The state lacks the attribute that identifies the object."))
        }
    }
}

/// The diagnostic if PBS has refused to create or change the object. If PBS has refused the value
/// of an attribute, the diagnostic names the attribute. If the declaration has advice about PBS's
/// message, the diagnostic contains the advice.
fn refusal_diagnostic(object: &Object, error: Error) -> Diagnostic {
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
