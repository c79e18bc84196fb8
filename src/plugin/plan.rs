//! What a change comes to, from schema and values alone: pure functions that neither
//! know a resource nor ask anybody.
//!
//! The order is: defaults, the prior form of what means the same, write-only to
//! null, then computed attributes to unknown where anything changes.

use super::{
    path::Path,
    schema::{Attribute, Kind, Nesting, Schema},
    value::Value,
};
use std::iter;

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
    each_pair(&schema.attributes, planned, outcome, &|attribute, planned, outcome| match attribute
        .write_only
    {
        true => Value::Null,
        false if planned.wholly_known() => planned.clone(),
        false => outcome,
    })
}

/// What goes back after a read: the form that was there before, where it means
/// the same.
pub(super) fn refreshed(schema: &Schema, prior: &Value, fresh: Value) -> Value {
    each_pair(&schema.attributes, prior, fresh, &|attribute, prior, fresh| match attribute
        .write_only
    {
        true => Value::Null,
        false if attribute.means_the_same(prior, &fresh) => prior.clone(),
        false => fresh,
    })
}

/// The planned state with the write-only values of the configuration, as the
/// resource is handed it.
pub(super) fn with_write_only(schema: &Schema, planned: &Value, config: &Value) -> Value {
    each_pair(&schema.attributes, config, planned.clone(), &|attribute, config, planned| {
        match attribute.write_only {
            true => config.clone(),
            false => planned,
        }
    })
}

/// The configuration that would lead to `state`, for generated configuration:
/// without what only the provider sets.
pub(super) fn configuration(schema: &Schema, state: &Value) -> Value {
    each_pair(&schema.attributes, state, state.clone(), &|attribute, _, value| match attribute
        .required
        || attribute.optional
    {
        true => value,
        false => Value::Null,
    })
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
            Some(prior) if !prior.is_null() && attribute.means_the_same(prior, config) => {
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
                let found = left.iter().position(|prior| came_from(attributes, prior, item));
                let prior = found.map_or(&Value::Null, |index| left.swap_remove(index));
                object(attributes, prior, item)
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

/// Whether an element of a set is the outcome of this configuration: members of
/// a set have no name but what they hold.
fn came_from(attributes: &[Attribute], prior: &Value, config: &Value) -> bool {
    attributes.iter().filter(|attribute| !attribute.write_only).all(|attribute| {
        let prior = prior.get(attribute.name).unwrap_or(&Value::Null);
        match config.get(attribute.name).unwrap_or(&Value::Null) {
            Value::Null => match &attribute.default {
                Some(default) => attribute.means_the_same(prior, default),
                None => attribute.computed || prior.is_null(),
            },
            config => attribute.means_the_same(prior, config),
        }
    })
}

fn with_unknowns(attributes: &[Attribute], planned: Value, config: &Value) -> Value {
    let choose = |attribute: &Attribute, config: &Value, planned| {
        let left_to_us = attribute.computed && attribute.default.is_none() && config.is_null();
        match left_to_us && !attribute.stable {
            true => Value::Unknown,
            false => planned,
        }
    };
    // What is planned was built from the configuration, member by member.
    Pairs { sets_in_one_order: true, choose: &choose }.object(attributes, config, planned)
}

fn each_pair(
    attributes: &[Attribute],
    other: &Value,
    value: Value,
    choose: &dyn Fn(&Attribute, &Value, Value) -> Value,
) -> Value {
    Pairs { sets_in_one_order: false, choose }.object(attributes, other, value)
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
            _ if attribute.means_the_same(prior, planned) => {}
            _ if attribute.replaces => found.push(path),
            Kind::Plain(_) => {}
            Kind::Nested(nesting, inner) => match (nesting, prior, planned) {
                (Nesting::Single, prior, planned) => replaced(inner, prior, planned, &path, found),
                (Nesting::List, Value::List(prior), Value::List(planned)) => {
                    for (index, (prior, planned)) in prior.iter().zip(planned).enumerate() {
                        replaced(inner, prior, planned, &path.clone().index(index as i64), found);
                    }
                }
                (Nesting::Map, Value::Map(prior), Value::Map(planned)) => {
                    for (key, planned) in planned {
                        let prior = prior.get(key).unwrap_or(&Value::Null);
                        replaced(inner, prior, planned, &path.clone().key(key), found);
                    }
                }
                // A member of a set has no address of its own.
                (Nesting::Set, ..) if inner.iter().any(|inner| inner.replaces) => found.push(path),
                _ => {}
            },
        }
    }
}

/// Rebuilds `value` attribute by attribute, each beside its counterpart in
/// `other`: nested objects by position or key. Members of a set have neither;
/// where the two sets are not known to be in one order, `choose` sees them whole.
struct Pairs<'a> {
    sets_in_one_order: bool,
    choose: &'a dyn Fn(&Attribute, &Value, Value) -> Value,
}

impl Pairs<'_> {
    fn object(&self, attributes: &[Attribute], other: &Value, value: Value) -> Value {
        let (mut given, other) = match (value, other) {
            (Value::Map(given), Value::Map(other)) => (given, other),
            (value, _) => return value,
        };
        let rebuilt = attributes.iter().map(|attribute| {
            let value = given.remove(attribute.name).unwrap_or_default();
            let other = other.get(attribute.name).unwrap_or(&Value::Null);
            let value = match &attribute.kind {
                Kind::Nested(nesting, inner) => self.nested(*nesting, inner, other, value),
                Kind::Plain(_) => value,
            };
            (attribute.name.to_owned(), (self.choose)(attribute, other, value))
        });
        Value::Map(rebuilt.collect())
    }

    fn nested(&self, nesting: Nesting, inner: &[Attribute], other: &Value, value: Value) -> Value {
        let in_order = |values: Vec<Value>, others: &[Value]| {
            let others = others.iter().chain(iter::repeat(&Value::Null));
            values
                .into_iter()
                .zip(others)
                .map(|(value, other)| self.object(inner, other, value))
                .collect()
        };
        match (nesting, value, other) {
            (Nesting::Single, value, other) => self.object(inner, other, value),
            (Nesting::List, Value::List(values), Value::List(others)) => {
                Value::List(in_order(values, others))
            }
            (Nesting::Set, Value::Set(values), Value::Set(others)) if self.sets_in_one_order => {
                Value::Set(in_order(values, others))
            }
            (Nesting::Map, Value::Map(values), Value::Map(others)) => Value::Map(
                values
                    .into_iter()
                    .map(|(key, value)| {
                        let other = others.get(&key).unwrap_or(&Value::Null);
                        let value = self.object(inner, other, value);
                        (key, value)
                    })
                    .collect(),
            ),
            (_, value, _) => value,
        }
    }
}
