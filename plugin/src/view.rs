//! Gives the hooks of a resource typed access to the attributes of a configuration or plan. Unlike
//! the state struct, this access distinguishes null from unknown.

use crate::{
    diagnostic::{Diagnostic, Result},
    schema::Schema,
    typed,
    value::Value,
};
use serde::{Serialize, de::DeserializeOwned};

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field<T> {
    /// A known value.
    Known(T),
    /// No value.
    Null,
    /// A value that is not known before apply.
    Unknown,
}

impl<T> Field<T> {
    /// The known value, if there is one.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// Whether the value is not known before apply.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// A value of a block, for example its configuration, whose attributes are read one by one.
///
/// Every method returns an error for a name that the schema does not contain. Without this error, a
/// misspelt name would look like a null attribute.
#[derive(Clone, Copy)]
pub struct View<'a> {
    value: &'a Value,
    schema: &'a Schema,
}

impl<'a> View<'a> {
    /// A view of a block with this schema. All attributes of a null block are null.
    pub fn new(value: &'a Value, schema: &'a Schema) -> Self {
        Self { value, schema }
    }

    /// The value of an attribute. A collection or object that contains an unknown value is
    /// [`Field::Unknown`].
    ///
    /// # Errors
    /// The value cannot be converted to `T`, or the schema has no such attribute.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Field<T>> {
        self.schema.declared(name)?;
        match self.value.get(name) {
            None | Some(Value::Null) => Ok(Field::Null),
            Some(value) if !value.wholly_known() => Ok(Field::Unknown),
            Some(value) => match typed::from_value(value) {
                Ok(value) => Ok(Field::Known(value)),
                Err(error) => Err(Diagnostic::from(error).under(name)),
            },
        }
    }

    /// Whether the value of an attribute is not known before apply.
    ///
    /// # Errors
    /// The schema has no such attribute.
    pub fn is_unknown(&self, name: &str) -> Result<bool> {
        self.schema.declared(name)?;
        Ok(self.value.get(name).is_some_and(|value| !value.wholly_known()))
    }
}

/// A planned change that [`Resource::plan`](crate::Resource::plan) can adjust.
///
/// Every method with a `name` returns an error for a name that the schema does not contain.
pub struct Plan<'a, S> {
    /// The prior state. `None` if the object is new or is being replaced.
    pub prior: Option<S>,
    pub(crate) schema: &'a Schema,
    pub(crate) prior_value: &'a Value,
    pub(crate) config: &'a Value,
    pub(crate) planned: &'a mut Value,
    pub(crate) diagnostics: &'a mut Vec<Diagnostic>,
}

