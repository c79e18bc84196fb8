//! Visits two values of the same schema in parallel. The only planning rule in this module is
//! `could_become`, which decides which elements of two sets belong together.

use crate::{
    schema::{Attribute, Kind, Nesting},
    value::Value,
};
use std::iter;

/// Rebuilds a value attribute by attribute. Each attribute is paired with the same attribute of a
/// second value, which is called the other side. From such a pair, `choose` computes the new value
/// of the attribute. List elements are paired by position, map elements by key, and set elements by
/// content.
pub(super) struct Pairs<'a> {
    /// Whether each set has its elements in the same order on both sides. If this is true, the
    /// elements of sets are paired by position.
    pub(super) sets_in_same_order: bool,
    /// The value that takes the place of a match if the other side has no match. If this is `None`,
    /// an object without a match stays unchanged.
    pub(super) fallback: Option<&'a Value>,
    /// Computes the new value of an attribute. The arguments are the attribute, its value on the
    /// other side, and its value in the object that is being rebuilt.
    pub(super) choose: &'a dyn Fn(&Attribute, &Value, Value) -> Value,
}

impl<'a> Pairs<'a> {
    /// Pairs the elements of sets by content.
    pub(super) fn by_content(
        fallback: &'a Value,
        choose: &'a dyn Fn(&Attribute, &Value, Value) -> Value,
    ) -> Self {
        Self { sets_in_same_order: false, fallback: Some(fallback), choose }
    }

    /// Rebuilds the object `value`. `other` is the other side.
    pub(super) fn object(&self, attributes: &[Attribute], other: &Value, value: Value) -> Value {
        let Value::Map(mut fields) = value else { return value };
        let counterpart = |name: &str| match (other, self.fallback) {
            (Value::Map(other), fallback) => other.get(name).or(fallback),
            (_, fallback) => fallback,
        };
        let rebuilt = attributes.iter().map(|attribute| {
            let value = fields.remove(&*attribute.name).unwrap_or_default();
            let Some(other) = counterpart(&attribute.name) else {
                return (attribute.name.to_string(), value);
            };
            let value = match &attribute.kind {
                Kind::Nested(nesting, inner) => self.nested(*nesting, inner, other, value),
                Kind::Plain(_) => value,
            };
            (attribute.name.to_string(), (self.choose)(attribute, other, value))
        });
        Value::Map(rebuilt.collect())
    }

    /// Rebuilds the nested objects in `value`. `inner` are the attributes of a nested object.
    fn nested(&self, nesting: Nesting, inner: &[Attribute], other: &Value, value: Value) -> Value {
        let fallback = self.fallback.unwrap_or(&Value::Null);
        // The elements of the list or set on the other side that are not paired yet.
        let mut remaining: Vec<&Value> = other.as_list().unwrap_or(&[]).iter().collect();
        match (nesting, value) {
            (Nesting::Single, value) => self.object(inner, other, value),
            (Nesting::Set, Value::Set(values)) if !self.sets_in_same_order => {
                let element = |value: Value| {
                    let found = remaining
                        .iter()
                        .position(|candidate| could_become(inner, candidate, &value));
                    let counterpart = found.map_or(fallback, |index| remaining.remove(index));
                    self.object(inner, counterpart, value)
                };
                Value::Set(values.into_iter().map(element).collect())
            }
            (Nesting::List | Nesting::Set, Value::List(values)) => {
                Value::List(self.in_order(inner, remaining, values))
            }
            (Nesting::List | Nesting::Set, Value::Set(values)) => {
                Value::Set(self.in_order(inner, remaining, values))
            }
            (Nesting::Map, Value::Map(values)) => {
                let element = |(key, value): (String, Value)| {
                    let counterpart = other.get(&key).unwrap_or(fallback);
                    let value = self.object(inner, counterpart, value);
                    (key, value)
                };
                Value::Map(values.into_iter().map(element).collect())
            }
            (_, value) => value,
        }
    }

    /// Rebuilds the objects in `values`, which are paired with `others` by position.
    fn in_order(&self, inner: &[Attribute], others: Vec<&Value>, values: Vec<Value>) -> Vec<Value> {
        let fallback = iter::repeat(self.fallback.unwrap_or(&Value::Null));
        let pairs = values.into_iter().zip(others.into_iter().chain(fallback));
        pairs.map(|(value, other)| self.object(inner, other, value)).collect()
    }
}

/// Whether the object `expected` could turn out to be equal to the object `found` when the unknown
/// parts of `expected` get their values. This is the case if the known parts are semantically
/// equal.
pub(super) fn could_become(attributes: &[Attribute], expected: &Value, found: &Value) -> bool {
    attributes.iter().filter(|attribute| !attribute.write_only).all(|attribute| {
        let expected = expected.get(&attribute.name).unwrap_or(&Value::Null);
        let found = found.get(&attribute.name).unwrap_or(&Value::Null);
        !expected.is_known()
            || attribute.semantically_equal(expected, found)
            || match &attribute.kind {
                Kind::Nested(nesting, inner) => {
                    elements_could_become(*nesting, inner, expected, found)
                }
                Kind::Plain(_) => false,
            }
    })
}

/// Whether the nested objects in `expected` could turn out to be equal to the nested objects
/// in `found`, see [`could_become`].
fn elements_could_become(
    nesting: Nesting,
    attributes: &[Attribute],
    expected: &Value,
    found: &Value,
) -> bool {
    match (expected, found) {
        (Value::Map(_), Value::Map(_)) if nesting == Nesting::Single => {
            could_become(attributes, expected, found)
        }
        (Value::Map(expected), Value::Map(found)) => {
            let mut pairs = expected.iter().zip(found);
            expected.len() == found.len()
                && pairs
                    .all(|((key, a), (other, b))| key == other && could_become(attributes, a, b))
        }
        (Value::List(expected), Value::List(found)) => {
            let mut pairs = expected.iter().zip(found);
            expected.len() == found.len() && pairs.all(|(a, b)| could_become(attributes, a, b))
        }
        (Value::Set(expected), Value::Set(found)) => {
            let mut remaining: Vec<&Value> = found.iter().collect();
            let mut has_match = |expected| {
                let index =
                    remaining.iter().position(|found| could_become(attributes, expected, found));
                index.map(|index| remaining.remove(index)).is_some()
            };
            expected.len() == found.len() && expected.iter().all(&mut has_match)
        }
        _ => false,
    }
}
