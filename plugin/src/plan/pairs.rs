//! Two values of one schema beside each other. Knows no rule of planning but which members
//! of two sets belong together.

use crate::{
    schema::{Attribute, Kind, Nesting},
    value::Value,
};
use std::iter;

/// Rebuilds a value attribute by attribute, each beside its counterpart in another:
/// nested objects by position or key, members of a set by what they mean.
pub(super) struct Pairs<'a> {
    /// The other's sets are in the same order.
    pub(super) by_position: bool,
    /// The counterpart of what has none; without it, such an object stays as it is.
    pub(super) absent: Option<&'a Value>,
    pub(super) choose: &'a dyn Fn(&Attribute, &Value, Value) -> Value,
}

impl<'a> Pairs<'a> {
    pub(super) fn by_meaning(
        absent: &'a Value,
        choose: &'a dyn Fn(&Attribute, &Value, Value) -> Value,
    ) -> Self {
        Self { by_position: false, absent: Some(absent), choose }
    }

    pub(super) fn object(&self, attributes: &[Attribute], other: &Value, value: Value) -> Value {
        let Value::Map(mut given) = value else { return value };
        let counterpart = |name| match (other, self.absent) {
            (Value::Map(other), absent) => other.get(name).or(absent),
            (_, absent) => absent,
        };
        let rebuilt = attributes.iter().map(|attribute| {
            let value = given.remove(attribute.name).unwrap_or_default();
            let Some(other) = counterpart(attribute.name) else {
                return (attribute.name.to_owned(), value);
            };
            let value = match &attribute.kind {
                Kind::Nested(nesting, inner) => self.nested(*nesting, inner, other, value),
                Kind::Plain(_) => value,
            };
            (attribute.name.to_owned(), (self.choose)(attribute, other, value))
        });
        Value::Map(rebuilt.collect())
    }

    fn nested(&self, nesting: Nesting, inner: &[Attribute], other: &Value, value: Value) -> Value {
        let absent = self.absent.unwrap_or(&Value::Null);
        let mut left: Vec<&Value> = other.as_list().unwrap_or(&[]).iter().collect();
        match (nesting, value) {
            (Nesting::Single, value) => self.object(inner, other, value),
            (Nesting::Set, Value::Set(values)) if !self.by_position => {
                let member = |value: Value| {
                    let found = left.iter().position(|other| fits(inner, other, &value));
                    let other = found.map_or(absent, |index| left.remove(index));
                    self.object(inner, other, value)
                };
                Value::Set(values.into_iter().map(member).collect())
            }
            (Nesting::List | Nesting::Set, Value::List(values)) => {
                Value::List(self.in_order(inner, left, values))
            }
            (Nesting::List | Nesting::Set, Value::Set(values)) => {
                Value::Set(self.in_order(inner, left, values))
            }
            (Nesting::Map, Value::Map(values)) => {
                let member = |(key, value): (String, Value)| {
                    let other = other.get(&key).unwrap_or(absent);
                    let value = self.object(inner, other, value);
                    (key, value)
                };
                Value::Map(values.into_iter().map(member).collect())
            }
            (_, value) => value,
        }
    }

    fn in_order(&self, inner: &[Attribute], others: Vec<&Value>, values: Vec<Value>) -> Vec<Value> {
        let absent = iter::repeat(self.absent.unwrap_or(&Value::Null));
        let pairs = values.into_iter().zip(others.into_iter().chain(absent));
        pairs.map(|(value, other)| self.object(inner, other, value)).collect()
    }
}

/// Whether a member of a set may be what `expected` says, of which the unknown parts may
/// be anything: members have no name but what they hold.
pub(super) fn fits(attributes: &[Attribute], expected: &Value, found: &Value) -> bool {
    attributes.iter().filter(|attribute| !attribute.write_only).all(|attribute| {
        let expected = expected.get(attribute.name).unwrap_or(&Value::Null);
        let found = found.get(attribute.name).unwrap_or(&Value::Null);
        !expected.is_known()
            || attribute.semantically_equal(expected, found)
            || match &attribute.kind {
                Kind::Nested(nesting, inner) => all_fit(*nesting, inner, expected, found),
                Kind::Plain(_) => false,
            }
    })
}

fn all_fit(nesting: Nesting, attributes: &[Attribute], expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Map(_), Value::Map(_)) if nesting == Nesting::Single => {
            fits(attributes, expected, found)
        }
        (Value::Map(expected), Value::Map(found)) => {
            let mut pairs = expected.iter().zip(found);
            expected.len() == found.len()
                && pairs.all(|((key, a), (other, b))| key == other && fits(attributes, a, b))
        }
        (Value::List(expected), Value::List(found)) => {
            let mut pairs = expected.iter().zip(found);
            expected.len() == found.len() && pairs.all(|(a, b)| fits(attributes, a, b))
        }
        (Value::Set(expected), Value::Set(found)) => {
            let mut left: Vec<&Value> = found.iter().collect();
            let mut taken = |expected| {
                let index = left.iter().position(|found| fits(attributes, expected, found));
                index.map(|index| left.remove(index)).is_some()
            };
            expected.len() == found.len() && expected.iter().all(&mut taken)
        }
        _ => false,
    }
}
