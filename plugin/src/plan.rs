//! What a change comes to, from schema and values alone: pure functions that neither
//! know a resource nor ask anybody.
//!
//! The order is: defaults, the prior form of what means the same, write-only to
//! null, then computed attributes to unknown where anything changes.

mod pairs;

use super::{
    path::{Path, Step},
    schema::{Attribute, Kind, Nesting, Schema},
    value::Value,
};
use pairs::{Pairs, fits};
use std::collections::{BTreeMap, BTreeSet};

/// The state that is planned for `config` where there was `prior` (null when
/// there was nothing), before the resource's own word.
pub(super) fn planned(schema: &Schema, prior: &Value, config: &Value) -> Value {
    let planned = object(&schema.attributes, prior, config);
    match prior.is_null() || planned == *prior {
        true => planned,
        false => with_unknowns(&schema.attributes, planned, config),
    }
}

/// Where the change from `prior` to `planned` needs a new object.
pub(super) fn replacements(schema: &Schema, prior: &Value, planned: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    replaced(&schema.attributes, prior, planned, &Path::default(), &mut found);
    found
}

/// What goes back after a change: what was planned, and what was unknown then
/// as it turned out. Core insists on the exact planned value.
pub(super) fn settled(schema: &Schema, planned: &Value, outcome: Value) -> Value {
    // Of what is not planned nothing is known.
    let choose = |attribute: &Attribute, planned: &Value, outcome| match attribute.write_only {
        true => Value::Null,
        false if planned.wholly_known() => planned.clone(),
        false => outcome,
    };
    Pairs::by_meaning(&Value::Unknown, &choose).object(&schema.attributes, planned, outcome)
}

/// What goes back after a read: the form that was there before, where it means
/// the same. `prior` is null after an import.
pub(super) fn refreshed(schema: &Schema, prior: &Value, fresh: Value) -> Value {
    let choose = |attribute: &Attribute, prior: &Value, fresh| match attribute.write_only {
        true => Value::Null,
        false if attribute.semantically_equal(prior, &fresh) => prior.clone(),
        false => fresh,
    };
    Pairs::by_meaning(&Value::Null, &choose).object(&schema.attributes, prior, fresh)
}

/// The planned state with the write-only values of the configuration, as the
/// resource is handed it.
pub(super) fn with_write_only(schema: &Schema, planned: &Value, config: &Value) -> Value {
    let choose = |attribute: &Attribute, config: &Value, planned| match attribute.write_only {
        true => config.clone(),
        false => planned,
    };
    let pairs = Pairs::by_meaning(&Value::Null, &choose);
    pairs.object(&schema.attributes, config, planned.clone())
}

/// The configuration that would lead to `state`, for generated configuration:
/// without what only the provider sets.
pub(super) fn configuration(schema: &Schema, state: &Value) -> Value {
    let choose =
        |attribute: &Attribute, _: &Value, value| match attribute.required || attribute.optional {
            true => value,
            false => Value::Null,
        };
    Pairs::by_meaning(&Value::Null, &choose).object(&schema.attributes, &Value::Null, state.clone())
}

fn object(attributes: &[Attribute], prior: &Value, config: &Value) -> Value {
    let Value::Map(given) = config else { return config.clone() };
    Value::Map(
        attributes
            .iter()
            .map(|attribute| {
                let config = given.get(attribute.name).unwrap_or(&Value::Null);
                let value = match prior {
                    Value::Map(prior) => {
                        attribute_value(attribute, prior.get(attribute.name), config)
                    }
                    _ => attribute_value(attribute, None, config),
                };
                (attribute.name.to_owned(), value)
            })
            .collect(),
    )
}

/// `prior` is absent where the object around the attribute is new.
fn attribute_value(attribute: &Attribute, prior: Option<&Value>, config: &Value) -> Value {
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
            nested(*nesting, attributes, prior.unwrap_or(&Value::Null), config)
        }
        (_, Kind::Plain(_)) => match prior {
            Some(prior) if !prior.is_null() && attribute.semantically_equal(prior, config) => {
                prior.clone()
            }
            _ => config.clone(),
        },
    }
}

