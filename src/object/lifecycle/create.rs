//! The creation of a configuration object.

use super::{object_id, refusal_diagnostic, send_update, state_after_write, tasks, write_alone};
use crate::{
    object::{Object, messages, plan, private::PrivateData, wire},
    pbs::{Body, Client, Error, Key, LostCreation, Record, Target},
};
use tf_plugin::{Cx, Diagnostic, Result, Value};

/// Creates an object, and returns its state. Unlike a state, `plan` contains the values of
/// write-only attributes.
pub(in crate::object) async fn create(
    object: &Object,
    cx: &Cx<Client>,
    plan: Value,
) -> Result<Value> {
    let (pbs, id, kind) = (cx.client()?, object_id(object, &plan)?, object.kind);
    plan::check_versions(object, pbs, &Value::Null, &plan).await?;
    if kind.is_singleton() {
        return add_settings(object, cx, pbs, &id, plan).await;
    }
    if !pbs.object_was_absent(kind, &id).await? {
        return Err(already_exists(object, &id));
    }
    let mut body = wire::creation_body(&object.fields, &plan);
    for (property, value) in (object.creation_only)(&plan) {
        body.set.insert(property.into(), value);
    }
    // Even if the creation fails, every state that the provider saves after this line comes from
    // this configuration.
    PrivateData::record_applied(cx);
    match kind.task_types {
        Some(types) => tasks::create(object, cx, pbs, &id, &body, types, &plan).await?,
        None => send_creation(object, cx, pbs, &id, &body, &plan).await?,
    }
    state_of_new_object(object, cx, pbs, &id, plan).await
}

/// Adds the planned settings of a singleton to the settings that it has on the server.
async fn add_settings(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    plan: Value,
) -> Result<Value> {
    let body = wire::creation_body(&object.fields, &plan);
    if !body.is_empty() {
        send_update(object, pbs, id, &body, None)
            .await
            .map_err(|error| refusal_diagnostic(object, error))?;
    }
    PrivateData::record_applied(cx);
    state_after_write(object, pbs, id, plan).await
}

/// Sends the request that creates the object. Succeeds if PBS has created the object.
async fn send_creation(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    body: &Body,
    plan: &Value,
) -> Result<()> {
    let _guard = write_alone(pbs, object.kind).await;
    let sensitive = wire::sensitive_properties(&object.fields);
    let Err(error) = pbs.create_object(object.kind, id, body, &sensitive).await else {
        return Ok(());
    };
    if error.already_exists() {
        return Err(id_is_taken(object, pbs, id).await);
    }
    if !error.response_lost() {
        return Err(refusal_diagnostic(object, error));
    }
    let uncancellable = pbs.uncancellable();
    let look_up = || uncancellable.current_object(object.kind, id);
    let target = Target::object(object.kind, id);
    match uncancellable.outcome_of_lost_creation(target, look_up).await {
        LostCreation::Exists((record, _)) if is_as_planned(object, &record, plan) => {
            // Another client may have created the object at the same time, with the same properties
            // and another secret. The provider therefore sends the secrets again. If this fails,
            // the next apply replaces the object, because the object is tainted.
            cx.checkpoint_tainted_value(plan::without_unknowns(plan));
            send_secrets(object, &uncancellable, id, body).await
        }
        LostCreation::Exists(_) => Err(already_exists(object, id)),
        LostCreation::NotCreated => Err(error.into_not_carried_out().into()),
        LostCreation::Pending => Err(maybe_created(object, cx, id, plan, &error, None)),
        LostCreation::Unknown(lookup_error) => {
            Err(maybe_created(object, cx, id, plan, &error, Some(lookup_error)))
        }
    }
}

/// Whether the object with the properties in `record` is as planned. The function ignores secrets,
/// and attributes whose planned value is unknown.
pub(super) fn is_as_planned(object: &Object, record: &Record, plan: &Value) -> bool {
    let found = wire::decode(&object.fields, record, plan);
    wire::same_properties(&object.fields, &found, plan)
}

/// Sends an update with the secrets of the object. `body` is the content of the request that
/// creates the object.
async fn send_secrets(object: &Object, pbs: &Client, id: &str, body: &Body) -> Result<()> {
    let is_secret = |property: &str| {
        object.fields.iter().any(|field| field.is_secret() && field.property == property)
    };
    let set: Vec<_> = (body.set.iter())
        .filter(|(property, _)| is_secret(property))
        .map(|(property, value)| (property.clone(), value.clone()))
        .collect();
    if set.is_empty() {
        return Ok(());
    }
    let body = Body { set: set.into_iter().collect(), delete: Vec::new() };
    send_update(object, pbs, id, &body, None)
        .await
        .map_err(|error| refusal_diagnostic(object, error))
}

/// Returns the state of an object that was just created. Before this function reads the values that
/// the server has determined, it saves the state without these values.
async fn state_of_new_object(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    plan: Value,
) -> Result<Value> {
    cx.checkpoint_value(plan::without_unknowns(&plan));
    let state = state_after_write(object, pbs, id, plan).await?;
    plan::warn_of_missing_references(object, cx, pbs, &state).await;
    Ok(state)
}

/// The error if PBS refuses to create the object because another object has the id. This can be an
/// object of another kind, because the kinds in one configuration file can share one set of ids.
pub(super) async fn id_is_taken(object: &Object, pbs: &Client, id: &str) -> Diagnostic {
    match pbs.uncancellable().current_object(object.kind, id).await {
        Err(error) if object.kind.reports_other_kind(&error) => {
            messages::id_is_taken(object.kind.noun, id, key_name(object))
        }
        Ok(None) => messages::id_is_taken(object.kind.noun, id, key_name(object)),
        _ => already_exists(object, id),
    }
}

/// The error if an object of the same kind has the id.
fn already_exists(object: &Object, id: &str) -> Diagnostic {
    messages::already_exists(object, id, key_name(object))
}

/// The name of the attribute that identifies the object. Empty for a singleton.
fn key_name(object: &Object) -> &str {
    match (object.kind.key, object.key()) {
        (Key::Property(_), Some(field)) => &field.attribute.name,
        _ => "",
    }
}

/// The error if the provider has not received the response to the request that creates the object,
/// and does not know whether the object exists. This function also saves the planned state. Unless
/// a task creates the object, the saved state is tainted, so that the next apply replaces the
/// object. `lookup_error` is the error of the search for the object, if the search has failed.
pub(super) fn maybe_created(
    object: &Object,
    cx: &Cx<Client>,
    id: &str,
    plan: &Value,
    error: &Error,
    lookup_error: Option<Error>,
) -> Diagnostic {
    let state = plan::without_unknowns(plan);
    // If a task creates the object, the state is not tainted. Otherwise, the next apply would
    // delete the object that the task has created, but not the data of this object. The creation of
    // a new object would then fail because of these data. Without the taint, the next refresh shows
    // whether the object exists.
    let is_tainted = object.kind.task_types.is_none();
    match is_tainted {
        true => cx.checkpoint_tainted_value(state),
        false => cx.checkpoint_value(state),
    }
    messages::maybe_created(object.kind.noun, id, error, lookup_error, is_tainted)
}
