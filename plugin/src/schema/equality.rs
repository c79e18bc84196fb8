//! Semantic equality: whether two values of an attribute mean the same.

use super::{Attribute, blank::is_null_or_blank};
use crate::value::Value;

impl Attribute {
    /// Whether two values are equal, or are different notations of the same value.
    pub fn semantically_equal(&self, a: &Value, b: &Value) -> bool {
        a == b
            || self.blank_is_none && is_null_or_blank(a) && is_null_or_blank(b)
            || self.equalities.iter().any(|equal| equal(a, b))
            || !self.equalities.is_empty() && self.elements_equal(a, b)
    }

    /// Whether two lists or sets have semantically equal elements.
    fn elements_equal(&self, a: &Value, b: &Value) -> bool {
        match (a, b) {
            (Value::List(a), Value::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.semantically_equal(a, b))
            }
            (Value::Set(a), Value::Set(b)) => {
                let contains = |set: &[Value], element: &Value| {
                    set.iter().any(|other| self.semantically_equal(other, element))
                };
                a.iter().all(|element| contains(b, element))
                    && b.iter().all(|element| contains(a, element))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    #[test]
    fn lists_and_sets_of_equal_elements_are_equal() {
        let attribute = Attribute::plain(Type::set(Type::String), "a", "").compared_as::<u32>();
        let set = |texts: &[&str]| Value::set(texts.iter().map(|text| Value::from(*text)));
        let list = |texts: &[&str]| Value::list(texts.iter().map(|text| Value::from(*text)));
        for (a, b, expected) in [
            (set(&["1", "2"]), set(&["02", "01"]), true),
            (set(&["1"]), set(&["01", "2"]), false),
            (set(&["1", "2"]), set(&["1"]), false),
            (list(&["1", "2"]), list(&["01", "02"]), true),
            (list(&["1", "2"]), list(&["2", "1"]), false),
            (set(&["x"]), set(&["x"]), true),
            (set(&["x"]), set(&["y"]), false),
        ] {
            assert_eq!(attribute.semantically_equal(&a, &b), expected);
        }
        let plain = Attribute::plain(Type::set(Type::String), "a", "");
        assert!(!plain.semantically_equal(&set(&["1"]), &set(&["01"])));
    }
}