impl<S> Plan<'_, S> {
    /// The configuration.
    pub fn config(&self) -> View<'_> {
        View::new(self.config, self.schema)
    }

    /// Whether the plan destroys the object without replacing it.
    pub fn is_destroy(&self) -> bool {
        self.planned.is_null()
    }

    /// The planned value of an attribute.
    ///
    /// # Errors
    /// The value cannot be converted to `T`, or the schema has no such attribute.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Field<T>> {
        View::new(self.planned, self.schema).get(name)
    }

    /// Plans a known value for an attribute.
    ///
    /// # Errors
    /// The value does not match the type of the attribute, or the schema has no such attribute.
    /// Both are bugs in the resource.
    pub fn set<T: Serialize>(&mut self, name: &str, value: &T) -> Result<()> {
        let ty = self.schema.declared(name)?.ty();
        let value = typed::to_value(value)?.conform(&ty)?;
        self.insert(name, value);
        Ok(())
    }

    /// Plans an unknown value for an attribute. `create` or `update` then determines the value.
    ///
    /// # Errors
    /// The schema has no such attribute.
    pub fn set_unknown(&mut self, name: &str) -> Result<()> {
        self.schema.declared(name)?;
        self.insert(name, Value::Unknown);
        Ok(())
    }

    /// Whether the planned value of an attribute differs from the prior value. A semantically equal
    /// value is not a change.
    ///
    /// # Errors
    /// The schema has no such attribute.
    pub fn changed(&self, name: &str) -> Result<bool> {
        let attribute = self.schema.declared(name)?;
        let field = |value: &Value| value.get(name).cloned().unwrap_or_default();
        Ok(!attribute.semantically_equal(&field(self.prior_value), &field(self.planned)))
    }

    /// Adds an error or a warning to the response. The hook can then continue and report more
    /// diagnostics. If one of the diagnostics is an error, core discards the plan.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn insert(&mut self, name: &str, value: Value) {
        if let Some(planned) = self.planned.as_map_mut() {
            planned.insert(name.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        path::Path,
        plan::tests::notation::{read, show},
        schema::{Attribute, Nesting},
        value::Type,
    };
    use std::collections::BTreeMap;

    fn schema() -> Schema {
        let inner = [Attribute::string("a", "")];
        Schema::new(
            "",
            [
                Attribute::string("port", "").compared_as::<u32>(),
                Attribute::number("size", ""),
                Attribute::plain(Type::set(Type::String), "tags", "").blank_is_none(),
                Attribute::nested(Nesting::Set, "set", "", inner),
            ],
        )
    }

    #[test]
    fn get_distinguishes_null_unknown_and_known_values() {
        let value = read(schema().ty(), r#"{"port":"7","size":"?","tags":["a","?"]}"#);
        let schema = schema();
        let view = View::new(&value, &schema);
        assert_eq!(view.get("port"), Ok(Field::Known(7.to_string())));
        assert_eq!(view.get::<u8>("size"), Ok(Field::Unknown));
        // A set with an unknown element counts as unknown.
        assert_eq!(view.get::<Vec<String>>("tags"), Ok(Field::Unknown));
        assert_eq!(view.get::<bool>("set"), Ok(Field::Null));
        let error = view.get::<bool>("port").unwrap_err();
        assert_eq!(error.attribute, Some(Path::root().attribute("port")));
        assert!(Field::<u8>::Unknown.is_unknown() && Field::<u8>::Null.is_null());
        assert_eq!((Field::Known(1).known(), Field::<u8>::Unknown.known()), (Some(1), None));
    }

    #[test]
    fn the_error_for_a_nested_value_has_the_full_path() {
        let value = read(schema().ty(), r#"{"set":[{"a":"x"}]}"#);
        let schema = schema();
        let view = View::new(&value, &schema);
        let error = view.get::<Vec<BTreeMap<String, bool>>>("set").unwrap_err();
        assert_eq!(error.attribute.unwrap().to_string(), r#"set[0]["a"]"#);
    }

    #[test]
    fn a_hook_can_read_and_change_the_planned_values() {
        let schema = schema();
        let read = |text| read(schema.ty(), text);
        let (before, config) = (read(r#"{"port":"07","size":1}"#), read(r#"{"port":"7"}"#));
        let mut planned = read(r#"{"port":"7","size":1,"tags":[]}"#);
        let mut diagnostics = Vec::new();
        let mut plan = Plan::<()> {
            prior: None,
            schema: &schema,
            prior_value: &before,
            config: &config,
            planned: &mut planned,
            diagnostics: &mut diagnostics,
        };
        assert!(!plan.is_destroy());
        assert!(["port", "tags", "size"].iter().all(|name| plan.changed(name) == Ok(false)));
        assert_eq!(plan.config().get::<u8>("size"), Ok(Field::Null));
        plan.set("size", &2).unwrap();
        assert_eq!(plan.changed("size"), Ok(true));
        assert_eq!(plan.get::<u8>("size"), Ok(Field::Known(2)));
        // The Rust array becomes a set, because the schema declares a set.
        plan.set("tags", &["x", "y"]).unwrap();
        plan.set_unknown("set").unwrap();
        plan.report(Diagnostic::failure("first"));
        plan.report(Diagnostic::failure("second"));
        assert!(plan.set("size", &"text").is_err());
        assert!(
            planned == read(r#"{"port":"7","size":2,"tags":["y","x"],"set":"?"}"#),
            "{}",
            show(&planned)
        );
        assert_eq!(diagnostics.len(), 2);
    }

    #[test]
    fn every_method_rejects_an_attribute_that_the_schema_does_not_have() {
        let schema = schema();
        let value = read(schema.ty(), "{}");
        let (mut planned, mut diagnostics) = (value.clone(), Vec::new());
        let view = View::new(&value, &schema);
        assert!(view.get::<bool>("prot").is_err() && view.is_unknown("prot").is_err());
        let mut plan = Plan::<()> {
            prior: None,
            schema: &schema,
            prior_value: &value,
            config: &value,
            planned: &mut planned,
            diagnostics: &mut diagnostics,
        };
        assert!(plan.get::<bool>("prot").is_err() && plan.changed("prot").is_err());
        assert!(plan.config().get::<bool>("prot").is_err());
        assert!(plan.set("prot", &1).is_err() && plan.set_unknown("prot").is_err());
    }
}
