//! Pure functions that plan according to the schema alone. They use neither the code of a resource
//! nor the server.
//!
//! [`planned`] applies these rules to each attribute, in this order:
//!
//! 1. A write-only attribute is null.
//! 2. If the configuration does not set an attribute, its default is planned. If there is no
//!    default, a computed attribute keeps its prior value, and any other attribute is null. A
//!    computed attribute of a new object is unknown.
//! 3. If the configured value is semantically equal to the prior value, the prior value is kept.
//! 4. If anything changes, every computed attribute becomes unknown. Exceptions are stable
//!    attributes, attributes with a default, and attributes that the configuration sets.
//!
//! Afterwards, the resource's own hook adjusts the planned state. [`replacements`] then finds the
//! changes that replace the object.

mod pairs;
mod replacements;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use replacements::replacements;

use crate::{
    path::{Path, Step},
    schema::{Attribute, Kind, Nesting, Schema},
    value::Value,
};
use pairs::{Pairs, could_become};

/// The planned state for `config`, before the resource's hook. `prior` is null if the object is
/// new.
pub(crate) fn planned(schema: &Schema, prior: &Value, config: &Value) -> Value {
    let planned = planned_object(&schema.attributes, prior, config);
    match prior.is_null() || planned == *prior {
        true => planned,
        false => with_unknowns(&schema.attributes, planned, config),
    }
}

/// The complete state to return after an apply. A known planned value is returned unchanged,
/// because core rejects any other value. An unknown planned value is replaced with the value from
/// `result`, the state that the resource returned.
pub(crate) fn completed(schema: &Schema, planned: &Value, result: Value) -> Value {
    let choose = |attribute: &Attribute, planned: &Value, result| match attribute.write_only {
        true => Value::Null,
        false if planned.wholly_known() => planned.clone(),
        false => result,
    };
    // Attributes missing from the plan are treated as unknown.
    Pairs::by_content(&Value::Unknown, &choose).object(&schema.attributes, planned, result)
}

/// The state to return after a read. If a value in `read` is semantically equal to the prior value,
/// the prior value is kept. `prior` is null if there is no prior state, for example after an
/// import.
pub(crate) fn refreshed(schema: &Schema, prior: &Value, read: Value) -> Value {
    let choose = |attribute: &Attribute, prior: &Value, read| match attribute.write_only {
        true => Value::Null,
        false if attribute.semantically_equal(prior, &read) => prior.clone(),
        false => read,
    };
    Pairs::by_content(&Value::Null, &choose).object(&schema.attributes, prior, read)
}

/// The `plan` argument of a resource's `create` and `update`: the planned state, completed with the
/// write-only values from the configuration.
pub(crate) fn with_write_only(schema: &Schema, planned: &Value, config: &Value) -> Value {
    let choose = |attribute: &Attribute, config: &Value, planned| match attribute.write_only {
        true => config.clone(),
        false => planned,
    };
    let pairs = Pairs::by_content(&Value::Null, &choose);
    pairs.object(&schema.attributes, config, planned.clone())
}

/// Generates the configuration for an object with this state. Attributes that only the provider
/// sets are left out.
pub(crate) fn configuration(schema: &Schema, state: &Value) -> Value {
    let choose =
        |attribute: &Attribute, _: &Value, value| match attribute.required || attribute.optional {
            true => value,
            false => Value::Null,
        };
    let pairs = Pairs::by_content(&Value::Null, &choose);
    pairs.object(&schema.attributes, &Value::Null, state.clone())
}

/// The planned object with these attributes.
fn planned_object(attributes: &[Attribute], prior: &Value, config: &Value) -> Value {
    let Value::Map(configured) = config else { return config.clone() };
    let plan = |attribute: &Attribute| {
        let config = configured.get(&*attribute.name).unwrap_or(&Value::Null);
        let prior = prior.as_map().and_then(|prior| prior.get(&*attribute.name));
        (attribute.name.to_string(), planned_value(attribute, prior, config))
    };
    Value::Map(attributes.iter().map(plan).collect())
}

