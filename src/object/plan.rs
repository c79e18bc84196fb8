//! The rules for a plan that the schema cannot express.

use super::{
    Change, Object, block::Declared, field::Field, messages, private::Private, schema, secrets,
    wire::default,
};
use crate::pbs::{Client, Key, Version};
use tf_plugin::{Cx, Diagnostic, Path, Result, Value, View};

/// Adjusts the planned state, and reports errors and warnings.
pub(super) async fn plan(
    declared: &Declared,
    cx: &Cx<Client>,
    prior: &Value,
    config: &Value,
    planned: &mut Value,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<()> {
    let (object, schema) = (declared.object(), declared.resource_schema());
    if !planned.is_null() {
        if let (Key::Singleton(id), Some(attributes)) = (object.kind.key, planned.as_map_mut()) {
            attributes.insert(schema::SINGLETON.to_owned(), id.into());
        }
        leave_alone(object, cx, prior, config, planned);
        if let Some(fill) = object.fill {
            let values = fill(&Change { schema, prior, planned }, View::new(config, schema))?;
            let attributes = planned.as_map_mut().into_iter();
            attributes.for_each(|known| {
                known
                    .extend(values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
            });
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
        // If the version cannot be read, the apply reports the error.
        if !needs.is_empty()
            && let Ok(version) = pbs.version().await
        {
            let too_old = needs.into_iter().filter(|(_, since)| version < *since);
            diagnostics
                .extend(too_old.map(|(path, since)| messages::too_old(path, since, version)));
        }
    }
    if let Some(ask) = object.ask {
        diagnostics.append(&mut ask(pbs, &change).await);
    }
    Ok(())
}

/// Plans the attributes of [`Field::left_alone`]: if the configuration has never set such an
/// attribute, the provider does not change the value on the server.
///
/// If the configuration no longer sets an attribute that the last applied configuration has set,
/// the value is removed. If neither configuration sets the attribute, the prior value is kept, and
/// no request contains it.
fn leave_alone(
    object: &Object,
    cx: &Cx<Client>,
    prior: &Value,
    config: &Value,
    planned: &mut Value,
) {
    let mut private = Private::of(cx);
    let mut configured = Vec::new();
    let Some(attributes) = planned.as_map_mut() else { return };
    for field in object.fields.iter().filter(|field| field.left_alone) {
        let name = &*field.attribute.name;
        if config.get(name).is_some_and(|value| !value.is_null()) {
            configured.push(name.to_owned());
        } else if private.configured.iter().any(|known| known == name) {
            attributes.insert(name.to_owned(), Value::Null);
        } else if prior.is_null() && !object.kind.is_singleton() {
            // The object is new, so the server has no value.
            attributes.insert(name.to_owned(), Value::Null);
        }
    }
    if object.fields.iter().any(|field| field.left_alone) {
        private.planned = Some(configured);
        private.store(cx);
    }
}

/// Checks that the server knows every property that the change needs.
///
/// # Errors
/// The server is too old. The error names the attribute and the version.
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

/// The changed attributes that need a minimum version of PBS, each with this version. A change to
/// the default needs no version, because a server without the property behaves according to the
/// default.
fn needed_versions(
    fields: &[Field],
    prior: &Value,
    planned: &Value,
    parent: Path,
) -> Vec<(Path, Version)> {
    let mut needs = Vec::new();
    for field in fields {
        let get = |object: &Value| object.get(&field.attribute.name).cloned().unwrap_or_default();
        let (before, after) = (get(prior), get(planned));
        let changes = !field.attribute.semantically_equal(&before, &after);
        if !changes || is_missing(field, &after) {
            continue;
        }
        let path = parent.clone().attribute(&*field.attribute.name);
        if let Some(since) = field.since {
            needs.push((path.clone(), since));
        }
        let chooses = |value: &Value, choice: &str| match value {
            Value::List(texts) | Value::Set(texts) => {
                texts.iter().any(|text| text.as_str() == Some(choice))
            }
            text => text.as_str() == Some(choice),
        };
        let later = field.later_choices.iter();
        let later =
            later.filter(|(choice, _)| chooses(&after, choice) && !chooses(&before, choice));
        needs.extend(later.map(|(_, since)| (path.clone(), *since)));
        if let Some(parts) = field.inner()
            && after.as_map().is_some()
        {
            needs.extend(needed_versions(&parts.fields, &before, &after, path));
        }
    }
    needs
}

/// Whether the server stores no property for the value. An unknown value counts, too: either the
/// server determines it, or the apply checks the version again when the value is known.
fn is_missing(field: &Field, value: &Value) -> bool {
    match value {
        Value::Null | Value::Unknown => true,
        Value::Map(parts) => parts.values().all(Value::is_null),
        _ => value.is_empty() || *value == default(field),
    }
}

/// The planned state with null in place of the unknown values, which the server has not determined
/// yet.
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

/// Warns if an attribute of a new object is the id of another object that does not exist, and that
/// this run is not going to create. PBS does not check this. If a request fails, there is no
/// warning.
pub(super) async fn warn_of_missing_references(
    object: &Object,
    cx: &Cx<Client>,
    pbs: &Client,
    state: &Value,
) {
    for field in &object.fields {
        let (Some(kind), name) = (field.refers, &*field.attribute.name) else { continue };
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
