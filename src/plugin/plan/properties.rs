//! What holds for every schema, prior state and configuration: core's rules for plans
//! and applies, in our own words, and that a plan that was carried out is none any more.

use super::{notation::show, *};
use crate::plugin::{msgpack, value::Type};
use proptest::{collection::vec, option, prelude::*, sample::Index};
use std::{collections::BTreeMap, fmt};

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
        Shape::Text { same: true } => attribute.same::<u32>().blank_is_none(),
        _ => attribute,
    };
    match plan.role {
        Role::Required => attribute.required(),
        Role::Optional => attribute,
        Role::OrComputed => attribute.or_computed(),
        Role::OrComputedStable => attribute.or_computed().stable(),
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

/// What a provider that does as planned makes of it: the unknown becomes known.
fn carried_out(attributes: &[Attribute], planned: &Value) -> Value {
    let Value::Map(planned) = planned else { return planned.clone() };
    Value::map(attributes.iter().map(|attribute| {
        let planned = &planned[attribute.name];
        let value = match (&attribute.kind, planned) {
            (_, Value::Unknown) => made_up(attribute),
            (Kind::Nested(Nesting::Single, inner), planned) => carried_out(inner, planned),
            (Kind::Nested(_, inner), planned) => {
                members(planned, |_, member| carried_out(inner, member))
            }
            (Kind::Plain(_), planned) => planned.clone(),
        };
        (attribute.name, value)
    }))
}

fn made_up(attribute: &Attribute) -> Value {
    match &attribute.kind {
        Kind::Plain(Type::String) => "8".into(),
        Kind::Plain(Type::Number) => 8_i64.into(),
        Kind::Plain(_) => Value::set(["x".into()]),
        Kind::Nested(nesting, inner) => {
            let object = Value::map(inner.iter().map(|attribute| {
                (
                    attribute.name,
                    if attribute.write_only { Value::Null } else { made_up(attribute) },
                )
            }));
            match nesting {
                Nesting::Single => object,
                Nesting::List => Value::list([object]),
                Nesting::Set => Value::set([object]),
                Nesting::Map => Value::map([("x", object)]),
            }
        }
    }
}

/// The same by other words: sets in another order, texts in another form.
fn reworded(attributes: &[Attribute], value: &Value) -> Value {
    let Value::Map(object) = value else { return value.clone() };
    Value::map(attributes.iter().map(|attribute| {
        let value = &object[attribute.name];
        let value = match (&attribute.kind, value) {
            (Kind::Nested(Nesting::Single, inner), value) => reworded(inner, value),
            (Kind::Nested(_, inner), value) => {
                match members(value, |_, member| reworded(inner, member)) {
                    Value::Set(members) => Value::Set(members.into_iter().rev().collect()),
                    value => value,
                }
            }
            (_, Value::String(text)) if !attribute.same.is_empty() => {
                match text.strip_prefix('0') {
                    Some(short) if !short.is_empty() => short.into(),
                    _ => format!("0{}", text.as_str()).into(),
                }
            }
            (_, value) => value.clone(),
        };
        (attribute.name, value)
    }))
}

/// The members of a list, set or map, each replaced; `f` gets its place as well.
fn members(value: &Value, f: impl Fn(usize, &Value) -> Value) -> Value {
    match value {
        Value::List(items) => Value::list(items.iter().enumerate().map(|(i, item)| f(i, item))),
        Value::Set(items) => Value::set(items.iter().enumerate().map(|(i, item)| f(i, item))),
        Value::Map(items) => {
            Value::map(items.iter().enumerate().map(|(i, (key, item))| (key, f(i, item))))
        }
        value => value.clone(),
    }
}

/// What core would say of this plan.
fn objections(
    attributes: &[Attribute],
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &str,
) -> Vec<String> {
    let mut found = Vec::new();
    for attribute in attributes {
        let of = |value: &Value| value.get(attribute.name).cloned().unwrap_or_default();
        let (prior, config, planned) = (of(prior), of(config), of(planned));
        let path = format!("{path}.{}", attribute.name);
        let mut object = |what: &str| {
            found.push(format!("{path}: {what}: {} for {}", show(&planned), show(&config)));
        };
        let optional = attribute.required || attribute.optional;
        if attribute.write_only {
            if !planned.is_null() {
                object("write-only, and not null");
            }
        } else if planned == config || (planned == prior && !prior.is_null() && !config.is_null()) {
            // As configured, or as it was.
        } else if attribute.computed && (!optional || config.is_null()) {
            // Left to the provider.
        } else if config.is_null() {
            object("planned where nothing is configured");
        } else {
            match &attribute.kind {
                Kind::Plain(_) => object("neither as configured nor as it was"),
                Kind::Nested(nesting, inner) => {
                    match (nesting, &config, &planned) {
                        (_, _, Value::Unknown | Value::Null) => {
                            object("unknown or absent, but configured")
                        }
                        (Nesting::Single, ..) => {
                            found.extend(objections(inner, &prior, &config, &planned, &path))
                        }
                        (Nesting::Map, Value::Map(configs), Value::Map(plans)) => {
                            if !configs.keys().eq(plans.keys()) {
                                object("other keys");
                            }
                            for (key, planned) in plans {
                                let (prior, config) = (
                                    prior.get(key).unwrap_or(&Value::Null),
                                    config.get(key).unwrap_or(&Value::Null),
                                );
                                found.extend(objections(inner, prior, config, planned, &path));
                            }
                        }
                        _ => {
                            let (configs, plans) =
                                (config.as_list().unwrap_or(&[]), planned.as_list().unwrap_or(&[]));
                            if configs.len() != plans.len() {
                                object("another count");
                            }
                            for (index, (config, planned)) in configs.iter().zip(plans).enumerate()
                            {
                                // Core itself trusts us with sets; ours have their prior in any order.
                                let priors = prior.as_list().unwrap_or(&[]);
                                let prior = match nesting {
                                    Nesting::Set => {
                                        priors.iter().find(|prior| same_key(prior, planned))
                                    }
                                    _ => priors.get(index),
                                };
                                found.extend(objections(
                                    inner,
                                    prior.unwrap_or(&Value::Null),
                                    config,
                                    planned,
                                    &path,
                                ));
                            }
                        }
                    }
                }
            }
        }
    }
    found
}

fn same_key(a: &Value, b: &Value) -> bool {
    key(a).is_some() && key(a) == key(b)
}

fn key(member: &Value) -> Option<u32> {
    member.get(KEY)?.as_str()?.parse().ok()
}

/// Whether what was known of `before` is still the same in `after`.
fn keeps(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Unknown, _) => true,
        (Value::Map(before), Value::Map(after)) => {
            before.keys().eq(after.keys())
                && before.iter().all(|(key, before)| keeps(before, &after[key]))
        }
        (Value::List(before), Value::List(after)) => {
            before.len() == after.len() && before.iter().zip(after).all(|(a, b)| keeps(a, b))
        }
        (Value::Set(before), Value::Set(after)) => {
            before.len() == after.len()
                && before.iter().all(|a| after.iter().any(|b| keeps(a, b)))
                && after.iter().all(|b| before.iter().any(|a| keeps(a, b)))
        }
        (before, after) => before == after,
    }
}

