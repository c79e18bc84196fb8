//! Random schemas with a prior state and a configuration, for property tests.

use super::{notation::show, properties::exact_result, *};
use proptest::{collection::vec, option, prelude::*, sample::Index};
use std::{collections::BTreeMap, fmt};

/// A schema, a prior state or null, and a configuration that partly matches the prior state.
/// `partly_unknown_config` is the same configuration with some parts unknown.
pub(super) struct Case {
    pub(super) schema: Schema,
    pub(super) prior: Value,
    pub(super) partly_unknown_config: Value,
    pub(super) config: Value,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schema, prior, partly_unknown_config, config } = self;
        let (prior, config) = (show(prior), show(config));
        let unknown = show(partly_unknown_config);
        write!(f, "{schema:?}\n prior {prior}\n config {config}\n partly unknown {unknown}")
    }
}

pub(super) fn any_case() -> impl Strategy<Value = Case> {
    let parts = any_descriptions(2, false).prop_flat_map(|descriptions| {
        let configs = (any_config(&descriptions), any_config(&descriptions));
        (Just(descriptions), configs, option::weighted(0.8, any::<u8>()), vec(any::<Index>(), 0..3))
    });
    parts.prop_map(|(descriptions, (first, second), mask, unknown_positions)| {
        let schema = schema(&descriptions);
        // Without a mask, the object is new.
        let Some(mask) = mask else {
            let partly_unknown_config = with_unknown_parts(&schema, &second, &unknown_positions);
            return Case { prior: Value::Null, partly_unknown_config, config: second, schema };
        };
        let planned = planned(&schema, &Value::Null, &first);
        let prior = completed(&schema, &planned, exact_result(&schema.attributes, &planned));
        // The bits of `mask` select the attributes whose values come from the second configuration.
        let mut config = first;
        for (index, description) in descriptions.iter().enumerate() {
            if mask >> index & 1 == 1 {
                let other = second.get(description.name).cloned().unwrap_or_default();
                config.as_map_mut().unwrap().insert(description.name.into(), other);
            }
        }
        let partly_unknown_config = with_unknown_parts(&schema, &config, &unknown_positions);
        Case { prior, partly_unknown_config, config, schema }
    })
}

/// The same configuration, but the values at these positions are unknown.
fn with_unknown_parts(schema: &Schema, config: &Value, unknown_positions: &[Index]) -> Value {
    let mut count = 0;
    count_values(&schema.attributes, config, &mut count);
    let mut numbers: Vec<usize> = match count {
        0 => Vec::new(),
        count => unknown_positions.iter().map(|index| index.index(count)).collect(),
    };
    numbers.sort_unstable();
    let mut next = 0;
    with_unknown_at(&schema.attributes, config, &numbers, &mut next)
}

/// Counts the values that can become unknown, and adds their number to `count`.
fn count_values(attributes: &[Attribute], config: &Value, count: &mut usize) {
    with_unknown_at(attributes, config, &[], count);
}

/// Numbers the values in the order of the schema, starting at `next`. Replaces each value whose
/// number is in `numbers` with unknown.
fn with_unknown_at(
    attributes: &[Attribute],
    config: &Value,
    numbers: &[usize],
    next: &mut usize,
) -> Value {
    let Value::Map(object) = config else { return config.clone() };
    Value::map(attributes.iter().map(|attribute| {
        let value = &object[&*attribute.name];
        if value.is_null() || attribute.name == KEY {
            return (attribute.name.clone(), value.clone());
        }
        let becomes_unknown = numbers.contains(next);
        *next += 1;
        let new_value = match (&attribute.kind, value) {
            (Kind::Nested(Nesting::Single, inner), value) => {
                with_unknown_at(inner, value, numbers, next)
            }
            (Kind::Nested(_, inner), Value::List(items)) => {
                Value::list(items.iter().map(|item| with_unknown_at(inner, item, numbers, next)))
            }
            (Kind::Nested(_, inner), Value::Set(items)) => {
                Value::set(items.iter().map(|item| with_unknown_at(inner, item, numbers, next)))
            }
            (Kind::Nested(_, inner), Value::Map(items)) => Value::map(
                items.iter().map(|(key, item)| (key, with_unknown_at(inner, item, numbers, next))),
            ),
            (_, value) => value.clone(),
        };
        (attribute.name.clone(), if becomes_unknown { Value::Unknown } else { new_value })
    }))
}

/// The description of an attribute, from which [`attribute`] makes an [`Attribute`], and
/// [`any_argument`] makes values.
#[derive(Clone, Debug)]
struct Description {
    name: &'static str,
    role: Role,
    shape: Shape,
}

/// Who sets the attribute, and when its value can change.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    Required,
    Optional,
    OptionalComputed,
    OptionalComputedStable,
    Computed,
    ComputedStable,
    Default,
    WriteOnly,
}

