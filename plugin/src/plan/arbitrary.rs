//! Any schema, with a prior state and a configuration of it, for property tests.

use super::{notation::show, properties::carried_out, *};
use crate::value::Type;
use proptest::{collection::vec, option, prelude::*, sample::Index};
use std::fmt;

/// A schema, a state of it (or null) and a configuration that partly agrees with it.
/// The configuration comes twice, the first time with parts of it unknown.
pub(super) struct Case {
    pub(super) schema: Schema,
    pub(super) prior: Value,
    pub(super) vague: Value,
    pub(super) config: Value,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schema, prior, vague, config } = self;
        let (prior, config, vague) = (show(prior), show(config), show(vague));
        write!(f, "{schema:?}\n prior {prior}\n config {config}\n vague {vague}")
    }
}

pub(super) fn any_case() -> impl Strategy<Value = Case> {
    let parts = any_plans(2, false).prop_flat_map(|plans| {
        let configs = (any_config(&plans), any_config(&plans));
        (Just(plans), configs, option::weighted(0.8, any::<u8>()), vec(any::<Index>(), 0..3))
    });
    parts.prop_map(|(plans, (first, second), mixed, veiled)| {
        let schema = schema(&plans);
        let Some(mask) = mixed else {
            let vague = vaguer(&schema, &second, &veiled);
            return Case { prior: Value::Null, vague, config: second, schema };
        };
        let planned = planned(&schema, &Value::Null, &first);
        let prior = settled(&schema, &planned, carried_out(&schema.attributes, &planned));
        let mut config = first;
        for (index, plan) in plans.iter().enumerate() {
            if mask >> index & 1 == 1 {
                let other = second.get(plan.name).cloned().unwrap_or_default();
                config.as_map_mut().unwrap().insert(plan.name.into(), other);
            }
        }
        let vague = vaguer(&schema, &config, &veiled);
        Case { prior, vague, config, schema }
    })
}

/// The same with some of what is given not known yet.
fn vaguer(schema: &Schema, config: &Value, veiled: &[Index]) -> Value {
    let mut places = 0;
    count_places(&schema.attributes, config, &mut places);
    let mut chosen: Vec<usize> = match places {
        0 => Vec::new(),
        places => veiled.iter().map(|index| index.index(places)).collect(),
    };
    chosen.sort_unstable();
    let mut next = 0;
    veil(&schema.attributes, config, &chosen, &mut next)
}

fn count_places(attributes: &[Attribute], config: &Value, places: &mut usize) {
    veil(attributes, config, &[], places);
}

fn veil(attributes: &[Attribute], config: &Value, chosen: &[usize], next: &mut usize) -> Value {
    let Value::Map(object) = config else { return config.clone() };
    Value::map(attributes.iter().map(|attribute| {
        let value = &object[attribute.name];
        if value.is_null() || attribute.name == KEY {
            return (attribute.name, value.clone());
        }
        let hidden = chosen.contains(next);
        *next += 1;
        let inside = match (&attribute.kind, value) {
            (Kind::Nested(Nesting::Single, inner), value) => veil(inner, value, chosen, next),
            (Kind::Nested(_, inner), Value::List(items)) => {
                Value::list(items.iter().map(|item| veil(inner, item, chosen, next)))
            }
            (Kind::Nested(_, inner), Value::Set(items)) => {
                Value::set(items.iter().map(|item| veil(inner, item, chosen, next)))
            }
            (Kind::Nested(_, inner), Value::Map(items)) => {
                Value::map(items.iter().map(|(key, item)| (key, veil(inner, item, chosen, next))))
            }
            (_, value) => value.clone(),
        };
        (attribute.name, if hidden { Value::Unknown } else { inside })
    }))
}

/// An attribute to be, which unlike an attribute can be cloned.
#[derive(Clone, Debug)]
struct Plan {
    name: &'static str,
    role: Role,
    shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    Required,
    Optional,
    OrComputed,
    OrComputedStable,
    Computed,
    ComputedStable,
    Default,
    WriteOnly,
}