fn nested(nesting: Nesting, attributes: &[Attribute], prior: &Value, config: &Value) -> Value {
    match (nesting, config) {
        (Nesting::Single, _) => object(attributes, prior, config),
        (_, Value::List(items)) => Value::List(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| object(attributes, prior_item(prior, index), item))
                .collect(),
        ),
        (_, Value::Map(items)) => Value::Map(
            items
                .iter()
                .map(|(key, item)| {
                    (key.clone(), object(attributes, prior.get(key).unwrap_or(&Value::Null), item))
                })
                .collect(),
        ),
        (_, Value::Set(items)) => {
            let mut left: Vec<&Value> = match prior {
                Value::Set(prior) => prior.iter().collect(),
                _ => Vec::new(),
            };
            let planned = items.iter().map(|item| {
                let new = object(attributes, &Value::Null, item);
                // What is not wholly known may become any member, and is a new one till then,
                // in the form that is configured: the one form that core would see change if
                // it became a member of before that is written otherwise.
                let found = match item.wholly_known() {
                    true => left.iter().position(|prior| fits(attributes, &new, prior)),
                    false => None,
                };
                match found {
                    Some(index) => object(attributes, left.remove(index), item),
                    None => new,
                }
            });
            Value::Set(planned.collect())
        }
        _ => config.clone(),
    }
}

fn prior_item(prior: &Value, index: usize) -> &Value {
    match prior {
        Value::List(items) => items.get(index).unwrap_or(&Value::Null),
        _ => &Value::Null,
    }
}

fn with_unknowns(attributes: &[Attribute], planned: Value, config: &Value) -> Value {
    let choose = |attribute: &Attribute, config: &Value, planned| {
        let left_to_us = attribute.computed && attribute.default.is_none() && config.is_null();
        match left_to_us && !attribute.stable {
            true => Value::Unknown,
            false => planned,
        }
    };
    // What is planned was built from the configuration, member by member; what was not
    // stays whole.
    let pairs = Pairs { by_position: true, absent: None, choose: &choose };
    pairs.object(attributes, config, planned)
}

fn replaced(
    attributes: &[Attribute],
    prior: &Value,
    planned: &Value,
    path: &Path,
    found: &mut Vec<Path>,
) {
    for attribute in attributes {
        let path = path.clone().attribute(attribute.name);
        let prior = prior.get(attribute.name).unwrap_or(&Value::Null);
        let planned = planned.get(attribute.name).unwrap_or(&Value::Null);
        match &attribute.kind {
            _ if attribute.semantically_equal(prior, planned) => {}
            _ if attribute.replaces => found.push(path),
            Kind::Plain(_) => {}
            Kind::Nested(nesting, inner) => match (nesting, planned) {
                // A member of a set has no address of its own, and what is not known may
                // become anything.
                (Nesting::Set, _) | (_, Value::Unknown) => {
                    if replace_anywhere(inner) {
                        found.push(path);
                    }
                }
                (Nesting::Single, _) => replaced(inner, prior, planned, &path, found),
                (Nesting::List, _) => {
                    let (prior, planned) = (prior.as_list(), planned.as_list());
                    let (prior, planned) = (prior.unwrap_or(&[]), planned.unwrap_or(&[]));
                    for index in 0..prior.len().max(planned.len()) {
                        let of = |list: &'_ [Value]| list.get(index).cloned().unwrap_or_default();
                        let path = path.clone().step(Step::at(index));
                        replaced(inner, &of(prior), &of(planned), &path, found);
                    }
                }
                (Nesting::Map, _) => {
                    let keys = |of: &Value| {
                        of.as_map().into_iter().flat_map(BTreeMap::keys).cloned().collect()
                    };
                    let all: BTreeSet<String> = keys(prior);
                    for key in all.union(&keys(planned)) {
                        let of = |map: &Value| map.get(key).cloned().unwrap_or_default();
                        let path = path.clone().key(key);
                        replaced(inner, &of(prior), &of(planned), &path, found);
                    }
                }
            },
        }
    }
}

fn replace_anywhere(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.kind {
        _ if attribute.replaces => true,
        Kind::Nested(_, inner) => replace_anywhere(inner),
        Kind::Plain(_) => false,
    })
}

#[cfg(test)]
mod arbitrary;
#[cfg(test)]
pub(super) mod notation;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
