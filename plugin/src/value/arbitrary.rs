//! Strategies for arbitrary types and values in property tests.

use super::{Type, Value};
use crate::number::Number;
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    sample::subsequence,
};

const NAMES: [&str; 6] = ["comment", "enabled", "id", "name", "path", "role"];

pub(crate) fn any_type() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String)];
    leaf.prop_recursive(4, 24, 6, |inner| {
        let types = vec(inner.clone(), NAMES.len());
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.prop_map(Type::map),
            (subsequence(NAMES.to_vec(), 0..=NAMES.len()).prop_shuffle(), types)
                .prop_map(|(names, types)| Type::object(names.into_iter().zip(types))),
        ]
    })
}

/// A type and a value of this type. Null values occur at any depth. If `unknowns` is true, unknown
/// values occur at any depth, too.
pub(crate) fn any_typed_value(unknowns: bool) -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(move |ty| {
        let value = any_value(&ty, unknowns);
        (Just(ty), value)
    })
}

pub(crate) fn any_value(ty: &Type, unknowns: bool) -> BoxedStrategy<Value> {
    let value = match ty {
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::Number => any_number().prop_map(Value::from).boxed(),
        Type::String => any::<String>().prop_map(Value::from).boxed(),
        Type::List(element) => {
            vec(any_value(element, unknowns), 0..5).prop_map(Value::List).boxed()
        }
        Type::Set(element) => vec(any_value(element, unknowns), 0..5).prop_map(Value::Set).boxed(),
        Type::Map(element) => btree_map(any::<String>(), any_value(element, unknowns), 0..5)
            .prop_map(Value::Map)
            .boxed(),
        Type::Object(attributes) => {
            let (names, values): (Vec<_>, Vec<_>) =
                attributes.iter().map(|(name, ty)| (name.clone(), any_value(ty, unknowns))).unzip();
            values
                .prop_map(move |values| Value::map(names.iter().map(|name| &**name).zip(values)))
                .boxed()
        }
    };
    prop_oneof![1 => Just(Value::Null), u32::from(unknowns) => Just(Value::Unknown), 8 => value]
        .boxed()
}

pub(crate) fn any_number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>()
            .prop_filter_map("the number is not finite", |float| Number::try_from(float).ok()),
        "-?[1-9][0-9]{0,60}(\\.[0-9]{1,60})?(e-?[0-9]{1,3})?"
            .prop_map(|text| text.parse().unwrap()),
    ]
}
