use super::Value;
use std::cmp::Ordering;

/// A total order, which is needed to sort the elements of sets before two sets are compared.
/// Equality is derived from this order, so that order and equality always agree.
impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) => a.as_str().cmp(b.as_str()),
            (Self::List(a), Self::List(b)) => a.cmp(b),
            (Self::Set(a), Self::Set(b)) => distinct_elements(a).cmp(&distinct_elements(b)),
            (Self::Map(a), Self::Map(b)) => a.cmp(b),
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Value {}

/// The elements of a set, sorted and without duplicates. Equal elements that contain unknown
/// values are all kept, because they may turn out to be different.
fn distinct_elements(elements: &[Value]) -> Vec<&Value> {
    let mut elements: Vec<&Value> = elements.iter().collect();
    elements.sort_unstable();
    elements.dedup_by(|a, b| a == b && a.wholly_known());
    elements
}

/// The position of a value among values of other types.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Unknown => 1,
        Value::Bool(_) => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::List(_) => 5,
        Value::Set(_) => 6,
        Value::Map(_) => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set<const N: usize>(texts: [&str; N]) -> Value {
        Value::set(texts.map(Value::from))
    }

    #[test]
    fn the_order_and_duplicates_of_set_elements_do_not_matter() {
        assert_eq!(set(["a", "b", "c"]), set(["c", "a", "b"]));
        assert_eq!(set(["a", "a", "b"]), set(["b", "a"]));
        assert_ne!(set(["a", "b"]), set(["a", "c"]));
        assert_ne!(set(["a"]), set(["a", "b"]));
        assert_eq!(
            Value::set([set(["a", "b"]), set(["c"])]),
            Value::set([set(["c"]), set(["b", "a"])])
        );
    }

    #[test]
    fn the_order_of_list_elements_matters() {
        assert_ne!(Value::list(["a".into(), "b".into()]), Value::list(["b".into(), "a".into()]));
        assert_ne!(Value::list(["a".into()]), set(["a"]));
    }

    #[test]
    fn unknown_elements_of_a_set_are_not_merged() {
        assert_ne!(Value::set([Value::Unknown, Value::Unknown]), Value::set([Value::Unknown]));
        assert_eq!(
            Value::set([Value::Unknown, "a".into()]),
            Value::set(["a".into(), Value::Unknown])
        );
    }

    #[test]
    fn null_unknown_and_empty_values_differ() {
        let values = [
            Value::Null,
            Value::Unknown,
            false.into(),
            0_i64.into(),
            "".into(),
            Value::list([]),
            set([]),
        ];
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate() {
                assert_eq!(a == b, i == j);
            }
        }
    }
}
