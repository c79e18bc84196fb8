//! Values as hooks see them: typed, but with null and unknown kept apart, which
//! the plain state struct of a resource cannot do.

use super::{
    diagnostic::{Diagnostic, Result},
    path::Path,
    schema::Schema,
    typed,
    value::Value,
};
use serde::{Serialize, de::DeserializeOwned};

/// What an attribute holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field<T> {
    /// This.
    Known(T),
    /// Nothing.
    Null,
    /// Something that is not known before apply.
    Unknown,
}

impl<T> Field<T> {
    /// What is known, if anything is.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// Whether it is not known before apply.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// A block of configuration, read attribute by attribute.
#[derive(Clone, Copy)]
pub struct View<'a>(&'a Value);

impl<'a> View<'a> {
    /// A view of an object; what is no object has no attributes.
    pub fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// The attribute of this name. A value that holds something unknown inside
    /// counts as unknown.
    ///
    /// # Errors
    /// When it is no `T`; the error points at the attribute.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Field<T>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(Field::Null),
            Some(value) if !value.wholly_known() => Ok(Field::Unknown),
            Some(value) => match typed::from_value(value) {
                Ok(value) => Ok(Field::Known(value)),
                Err(error) => Err(Diagnostic::from(error).under(name)),
            },
        }
    }

    /// Whether the attribute is not known before apply.
    pub fn is_unknown(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.wholly_known())
    }
}

/// A planned change, for the resource to add its own word: see [`super::Resource::plan`].
pub struct Plan<'a, S> {
    /// The state that is there. Absent when the object is new, or planned anew
    /// because it is going to be replaced.
    pub prior: Option<S>,
    pub(super) schema: &'a Schema,
    pub(super) before: &'a Value,
    pub(super) config: &'a Value,
    pub(super) planned: &'a mut Value,
    pub(super) replace: &'a mut Vec<Path>,
}

impl<S> Plan<'_, S> {
    /// The configuration.
    pub fn config(&self) -> View<'_> {
        View(self.config)
    }

    /// Whether the object is going to be destroyed and nothing planned in its place.
    pub fn is_destroy(&self) -> bool {
        self.planned.is_null()
    }

    /// What is planned for an attribute.
    ///
    /// # Errors
    /// When it is no `T`.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Field<T>> {
        View(self.planned).get(name)
    }

    /// Plans a value.
    ///
    /// # Errors
    /// When it does not fit the schema: a mistake of the resource.
    pub fn set<T: Serialize>(&mut self, name: &'static str, value: &T) -> Result<()> {
        let attribute = self.schema.attribute(name);
        let ty = attribute.map(|attribute| attribute.ty()).ok_or_else(|| {
            Diagnostic::failure(format!("The provider planned `{name}`, which its schema lacks."))
        })?;
        let value = typed::to_value(value)?.conform(&ty)?;
        self.put(name, value);
        Ok(())
    }

    /// Leaves an attribute to apply.
    pub fn set_unknown(&mut self, name: &'static str) {
        self.put(name, Value::Unknown);
    }

    /// Whether the plan differs from the prior state in this attribute: in
    /// meaning, not in form.
    pub fn changed(&self, name: &str) -> bool {
        let value = |of: &Value| of.get(name).cloned().unwrap_or_default();
        let (before, planned) = (value(self.before), value(self.planned));
        match self.schema.attribute(name) {
            Some(attribute) => !attribute.means_the_same(&before, &planned),
            None => before != planned,
        }
    }

    /// Makes a change of this attribute replace the object.
    pub fn replace(&mut self, name: &'static str) {
        self.replace.push(Path::root().attribute(name));
    }

    fn put(&mut self, name: &str, value: Value) {
        if let Some(planned) = self.planned.as_map_mut() {
            planned.insert(name.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        plan::notation::{read, show},
        schema::{Attribute, Nesting},
        value::Type,
    };
    use std::collections::BTreeMap;

    fn schema() -> Schema {
        let inner = [Attribute::string("a", "")];
        Schema::new(
            "",
            [
                Attribute::string("port", "").same::<u32>(),
                Attribute::number("size", ""),
                Attribute::plain(Type::set(Type::String), "tags", "").blank_is_none(),
                Attribute::nested(Nesting::Set, "set", "", inner),
            ],
        )
    }

    #[test]
    fn null_unknown_and_known_are_three_things() {
        let value = read(schema().ty(), r#"{"port":"7","size":"?","tags":["a","?"]}"#);
        let view = View::new(&value);
        assert_eq!(view.get("port"), Ok(Field::Known(7.to_string())));
        assert_eq!(view.get::<u8>("size"), Ok(Field::Unknown));
        // Something unknown inside.
        assert_eq!(view.get::<Vec<String>>("tags"), Ok(Field::Unknown));
        assert_eq!(view.get::<bool>("set"), Ok(Field::Null));
        assert_eq!(view.get::<bool>("no_such"), Ok(Field::Null));
        let error = view.get::<bool>("port").unwrap_err();
        assert_eq!(error.attribute, Some(Path::root().attribute("port")));
        assert!(Field::<u8>::Unknown.is_unknown() && Field::<u8>::Null.is_null());
        assert_eq!((Field::Known(1).known(), Field::<u8>::Unknown.known()), (Some(1), None));
    }

    #[test]
    fn errors_of_a_nested_value_point_inside() {
        let value = read(schema().ty(), r#"{"set":[{"a":"x"}]}"#);
        let error = View::new(&value).get::<Vec<BTreeMap<String, bool>>>("set").unwrap_err();
        assert_eq!(error.attribute.unwrap().to_string(), r#"set[0]["a"]"#);
    }

    #[test]
    fn a_plan_is_changed_through_its_schema() {
        let schema = schema();
        let read = |text| read(schema.ty(), text);
        let (before, config) = (read(r#"{"port":"07","size":1}"#), read(r#"{"port":"7"}"#));
        let (mut planned, mut replace) = (read(r#"{"port":"7","size":1,"tags":[]}"#), Vec::new());
        let mut plan = Plan::<()> {
            prior: None,
            schema: &schema,
            before: &before,
            config: &config,
            planned: &mut planned,
            replace: &mut replace,
        };
        assert!(!plan.is_destroy());
        assert!(!plan.changed("port") && !plan.changed("tags") && !plan.changed("size"));
        assert_eq!(plan.config().get::<u8>("size"), Ok(Field::Null));
        plan.set("size", &2).unwrap();
        assert!(plan.changed("size"));
        assert_eq!(plan.get::<u8>("size"), Ok(Field::Known(2)));
        // A list of Rust's becomes the set that the schema wants.
        plan.set("tags", &["x", "y"]).unwrap();
        plan.set_unknown("set");
        plan.replace("port");
        assert!(plan.set("size", &"text").is_err() && plan.set("no_such", &1).is_err());
        assert!(
            planned == read(r#"{"port":"7","size":2,"tags":["y","x"],"set":"?"}"#),
            "{}",
            show(&planned)
        );
        assert_eq!(replace, [Path::root().attribute("port")]);
    }
}
