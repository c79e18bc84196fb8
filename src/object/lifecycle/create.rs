//! The creation of an object.

use super::{finish, id, refused, send, tasks, write_alone};
use crate::{
    object::{Object, messages, plan, private::Private, wire},
    pbs::{Body, Client, Error, Key, LostCreation, Record, Target},
};
use tf_plugin::{Cx, Diagnostic, Result, Value};

/// Creates an object. `plan` contains the values of write-only attributes, too.
pub(in crate::object) async fn create(
    object: &Object,
    cx: &Cx<Client>,
    plan: Value,
) -> Result<Value> {
    let (pbs, id, kind) = (cx.client()?, id(object, &plan)?, object.kind);
    plan::check_versions(object, pbs, &Value::Null, &plan).await?;
    if kind.is_singleton() {
        return adopt(object, cx, pbs, &id, plan).await;
    }
    if !pbs.object_was_absent(kind, &id).await? {
        return Err(already_exists(object, &id));
    }
    let mut body = wire::whole(&object.fields, &plan);
    for (property, value) in (object.creation_only)(&plan) {
        body.set.insert(property.into(), value);
    }
    // Even if the creation fails, every state that is saved from here on results from this
    // configuration.
    Private::applied(cx);
    match kind.tasks {
        Some(types) => tasks::create(object, cx, pbs, &id, &body, types, &plan).await?,
        None => post(object, cx, pbs, &id, &body, &plan).await?,
    }
    created(object, cx, pbs, &id, plan).await
}

/// Adds the settings of a singleton to those on the server.
async fn adopt(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    plan: Value,
) -> Result<Value> {
    let body = wire::whole(&object.fields, &plan);
    if !body.is_empty() {
        send(object, pbs, id, &body, None).await.map_err(|error| refused(object, error))?;
    }
    Private::applied(cx);
    finish(object, pbs, id, plan).await
}

/// Sends the request that creates the object. Succeeds if the object exists afterwards.
async fn post(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    body: &Body,
    plan: &Value,
) -> Result<()> {
    let _alone = write_alone(pbs, object.kind).await;
    let sensitive = wire::sensitive_properties(&object.fields);
    let Err(error) = pbs.create_object(object.kind, id, body, &sensitive).await else {
        return Ok(());
    };
    if error.already_exists() {
        return Err(id_is_taken(object, pbs, id).await);
    }
    if !error.response_lost() {
        return Err(refused(object, error));
    }
    let uncancellable = pbs.uncancellable();
    let look_up = || uncancellable.current_object(object.kind, id);
    let target = Target::object(object.kind, id);
    match uncancellable.outcome_of_lost_creation(target, look_up).await {
        LostCreation::Exists((record, _)) if is_as_planned(object, &record, plan) => {
            // The object may have been created by somebody else at the same time, with the same
            // properties and another secret. If the secret cannot be sent, the next apply replaces
            // the object.
            cx.checkpoint_tainted_value(plan::without_unknowns(plan));
            send_secrets(object, &uncancellable, id, body).await
        }
        LostCreation::Exists(_) => Err(already_exists(object, id)),
        LostCreation::NotCreated => Err(error.into_not_carried_out().into()),
        LostCreation::Pending => Err(maybe_created(object, cx, id, plan, &error, None)),
        LostCreation::Unknown(lookup) => {
            Err(maybe_created(object, cx, id, plan, &error, Some(lookup)))
        }
    }
}

/// Whether an object has the planned properties. Attributes without a planned value do not matter.
pub(super) fn is_as_planned(object: &Object, record: &Record, plan: &Value) -> bool {
    let found = wire::decode(&object.fields, record, plan);
    wire::same_properties(&object.fields, &found, plan)
}

/// Sends only the secrets of `body`, which is the content of the request that creates the object.
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
    send(object, pbs, id, &body, None).await.map_err(|error| refused(object, error))
}

/// Saves the state of an object that was just created, and then adds the values that the server has
/// determined.
async fn created(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    id: &str,
    plan: Value,
) -> Result<Value> {
    cx.checkpoint_value(plan::without_unknowns(&plan));
    let state = finish(object, pbs, id, plan).await?;
    plan::warn_of_missing_references(object, cx, pbs, &state).await;
    Ok(state)
}

/// The error if PBS refuses to create the object because its id is taken. An object of another kind
/// can have the id, because different kinds in one file can share one set of ids.
pub(super) async fn id_is_taken(object: &Object, pbs: &Client, id: &str) -> Diagnostic {
    match pbs.uncancellable().current_object(object.kind, id).await {
        Err(error) if object.kind.reports_other_kind(&error) => {
            messages::id_is_taken(object.kind.noun, id, key_name(object))
        }
        Ok(None) => messages::id_is_taken(object.kind.noun, id, key_name(object)),
        _ => already_exists(object, id),
    }
}

fn already_exists(object: &Object, id: &str) -> Diagnostic {
    messages::already_exists(object, id, key_name(object))
}

/// The name of the attribute that identifies the object.
fn key_name(object: &Object) -> &str {
    match (object.kind.key, object.key()) {
        (Key::Property(_), Some(field)) => &field.attribute.name,
        _ => "",
    }
}

/// The error if the response was lost, and it is not known whether the object exists. Unless a task
/// creates the object, the state is tainted, so that the next apply replaces the object.
pub(super) fn maybe_created(
    object: &Object,
    cx: &Cx<Client>,
    id: &str,
    plan: &Value,
    error: &Error,
    lookup: Option<Error>,
) -> Diagnostic {
    let state = plan::without_unknowns(plan);
    // If the state were tainted, the next apply would delete the object that the task has created.
    // The data of the object would stay, and the creation of the new object would fail because of
    // them. The next refresh shows whether the object exists.
    let is_tainted = object.kind.tasks.is_none();
    match is_tainted {
        true => cx.checkpoint_tainted_value(state),
        false => cx.checkpoint_value(state),
    }
    messages::maybe_created(object.kind.noun, id, error, lookup, is_tainted)
}