/// The planned value of an attribute. `prior` is `None` if the object that contains the attribute
/// is new.
fn planned_value(attribute: &Attribute, prior: Option<&Value>, config: &Value) -> Value {
    if attribute.write_only {
        return Value::Null;
    }
    match (config, &attribute.kind) {
        (Value::Null, _) => match (&attribute.default, attribute.computed, prior) {
            (Some(default), _, _) => default.clone(),
            (None, true, Some(prior)) => prior.clone(),
            (None, true, None) => Value::Unknown,
            (None, false, _) => Value::Null,
        },
        (Value::Unknown, _) => Value::Unknown,
        (_, Kind::Nested(nesting, attributes)) => {
            planned_nested(*nesting, attributes, prior.unwrap_or(&Value::Null), config)
        }
        (_, Kind::Plain(_)) => match prior {
            Some(prior) if !prior.is_null() && attribute.semantically_equal(prior, config) => {
                prior.clone()
            }
            _ => config.clone(),
        },
    }
}

/// The planned value of an attribute with nested objects. `attributes` are the attributes of a
/// nested object.
fn planned_nested(
    nesting: Nesting,
    attributes: &[Attribute],
    prior: &Value,
    config: &Value,
) -> Value {
    let null = &Value::Null;
    match (nesting, config) {
        (Nesting::Single, _) => planned_object(attributes, prior, config),
        (_, Value::List(elements)) => {
            let priors = match prior {
                Value::List(priors) => priors.as_slice(),
                _ => &[],
            };
            let plan = |(index, element)| {
                planned_object(attributes, priors.get(index).unwrap_or(null), element)
            };
            Value::List(elements.iter().enumerate().map(plan).collect())
        }
        (_, Value::Map(elements)) => {
            let plan = |(key, element): (&String, &Value)| {
                let prior = prior.get(key).unwrap_or(null);
                (key.clone(), planned_object(attributes, prior, element))
            };
            Value::Map(elements.iter().map(plan).collect())
        }
        (_, Value::Set(elements)) => planned_set(attributes, prior, elements),
        _ => config.clone(),
    }
}

/// The planned set. The elements of a set have no key. Each element is therefore paired with the
/// first prior element that has the same content and is not paired yet.
fn planned_set(attributes: &[Attribute], prior: &Value, elements: &[Value]) -> Value {
    let mut remaining: Vec<&Value> = match prior {
        Value::Set(priors) => priors.iter().collect(),
        _ => Vec::new(),
    };
    let plan = |element: &Value| {
        let new_element = planned_object(attributes, &Value::Null, element);
        // An element with unknown parts could match any prior element. Such an element is therefore
        // treated as new, and planned in its configured notation. During apply, core plans again,
        // and all parts of the element are known. If the element matches a prior element in this
        // second plan, the second plan keeps the notation of the prior element. Only in this case,
        // a known value of the first plan has another notation in the second plan.
        let index = match element.wholly_known() {
            true => {
                remaining.iter().position(|prior| could_become(attributes, &new_element, prior))
            }
            false => None,
        };
        match index {
            Some(index) => planned_object(attributes, remaining.remove(index), element),
            None => new_element,
        }
    };
    Value::Set(elements.iter().map(plan).collect())
}

/// Applies rule 4 of the module's documentation: replaces the values that only `create` or `update`
/// can determine with unknown.
fn with_unknowns(attributes: &[Attribute], planned: Value, config: &Value) -> Value {
    let choose = |attribute: &Attribute, config: &Value, planned| {
        let provider_decides =
            attribute.computed && attribute.default.is_none() && config.is_null();
        match provider_decides && !attribute.stable {
            true => Value::Unknown,
            false => planned,
        }
    };
    // The plan was built from the configuration element by element, so a set has the same order in
    // the plan and in the configuration. Objects that the configuration does not contain stay
    // unchanged.
    let pairs = Pairs { sets_in_same_order: true, fallback: None, choose: &choose };
    pairs.object(attributes, config, planned)
}