#[derive(Clone, Debug)]
enum Shape {
    /// A text of digits, where `07` means the same as `7` if so said.
    Text {
        same: bool,
    },
    Number,
    Texts,
    Nested(Nesting, Vec<Plan>),
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
/// Tells the members of a set apart. That is what lets a plan know them again.
const KEY: &str = "key";

fn any_plans(depth: u32, in_set: bool) -> BoxedStrategy<Vec<Plan>> {
    let plans = (0..=NAMES.len()).prop_flat_map(move |count| {
        NAMES[..count].iter().map(|name| any_plan(name, depth, in_set)).collect::<Vec<_>>()
    });
    plans.boxed()
}

fn any_plan(name: &'static str, depth: u32, in_set: bool) -> BoxedStrategy<Plan> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(|same| Shape::Text { same }),
        Just(Shape::Number),
        Just(Shape::Texts),
    ];
    let shape = match depth {
        0 => leaf.boxed(),
        _ => prop_oneof![2 => leaf, 3 => any_nested(depth - 1, in_set)].boxed(),
    };
    let roles = prop_oneof![
        Just(Role::Required),
        Just(Role::Optional),
        Just(Role::OrComputed),
        Just(Role::OrComputedStable),
        Just(Role::Computed),
        Just(Role::ComputedStable),
        Just(Role::Default),
        Just(if in_set { Role::Optional } else { Role::WriteOnly }),
    ];
    (shape, roles)
        .prop_map(move |(shape, role)| {
            // Core forbids write-only objects, and a default is a leaf's here.
            let role = match (&shape, role) {
                (Shape::Nested(..), Role::WriteOnly) => Role::Optional,
                (Shape::Nested(..) | Shape::Texts, Role::Default) => Role::OrComputed,
                (_, role) => role,
            };
            Plan { name, role, shape }
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
            any_plans(depth, in_set).prop_map(move |mut inner| {
                if nesting == Nesting::Set {
                    let shape = Shape::Text { same: true };
                    inner.push(Plan { name: KEY, role: Role::Required, shape });
                }
                Shape::Nested(nesting, inner)
            })
        })
        .boxed()
}

fn attribute(plan: &Plan) -> Attribute {
    let kind = match &plan.shape {
        Shape::Text { .. } => Kind::Plain(Type::String),
        Shape::Number => Kind::Plain(Type::Number),
        Shape::Texts => Kind::Plain(Type::set(Type::String)),
        Shape::Nested(nesting, inner) => {
            Kind::Nested(*nesting, inner.iter().map(attribute).collect())
        }
    };
    let attribute = Attribute { kind, ..Attribute::string(plan.name, "") };
    let attribute = match plan.shape {
        Shape::Text { same: true } => attribute.compared_as::<u32>().blank_is_none(),
        _ => attribute,
    };
    match plan.role {
        Role::Required => attribute.required(),
        Role::Optional => attribute,
        Role::OrComputed => attribute.optional_computed(),
        Role::OrComputedStable => attribute.optional_computed().stable(),
        Role::Computed => attribute.computed(),
        Role::ComputedStable => attribute.computed().stable(),
        Role::Default => match plan.shape {
            Shape::Number => attribute.default(7_i64),
            _ => attribute.default("7"),
        },
        Role::WriteOnly => attribute.write_only(),
    }
}

fn schema(plans: &[Plan]) -> Schema {
    let mut schema = Schema::new("", []);
    schema.attributes = plans.iter().map(attribute).collect();
    schema
}

/// A configuration that passes validation, wholly known.
fn any_config(plans: &[Plan]) -> BoxedStrategy<Value> {
    let (names, values): (Vec<_>, Vec<_>) =
        plans.iter().map(|plan| (plan.name, any_argument(plan))).unzip();
    values.prop_map(move |values| Value::map(names.iter().copied().zip(values))).boxed()
}

fn any_argument(plan: &Plan) -> BoxedStrategy<Value> {
    let given = any_given(&plan.shape);
    match plan.role {
        Role::Computed | Role::ComputedStable => Just(Value::Null).boxed(),
        Role::Required => given,
        _ => prop_oneof![1 => Just(Value::Null), 2 => given].boxed(),
    }
}

fn any_given(shape: &Shape) -> BoxedStrategy<Value> {
    match shape {
        Shape::Text { .. } => "0?[0-9]".prop_map(Value::from).boxed(),
        Shape::Number => (0..3_i64).prop_map(Value::from).boxed(),
        Shape::Texts => vec("[ab]", 0..3)
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
                    vec(item, 0..4).prop_map(|items| Value::Set(told_apart(items))).boxed()
                }
            }
        }
    }
}

/// Without those whose key means the same as an earlier one's.
fn told_apart(items: Vec<Value>) -> Vec<Value> {
    let mut found: BTreeMap<_, Value> = BTreeMap::new();
    for item in items {
        found.entry(key(&item)).or_insert(item);
    }
    found.into_values().collect()
}

/// What tells a member of a set from the others.
pub(super) fn key(member: &Value) -> Option<u32> {
    member.get(KEY)?.as_str()?.parse().ok()
}
