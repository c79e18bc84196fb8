//! Properties that hold for every schema, prior state and configuration. For example, plans and
//! results follow the rules of core, and the plan after an apply is empty.

use super::{
    arbitrary::{Case, any_case, key},
    notation::show,
    *,
};
use crate::msgpack;
use proptest::prelude::*;

/// The result of a provider that applies the plan exactly and replaces each unknown value with a
/// known one.
pub(super) fn exact_result(attributes: &[Attribute], planned: &Value) -> Value {
    let Value::Map(planned) = planned else { return planned.clone() };
    Value::map(attributes.iter().map(|attribute| {
        let planned = &planned[&*attribute.name];
        let value = match (&attribute.kind, planned) {
            (_, Value::Unknown) => invented_value(attribute),
            (Kind::Nested(Nesting::Single, inner), planned) => exact_result(inner, planned),
            (Kind::Nested(_, inner), planned) => {
                map_elements(planned, |element| exact_result(inner, element))
            }
            (Kind::Plain(_), planned) => planned.clone(),
        };
        (attribute.name.clone(), value)
    }))
}

/// A known value for an attribute whose planned value is unknown.
fn invented_value(attribute: &Attribute) -> Value {
    match &attribute.kind {
        Kind::Plain(Type::String) => "8".into(),
        Kind::Plain(Type::Number) => 8_i64.into(),
        Kind::Plain(_) => Value::set(["x".into()]),
        Kind::Nested(nesting, inner) => {
            let object = Value::map(inner.iter().map(|attribute| {
                (
                    &*attribute.name,
                    if attribute.write_only { Value::Null } else { invented_value(attribute) },
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

/// A semantically equal value in another notation: sets in another order, strings in another form.
fn other_notation(attributes: &[Attribute], value: &Value) -> Value {
    let Value::Map(object) = value else { return value.clone() };
    Value::map(attributes.iter().map(|attribute| {
        let value = &object[&*attribute.name];
        let value = match (&attribute.kind, value) {
            (Kind::Nested(Nesting::Single, inner), value) => other_notation(inner, value),
            (Kind::Nested(_, inner), value) => {
                match map_elements(value, |element| other_notation(inner, element)) {
                    Value::Set(elements) => Value::Set(elements.into_iter().rev().collect()),
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
        (attribute.name.clone(), value)
    }))
}

/// The same value, in which semantically equal strings inside sets have the same notation.
fn normalized(attributes: &[Attribute], in_set: bool, value: &Value) -> Value {
    let Value::Map(object) = value else { return value.clone() };
    Value::map(attributes.iter().map(|attribute| {
        let value = &object[&*attribute.name];
        let value = match (&attribute.kind, value) {
            (Kind::Nested(Nesting::Single, inner), value) => normalized(inner, in_set, value),
            (Kind::Nested(nesting, inner), value) => map_elements(value, |element| {
                normalized(inner, in_set || *nesting == Nesting::Set, element)
            }),
            (_, Value::String(text)) if in_set && !attribute.equalities.is_empty() => text
                .parse::<u32>()
                .map_or_else(|_| value.clone(), |digits| digits.to_string().into()),
            (_, value) => value.clone(),
        };
        (attribute.name.clone(), value)
    }))
}

/// Replaces each element of a list, set or map.
fn map_elements(value: &Value, change: impl Fn(&Value) -> Value) -> Value {
    match value {
        Value::List(items) => Value::list(items.iter().map(change)),
        Value::Set(items) => Value::set(items.iter().map(change)),
        Value::Map(items) => Value::map(items.iter().map(|(key, item)| (key, change(item)))),
        value => value.clone(),
    }
}

/// The violations of core's rules for plans.
fn violations(
    attributes: &[Attribute],
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &str,
) -> Vec<String> {
    let mut violations_found = Vec::new();
    for attribute in attributes {
        let field = |value: &Value| value.get(&attribute.name).cloned().unwrap_or_default();
        let (prior, config, planned) = (field(prior), field(config), field(planned));
        let path = format!("{path}.{}", attribute.name);
        let mut report = |what: &str| {
            violations_found.push(format!(
                "{path}: {what}: {} for {}",
                show(&planned),
                show(&config)
            ));
        };
        let is_argument = attribute.required || attribute.optional;
        if attribute.write_only {
            if !planned.is_null() {
                report("write-only, but not null");
            }
        } else if planned == config || (planned == prior && !prior.is_null() && !config.is_null()) {
            // The plan may keep the configured or the prior value.
        } else if attribute.computed && (!is_argument || config.is_null()) {
            // If an attribute is computed and not configured, the provider may plan any value.
        } else if config.is_null() {
            report("planned although not configured");
        } else {
            match &attribute.kind {
                Kind::Plain(_) => report("neither the configured nor the prior value"),
                Kind::Nested(nesting, inner) => {
                    match (nesting, &config, &planned) {
                        (_, _, Value::Unknown | Value::Null) => {
                            report("unknown or null, but configured")
                        }
                        (Nesting::Single, ..) => violations_found
                            .extend(violations(inner, &prior, &config, &planned, &path)),
                        (Nesting::Map, Value::Map(configs), Value::Map(plans)) => {
                            if !configs.keys().eq(plans.keys()) {
                                report("the keys differ from the configuration");
                            }
                            for (key, planned) in plans {
                                let (prior, config) = (
                                    prior.get(key).unwrap_or(&Value::Null),
                                    config.get(key).unwrap_or(&Value::Null),
                                );
                                violations_found
                                    .extend(violations(inner, prior, config, planned, &path));
                            }
                        }
                        _ => {
                            let (configs, plans) =
                                (config.as_list().unwrap_or(&[]), planned.as_list().unwrap_or(&[]));
                            if configs.len() != plans.len() {
                                report("the number of elements differs from the configuration");
                            }
                            for (index, (config, planned)) in configs.iter().zip(plans).enumerate()
                            {
                                // Core does not check the elements of sets. Here, each element is
                                // paired with the prior element that has the same key.
                                let priors = prior.as_list().unwrap_or(&[]);
                                let prior = match nesting {
                                    Nesting::Set => {
                                        priors.iter().find(|prior| same_key(prior, planned))
                                    }
                                    _ => priors.get(index),
                                };
                                violations_found.extend(violations(
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
    violations_found
}

fn same_key(a: &Value, b: &Value) -> bool {
    key(a).is_some() && key(a) == key(b)
}

/// Whether all known parts of `before` are the same in `after`.
fn keeps_known_parts(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Unknown, _) => true,
        (Value::Map(before), Value::Map(after)) => {
            before.keys().eq(after.keys())
                && before.iter().all(|(key, before)| keeps_known_parts(before, &after[key]))
        }
        (Value::List(before), Value::List(after)) => {
            before.len() == after.len()
                && before.iter().zip(after).all(|(a, b)| keeps_known_parts(a, b))
        }
        (Value::Set(before), Value::Set(after)) => {
            before.len() == after.len()
                && before.iter().all(|a| after.iter().any(|b| keeps_known_parts(a, b)))
                && after.iter().all(|b| before.iter().any(|a| keeps_known_parts(a, b)))
        }
        (before, after) => before == after,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn plans_follow_the_rules_of_core(case in any_case()) {
        let Case { schema, prior, partly_unknown_config, config } = &case;
        for config in [partly_unknown_config, config] {
            let planned = planned(schema, prior, config);
            let found = violations(&schema.attributes, prior, config, &planned, "");
            prop_assert!(found.is_empty(), "{found:#?}");
        }
    }

    #[test]
    fn planning_is_deterministic(case in any_case()) {
        let Case { schema, prior, partly_unknown_config, .. } = &case;
        let bytes = || msgpack::encode(&planned(schema, prior, partly_unknown_config), schema.ty());
        prop_assert_eq!(bytes(), bytes());
    }

    #[test]
    fn the_plan_after_an_apply_is_empty(case in any_case()) {
        let Case { schema, prior, config, .. } = &case;
        let first_plan = planned(schema, prior, config);
        let result = exact_result(&schema.attributes, &first_plan);
        let state = completed(schema, &first_plan, result);
        let second_plan = planned(schema, &state, config);
        prop_assert!(second_plan == state, "\n state {}\n plan {}", show(&state), show(&second_plan));
        prop_assert!(replacements(schema, &state, &second_plan).is_empty());
    }

    #[test]
    fn known_planned_values_stay_when_unknown_ones_become_known(case in any_case()) {
        let Case { schema, prior, partly_unknown_config, config } = &case;
        // Strings inside sets are normalized. Their notation may change, as `planned_set` explains.
        let plan = |config| normalized(&schema.attributes, false, &planned(schema, prior, config));
        let (before, after) = (plan(partly_unknown_config), plan(config));
        prop_assert!(keeps_known_parts(&before, &after), "\n before {}\n after {}", show(&before), show(&after));
    }

    #[test]
    fn completed_keeps_every_known_planned_value(case in any_case()) {
        let Case { schema, prior, partly_unknown_config, .. } = &case;
        let planned = planned(schema, prior, partly_unknown_config);
        let outcome = other_notation(&schema.attributes, &exact_result(&schema.attributes, &planned));
        let state = completed(schema, &planned, outcome);
        prop_assert!(state.wholly_known() && keeps_known_parts(&planned, &state), "\n planned {}\n state {}", show(&planned), show(&state));
    }

    #[test]
    fn refreshing_an_equal_state_changes_nothing(case in any_case()) {
        let Case { schema, prior, .. } = &case;
        let state = refreshed(schema, prior, other_notation(&schema.attributes, prior));
        prop_assert!(state == *prior, "\n state {}", show(&state));
        prop_assert!(refreshed(schema, prior, prior.clone()) == *prior);
    }

    #[test]
    fn write_only_values_reach_the_resource_but_not_the_state(case in any_case()) {
        let Case { schema, prior, config, .. } = &case;
        let planned = planned(schema, prior, config);
        // Core receives the plan as msgpack, and sends it back as msgpack.
        let transmitted = |value: &Value| msgpack::decode(&msgpack::encode(value, schema.ty()).unwrap(), schema.ty()).unwrap();
        let received = with_write_only(schema, &transmitted(&planned), config);
        for attribute in schema.attributes.iter().filter(|attribute| attribute.write_only) {
            prop_assert_eq!(received.get(&attribute.name), config.get(&attribute.name));
        }
        prop_assert!(completed(schema, &planned, received.clone()) == planned);
        prop_assert!(refreshed(schema, &Value::Null, received) == refreshed(schema, &Value::Null, planned));
    }

    #[test]
    fn generated_configuration_plans_no_change(case in any_case()) {
        let Case { schema, prior, .. } = &case;
        prop_assume!(!prior.is_null());
        let config = configuration(schema, prior);
        let planned = planned(schema, prior, &config);
        prop_assert!(planned == *prior, "\n planned {}", show(&planned));
        prop_assert!(violations(&schema.attributes, prior, &config, &planned, "").is_empty());
    }
}
