//! What holds for every schema, prior state and configuration: core's rules for plans
//! and applies, in our own words, and that a plan that was carried out is none any more.

use super::{
    arbitrary::{Case, any_case, key},
    notation::show,
    *,
};
use crate::{msgpack, value::Type};
use proptest::prelude::*;

/// What a provider that does as planned makes of it: the unknown becomes known.
pub(super) fn carried_out(attributes: &[Attribute], planned: &Value) -> Value {
    let Value::Map(planned) = planned else { return planned.clone() };
    Value::map(attributes.iter().map(|attribute| {
        let planned = &planned[attribute.name];
        let value = match (&attribute.kind, planned) {
            (_, Value::Unknown) => made_up(attribute),
            (Kind::Nested(Nesting::Single, inner), planned) => carried_out(inner, planned),
            (Kind::Nested(_, inner), planned) => {
                members(planned, |member| carried_out(inner, member))
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
                match members(value, |member| reworded(inner, member)) {
                    Value::Set(members) => Value::Set(members.into_iter().rev().collect()),
                    value => value,
                }
            }
            (_, Value::String(text)) if !attribute.equalities.is_empty() => {
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

/// With texts that mean the same in one form, where they stand in sets.
fn plain(attributes: &[Attribute], in_set: bool, value: &Value) -> Value {
    let Value::Map(object) = value else { return value.clone() };
    Value::map(attributes.iter().map(|attribute| {
        let value = &object[attribute.name];
        let value = match (&attribute.kind, value) {
            (Kind::Nested(Nesting::Single, inner), value) => plain(inner, in_set, value),
            (Kind::Nested(nesting, inner), value) => {
                members(value, |member| plain(inner, in_set || *nesting == Nesting::Set, member))
            }
            (_, Value::String(text)) if in_set && !attribute.equalities.is_empty() => text
                .parse::<u32>()
                .map_or_else(|_| value.clone(), |digits| digits.to_string().into()),
            (_, value) => value.clone(),
        };
        (attribute.name, value)
    }))
}

/// The members of a list, set or map, each replaced.
fn members(value: &Value, f: impl Fn(&Value) -> Value) -> Value {
    match value {
        Value::List(items) => Value::list(items.iter().map(f)),
        Value::Set(items) => Value::set(items.iter().map(f)),
        Value::Map(items) => Value::map(items.iter().map(|(key, item)| (key, f(item)))),
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

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

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
        // All but the form of what stands in sets: `plan::nested` says why.
        let plan = |config| plain(&schema.attributes, false, &planned(schema, prior, config));
        let (before, after) = (plan(vague), plan(config));
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