/// The kind of value that the attribute holds.
#[derive(Clone, Debug)]
enum Shape {
    /// A string of digits. If `compares_numbers` is true, `07` and `7` are semantically equal.
    Text {
        compares_numbers: bool,
    },
    Number,
    /// A set of strings.
    Strings,
    Nested(Nesting, Vec<Description>),
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
/// The name of an attribute that makes the elements of a set distinct, so that a plan can pair the
/// elements.
const KEY: &str = "key";

fn any_descriptions(depth: u32, in_set: bool) -> BoxedStrategy<Vec<Description>> {
    let descriptions = (0..=NAMES.len()).prop_flat_map(move |count| {
        NAMES[..count].iter().map(|name| any_description(name, depth, in_set)).collect::<Vec<_>>()
    });
    descriptions.boxed()
}

fn any_description(name: &'static str, depth: u32, in_set: bool) -> BoxedStrategy<Description> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(|compares_numbers| Shape::Text { compares_numbers }),
        Just(Shape::Number),
        Just(Shape::Strings),
    ];
    let shape = match depth {
        0 => leaf.boxed(),
        _ => prop_oneof![2 => leaf, 3 => any_nested(depth - 1, in_set)].boxed(),
    };
    let roles = prop_oneof![
        Just(Role::Required),
        Just(Role::Optional),
        Just(Role::OptionalComputed),
        Just(Role::OptionalComputedStable),
        Just(Role::Computed),
        Just(Role::ComputedStable),
        Just(Role::Default),
        // Core does not allow write-only attributes inside sets.
        Just(if in_set { Role::Optional } else { Role::WriteOnly }),
    ];
    (shape, roles)
        .prop_map(move |(shape, role)| {
            // Core forbids write-only objects. Defaults are generated only for plain attributes.
            let role = match (&shape, role) {
                (Shape::Nested(..), Role::WriteOnly) => Role::Optional,
                (Shape::Nested(..) | Shape::Strings, Role::Default) => Role::OptionalComputed,
                (_, role) => role,
            };
            Description { name, role, shape }
        })
        .boxed()
}

fn any_nested(depth: u32, in_set: bool) -> BoxedStrategy<Shape> {
    let nesting = prop_oneof![
        Just(Nesting::Single),
        Just(Nesting::List),
        Just(Nesting::Set),
        Just(Nesting::Map)
    ];
    nesting
        .prop_flat_map(move |nesting| {
            let in_set = in_set || nesting == Nesting::Set;
            any_descriptions(depth, in_set).prop_map(move |mut inner| {
                if nesting == Nesting::Set {
                    let shape = Shape::Text { compares_numbers: true };
                    inner.push(Description { name: KEY, role: Role::Required, shape });
                }
                Shape::Nested(nesting, inner)
            })
        })
        .boxed()
}

fn attribute(description: &Description) -> Attribute {
    let kind = match &description.shape {
        Shape::Text { .. } => Kind::Plain(Type::String),
        Shape::Number => Kind::Plain(Type::Number),
        Shape::Strings => Kind::Plain(Type::set(Type::String)),
        Shape::Nested(nesting, inner) => {
            Kind::Nested(*nesting, inner.iter().map(attribute).collect())
        }
    };
    let attribute = Attribute { kind, ..Attribute::string(description.name, "") };
    let attribute = match description.shape {
        Shape::Text { compares_numbers: true } => attribute.compared_as::<u32>().blank_is_none(),
        _ => attribute,
    };
    match description.role {
        Role::Required => attribute.required(),
        Role::Optional => attribute,
        Role::OptionalComputed => attribute.optional_computed(),
        Role::OptionalComputedStable => attribute.optional_computed().stable(),
        Role::Computed => attribute.computed(),
        Role::ComputedStable => attribute.computed().stable(),
        Role::Default => match description.shape {
            Shape::Number => attribute.default(7_i64),
            _ => attribute.default("7"),
        },
        Role::WriteOnly => attribute.write_only(),
    }
}

fn schema(descriptions: &[Description]) -> Schema {
    let mut schema = Schema::new("", []);
    schema.attributes = descriptions.iter().map(attribute).collect();
    schema
}

/// A wholly known configuration that passes validation.
fn any_config(descriptions: &[Description]) -> BoxedStrategy<Value> {
    let (names, values): (Vec<_>, Vec<_>) = descriptions
        .iter()
        .map(|description| (description.name, any_argument(description)))
        .unzip();
    values.prop_map(move |values| Value::map(names.iter().copied().zip(values))).boxed()
}

/// A value of the attribute in a configuration.
fn any_argument(description: &Description) -> BoxedStrategy<Value> {
    let value = any_non_null_value(&description.shape);
    match description.role {
        Role::Computed | Role::ComputedStable => Just(Value::Null).boxed(),
        Role::Required => value,
        _ => prop_oneof![1 => Just(Value::Null), 2 => value].boxed(),
    }
}

/// A value of this shape other than null.
fn any_non_null_value(shape: &Shape) -> BoxedStrategy<Value> {
    match shape {
        Shape::Text { .. } => "0?[0-9]".prop_map(Value::from).boxed(),
        Shape::Number => (0..3_i64).prop_map(Value::from).boxed(),
        Shape::Strings => vec("[ab]", 0..3)
            .prop_map(|texts| Value::set(texts.into_iter().map(Value::from)))
            .boxed(),
        Shape::Nested(nesting, inner) => {
            let item = any_config(inner);
            match nesting {
                Nesting::Single => item,
                Nesting::List => vec(item, 0..3).prop_map(Value::List).boxed(),
                Nesting::Map => {
                    proptest::collection::btree_map("[ab]", item, 0..3).prop_map(Value::Map).boxed()
                }
                Nesting::Set => {
                    vec(item, 0..4).prop_map(|items| Value::Set(with_distinct_keys(items))).boxed()
                }
            }
        }
    }
}

/// Removes each element whose key is semantically equal to the key of an earlier element.
fn with_distinct_keys(items: Vec<Value>) -> Vec<Value> {
    let mut by_key: BTreeMap<_, Value> = BTreeMap::new();
    for item in items {
        by_key.entry(key(&item)).or_insert(item);
    }
    by_key.into_values().collect()
}

/// The key of an element of a set.
pub(super) fn key(element: &Value) -> Option<u32> {
    element.get(KEY)?.as_str()?.parse().ok()
}
