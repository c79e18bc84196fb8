//! The rules for the plan of a configuration object that the schema cannot express.

use super::{
    Change, Object, block::ObjectAndSchemas, field::Field, messages, private::PrivateData, schema,
    secrets, wire::default_value,
};
use crate::pbs::{Client, Key, Version};
use tf_plugin::{Cx, Diagnostic, Path, Result, Value, View};

/// Changes the planned state according to the declaration, and adds errors and warnings of the
/// plan.
pub(super) async fn plan(
    declaration: &ObjectAndSchemas,
    cx: &Cx<Client>,
    prior: &Value,
    config: &Value,
    planned: &mut Value,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<()> {
    let (object, schema) = (declaration.object(), declaration.resource_schema());
    if !planned.is_null() {
        if let (Key::Singleton(id), Some(attributes)) = (object.kind.key, planned.as_map_mut()) {
            attributes.insert(schema::SINGLETON.to_owned(), id.into());
        }
        plan_left_alone(object, cx, prior, config, planned);
        if let Some(fill) = object.fill {
            let values = fill(&Change { schema, prior, planned }, View::new(config, schema))?;
            if let Some(attributes) = planned.as_map_mut() {
                let values = values.into_iter().map(|(name, value)| (name.to_owned(), value));
                attributes.extend(values);
            }
        }
        secrets::check_plan(object, prior, config, diagnostics);
    }
    let change = Change { schema, prior, planned };
    (object.warn)(&change, diagnostics)?;
    let Ok(pbs) = cx.client() else { return Ok(()) };
    if let (true, Some((_, id))) = (change.is_creation(), object.identity(planned)) {
        pbs.plan_object(object.kind, id);
    }
    if !change.is_deletion() {
        let needs = needed_versions(&object.fields, prior, planned, Path::root());
        // If the client cannot read the version, the plan succeeds, and the apply reports the
        // error.
        if !needs.is_empty()
            && let Ok(version) = pbs.version().await
        {
            let unmet_needs = needs.into_iter().filter(|(_, since)| version < *since);
            diagnostics
                .extend(unmet_needs.map(|(path, since)| messages::too_old(path, since, version)));
        }
    }
    if let Some(ask) = object.ask {
        diagnostics.append(&mut ask(pbs, &change).await);
    }
    Ok(())
}

/// Plans the attributes of [`Field::left_alone`] that the configuration does not set. If the last
/// applied configuration has set the attribute, the plan removes its value. Otherwise, the plan
/// keeps the prior value, and no request contains the value.
fn plan_left_alone(
    object: &Object,
    cx: &Cx<Client>,
    prior: &Value,
    config: &Value,
    planned: &mut Value,
) {
    let mut private = PrivateData::of(cx);
    let mut configured = Vec::new();
    let Some(attributes) = planned.as_map_mut() else { return };
    for field in object.fields.iter().filter(|field| field.left_alone) {
        let name = &*field.attribute.name;
        if config.get(name).is_some_and(|value| !value.is_null()) {
            configured.push(name.to_owned());
        } else if private.configured.iter().any(|configured| configured == name) {
            attributes.insert(name.to_owned(), Value::Null);
        } else if prior.is_null() && !object.kind.is_singleton() {
            // The object does not exist yet, so there is no value on the server.
            attributes.insert(name.to_owned(), Value::Null);
        }
    }
    if object.fields.iter().any(|field| field.left_alone) {
        private.planned = Some(configured);
        private.store(cx);
    }
}

/// Checks that the server is new enough for every property that the change from `prior` to `plan`
/// sets.
///
/// # Errors
/// The server is too old for a property. The error names the attribute and the needed version.
pub(super) async fn check_versions(
    object: &Object,
    pbs: &Client,
    prior: &Value,
    plan: &Value,
) -> Result<()> {
    let needs = needed_versions(&object.fields, prior, plan, Path::root());
    if needs.is_empty() {
        return Ok(());
    }
    let version = pbs.version().await?;
    match needs.into_iter().find(|(_, since)| version < *since) {
        Some((path, since)) => Err(messages::too_old(path, since, version)),
        None => Ok(()),
    }
}

/// The changed attributes that need a minimum version of PBS, each with this version. An attribute
/// that changes to its default needs no minimum version, because a server that lacks the property
/// behaves as if the property had the default.
fn needed_versions(
    fields: &[Field],
    prior: &Value,
    planned: &Value,
    path_of_object: Path,
) -> Vec<(Path, Version)> {
    let mut needs = Vec::new();
    for field in fields {
        let get = |object: &Value| object.get(&field.attribute.name).cloned().unwrap_or_default();
        let (before, after) = (get(prior), get(planned));
        let changes = !field.attribute.semantically_equal(&before, &after);
        if !changes || needs_no_property(field, &after) {
            continue;
        }
        let path = path_of_object.clone().attribute(&*field.attribute.name);
        if let Some(since) = field.since {
            needs.push((path.clone(), since));
        }
        let chooses = |value: &Value, choice: &str| match value {
            Value::List(texts) | Value::Set(texts) => {
                texts.iter().any(|text| text.as_str() == Some(choice))
            }
            text => text.as_str() == Some(choice),
        };
        let new_choices = (field.later_choices.iter())
            .filter(|(choice, _)| chooses(&after, choice) && !chooses(&before, choice));
        needs.extend(new_choices.map(|(_, since)| (path.clone(), *since)));
        if let Some(parts) = field.parts_of_value()
            && after.as_map().is_some()
        {
            needs.extend(needed_versions(&parts.fields, &before, &after, path));
        }
    }
    needs
}

/// Whether an object with this value of the attribute needs no property on the server. The result
/// is also true for an unknown value, which needs no check in the plan: either the server
/// determines the value, or the apply checks the version when the value is known.
fn needs_no_property(field: &Field, value: &Value) -> bool {
    match value {
        Value::Null | Value::Unknown => true,
        Value::Map(parts) => parts.values().all(Value::is_null),
        _ => value.is_empty() || *value == default_value(field),
    }
}

/// The planned state with null in place of each unknown value. The provider stores this state
/// before it has read the values that the server determines.
pub(super) fn without_unknowns(plan: &Value) -> Value {
    match plan {
        Value::Map(attributes) => Value::Map(
            (attributes.iter())
                .map(|(name, value)| match value.wholly_known() {
                    true => (name.clone(), value.clone()),
                    false => (name.clone(), Value::Null),
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

/// Warns if an attribute of a new object contains the id of an object that does not exist, because
/// PBS does not check this. If this run is going to create the missing object, or if a request
/// fails, the function does not warn.
pub(super) async fn warn_of_missing_references(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    state: &Value,
) {
    for field in &object.fields {
        let (Some(kind), name) = (field.referenced_kind, &*field.attribute.name) else { continue };
        let ids = match state.get(name) {
            Some(Value::List(ids) | Value::Set(ids)) => ids.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        for id in ids.iter().filter_map(Value::as_str) {
            if !pbs.has_planned_object(kind, id)
                && let Ok(None) = pbs.object(kind, id).await
            {
                cx.warn(messages::no_such_reference(kind.noun, id, name));
            }
        }
    }
}
