use super::{Error, ObjectAttribute, Result, Type, Value};
use crate::path::Step;
use std::collections::BTreeMap;

impl Value {
    /// Converts this value to the type `ty`. A list becomes a set where `ty` has a set. A missing
    /// attribute is an error.
    ///
    /// # Errors
    /// The value does not match its type. The error names the path.
    pub fn conform(self, ty: &Type) -> Result<Value> {
        match (self, ty) {
            (value @ (Value::Null | Value::Unknown), _)
            | (value @ Value::Bool(_), Type::Bool)
            | (value @ Value::Number(_), Type::Number)
            | (value @ Value::String(_), Type::String) => Ok(value),
            (Value::List(list), Type::List(element)) => {
                Ok(Value::List(conform_each(list, element)?))
            }
            (Value::List(set) | Value::Set(set), Type::Set(element)) => {
                Ok(Value::Set(conform_each(set, element)?))
            }
            (Value::Map(map), Type::Map(element)) => {
                let entry = |(key, value): (String, Value)| match value.conform(element) {
                    Ok(value) => Ok((key, value)),
                    Err(error) => Err(error.under(Step::Key(key))),
                };
                Ok(Value::Map(map.into_iter().map(entry).collect::<Result<_>>()?))
            }
            (Value::Map(object), Type::Object(attributes)) => {
                require_all(&object, attributes)?;
                let attribute = |(name, value): (String, Value)| match value
                    .conform(attribute(attributes, &name)?)
                {
                    Ok(value) => Ok((name, value)),
                    Err(error) => Err(error.under(Step::Attribute(name))),
                };
                Ok(Value::Map(object.into_iter().map(attribute).collect::<Result<_>>()?))
            }
            _ => Err(Error::expected(ty)),
        }
    }
}

/// The type of the attribute `name`, or an error if `attributes` does not contain it.
pub(crate) fn attribute<'t>(attributes: &'t [ObjectAttribute], name: &str) -> Result<&'t Type> {
    let attribute = attributes.iter().find(|(attribute, _)| *attribute == name);
    attribute.map(|(_, ty)| ty).ok_or_else(|| Error::unsupported_attribute(name))
}

/// Returns an error if `object` lacks one of `attributes`.
pub(crate) fn require_all<V>(
    object: &BTreeMap<String, V>,
    attributes: &[ObjectAttribute],
) -> Result<()> {
    match attributes.iter().find(|(name, _)| !object.contains_key(&**name)) {
        Some((name, _)) => Err(Error::attribute(name, "is missing")),
        None => Ok(()),
    }
}

fn conform_each(elements: Vec<Value>, ty: &Type) -> Result<Vec<Value>> {
    let element = |(index, value): (usize, Value)| {
        value.conform(ty).map_err(|error| error.under(Step::index(index)))
    };
    elements.into_iter().enumerate().map(element).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ty() -> Type {
        Type::object([
            ("name", Type::String),
            ("grants", Type::set(Type::object([("path", Type::String)]))),
            ("triggers", Type::map(Type::Number)),
        ])
    }

    fn value(grants: Value, triggers: Value) -> Value {
        Value::map([("name", Value::text("n")), ("grants", grants), ("triggers", triggers)])
    }

    fn conform_error(value: Value) -> String {
        value.conform(&ty()).unwrap_err().to_string()
    }

    #[test]
    fn nested_lists_become_sets_where_the_type_has_sets() {
        let grant = |path: &str| Value::map([("path", path.into())]);
        let input = value(Value::list([grant("/a"), grant("/b")]), Value::Null);
        let conformed = input.conform(&ty()).unwrap();
        assert_eq!(conformed, value(Value::set([grant("/b"), grant("/a")]), Value::Null));
        assert_eq!(conformed.clone().conform(&ty()), Ok(conformed));
    }

    #[test]
    fn null_and_unknown_conform_to_every_type() {
        assert_eq!(Value::Unknown.conform(&ty()), Ok(Value::Unknown));
        assert!(
            value(Value::list([Value::Null, Value::Unknown]), Value::Unknown)
                .conform(&ty())
                .is_ok()
        );
    }

    #[test]
    fn errors_state_the_path() {
        let grants = |grant: Value| value(Value::list([grant]), Value::Null);
        assert_eq!(conform_error("marker".into()), "expected an object");
        assert_eq!(
            conform_error(grants(Value::map([("path", 1_i64.into())]))),
            "grants[0].path: expected a string"
        );
        assert_eq!(
            conform_error(grants(Value::map([("x", Value::Null)]))),
            "grants[0].path: is missing"
        );
        assert_eq!(
            conform_error(grants(Value::map([("path", Value::Null), ("x", Value::Null)]))),
            "grants[0].x: unsupported attribute"
        );
        assert_eq!(
            conform_error(grants(Value::map([("path", Value::Null), ("MARKER 5f", Value::Null)]))),
            "grants[0]: unsupported attribute"
        );
        assert_eq!(
            conform_error(value(Value::Null, Value::map([("a", "marker".into())]))),
            r#"triggers["a"]: expected a number"#
        );
        assert_eq!(
            conform_error(value(Value::map([("a", Value::Null)]), Value::Null)),
            "grants: expected a set"
        );
    }
}
