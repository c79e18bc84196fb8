//! The planned change that the functions of a declaration receive, for example
//! [`Object::warn`](super::Object::warn).

use serde::de::DeserializeOwned;
use tf_plugin::{Field, Result, Schema, Value, View};

/// A planned change of an object.
pub(crate) struct Change<'a> {
    pub(super) schema: &'a Schema,
    pub(super) prior: &'a Value,
    pub(super) planned: &'a Value,
}

impl Change<'_> {
    /// Whether the change creates the object.
    pub(crate) fn is_creation(&self) -> bool {
        self.prior.is_null()
    }

    /// Whether the change destroys the object without replacing it.
    pub(crate) fn is_deletion(&self) -> bool {
        self.planned.is_null()
    }

    /// Whether the change deletes the object with this id, either for good or to replace the
    /// object. `key` is the name of the attribute that contains the id.
    pub(crate) fn deletes(&self, key: &str, id: &str) -> Result<bool> {
        let is_object = self.before::<String>(key)?.known().as_deref() == Some(id);
        Ok(is_object && (self.is_deletion() || self.may_change(key)))
    }

    /// The value of an attribute before the change. It is null if the change creates the object.
    pub(crate) fn before<T: DeserializeOwned>(&self, name: &str) -> Result<Field<T>> {
        View::new(self.prior, self.schema).get(name)
    }

    /// The value of an attribute before the change, as a [`Value`]. It is null if the change
    /// creates the object.
    pub(crate) fn before_value(&self, name: &str) -> Value {
        self.prior.get(name).cloned().unwrap_or_default()
    }

    /// The value of an attribute after the change. It is null if the change destroys the object.
    pub(crate) fn after<T: DeserializeOwned>(&self, name: &str) -> Result<Field<T>> {
        View::new(self.planned, self.schema).get(name)
    }

    /// Whether it is certain that the change gives the attribute another value. It is not certain
    /// if the planned value is unknown.
    pub(crate) fn changes(&self, name: &str) -> bool {
        self.may_change(name) && self.planned.get(name).is_none_or(Value::wholly_known)
    }

    /// Whether it is possible that the change gives the attribute another value. It is possible if
    /// the planned value is unknown.
    pub(crate) fn may_change(&self, name: &str) -> bool {
        let get = |object: &Value| object.get(name).cloned().unwrap_or_default();
        let equal = |attribute: &tf_plugin::Attribute| {
            attribute.semantically_equal(&get(self.prior), &get(self.planned))
        };
        !get(self.planned).wholly_known() || !self.schema.attribute(name).is_some_and(equal)
    }
}