/// A schema, a state of it (or null) and a configuration that partly agrees with it.
/// The configuration comes twice, the first time with parts of it unknown.
struct Case {
    schema: Schema,
    prior: Value,
    vague: Value,
    config: Value,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schema, prior, vague, config } = self;
        let (prior, config, vague) = (show(prior), show(config), show(vague));
        write!(f, "{schema:?}\n prior {prior}\n config {config}\n vague {vague}")
    }
}

fn any_case() -> impl Strategy<Value = Case> {
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn core_has_no_objection(case in any_case()) {
        let Case { schema, prior, vague, config } = &case;
        for config in [vague, config] {
            let planned = planned(schema, prior, config);
            let found = objections(&schema.attributes, prior, config, &planned, "");
            prop_assert!(found.is_empty(), "{found:#?}");
        }
    }

    #[test]
    fn the_same_question_has_one_answer(case in any_case()) {
        let Case { schema, prior, vague, .. } = &case;
        let bytes = || msgpack::encode(&planned(schema, prior, vague), schema.ty());
        prop_assert_eq!(bytes(), bytes());
    }

    #[test]
    fn a_plan_carried_out_is_none_any_more(case in any_case()) {
        let Case { schema, prior, config, .. } = &case;
        let first = planned(schema, prior, config);
        let state = settled(schema, &first, carried_out(&schema.attributes, &first));
        let again = planned(schema, &state, config);
        prop_assert!(again == state, "\n state {}\n again {}", show(&state), show(&again));
        prop_assert!(replacements(schema, &state, &again).is_empty());
    }

    #[test]
    fn what_was_known_when_planned_stays(case in any_case()) {
        let Case { schema, prior, vague, config } = &case;
        let (before, after) = (planned(schema, prior, vague), planned(schema, prior, config));
        prop_assert!(keeps(&before, &after), "\n before {}\n after {}", show(&before), show(&after));
    }

    #[test]
    fn what_goes_back_is_what_was_planned(case in any_case()) {
        let Case { schema, prior, vague, .. } = &case;
        let planned = planned(schema, prior, vague);
        let outcome = reworded(&schema.attributes, &carried_out(&schema.attributes, &planned));
        let state = settled(schema, &planned, outcome);
        prop_assert!(state.wholly_known() && keeps(&planned, &state), "\n planned {}\n state {}", show(&planned), show(&state));
    }

    #[test]
    fn a_read_that_finds_the_same_changes_nothing(case in any_case()) {
        let Case { schema, prior, .. } = &case;
        let state = refreshed(schema, prior, reworded(&schema.attributes, prior));
        prop_assert!(state == *prior, "\n state {}", show(&state));
        prop_assert!(refreshed(schema, prior, prior.clone()) == *prior);
    }

    #[test]
    fn write_only_values_are_handed_over_and_taken_back(case in any_case()) {
        let Case { schema, prior, config, .. } = &case;
        let planned = planned(schema, prior, config);
        // Core sorts sets in its own way.
        let sorted = |value: &Value| msgpack::decode(&msgpack::encode(value, schema.ty()).unwrap(), schema.ty()).unwrap();
        let handed = with_write_only(schema, &sorted(&planned), config);
        for attribute in schema.attributes.iter().filter(|attribute| attribute.write_only) {
            prop_assert_eq!(handed.get(attribute.name), config.get(attribute.name));
        }
        prop_assert!(settled(schema, &planned, handed.clone()) == planned);
        prop_assert!(refreshed(schema, &Value::Null, handed) == refreshed(schema, &Value::Null, planned));
    }

    #[test]
    fn generated_configuration_asks_for_what_is_there(case in any_case()) {
        let Case { schema, prior, .. } = &case;
        prop_assume!(!prior.is_null());
        let config = configuration(schema, prior);
        let planned = planned(schema, prior, &config);
        prop_assert!(planned == *prior, "\n planned {}", show(&planned));
        prop_assert!(objections(&schema.attributes, prior, &config, &planned, "").is_empty());
    }
}
