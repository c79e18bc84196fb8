//! The trait of a resource that can convert states in other formats into its own format. A state in
//! another format has another schema version, or belongs to another resource type.

use crate::{diagnostic::Result, json::Json, resource::Resource, schema::Schema, value::Value};
use std::{marker::PhantomData, sync::OnceLock};

/// A [`Resource`] that can convert states in other formats into its own format.
pub trait Migrate<C>: Resource<C> {
    /// The resource types whose objects a `moved` block can move to this type. The names include
    /// the prefix of the provider.
    const MOVES_FROM: &'static [&'static str];

    /// Attributes that this type does not have, but that occur in the states of other providers. If
    /// a state sets one of these attributes, the conversion shows a warning.
    const DROPS: &'static [&'static str] = &[];

    /// Converts a state of this resource type. `version` is the schema version of the state, and
    /// differs from the current schema version. A state with version 0 comes from another provider
    /// that has a resource type with the same name, see
    /// [`Schema::version`](crate::Schema#structfield.version). A state with any other version comes
    /// from another version of this provider. Returns `None` if `version` is not known.
    ///
    /// # Errors
    /// The state is invalid. The message never quotes a value of the state.
    fn upgrade(version: i64, state: Json) -> Result<Option<Self::State>>;

    /// Converts the state of an object that a `moved` block moves to this type. `source` is the
    /// object's previous resource type, which is one of [`Self::MOVES_FROM`]. `version` is the
    /// schema version of the state.
    ///
    /// # Errors
    /// The state is invalid. The message never quotes a value of the state.
    fn move_from(source: &str, version: i64, state: Json) -> Result<Self::State>;
}

/// The type-erased form of [`Migrate`].
pub trait AnyMigrate: Send + Sync {
    /// See [`Resource::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Migrate::MOVES_FROM`].
    fn moves_from(&self) -> &'static [&'static str];
    /// The names of the attributes of [`Migrate::DROPS`] that are set in `state`. The state comes
    /// from another provider.
    fn dropped(&self, state: &Json) -> Vec<String>;
    /// See [`Migrate::upgrade`].
    ///
    /// # Errors
    /// See [`Migrate::upgrade`].
    fn upgrade(&self, version: i64, state: Json) -> Result<Option<Value>>;
    /// See [`Migrate::move_from`].
    ///
    /// # Errors
    /// See [`Migrate::move_from`].
    fn move_from(&self, source: &str, version: i64, state: Json) -> Result<Value>;
}

/// The wrapper through which the plugin layer calls a [`Migrate`].
pub(crate) struct Erased<C, R> {
    schema: OnceLock<Schema>,
    types: PhantomData<fn() -> (C, R)>,
}

impl<C, R> Erased<C, R> {
    pub(crate) fn new() -> Self {
        Self { schema: OnceLock::new(), types: PhantomData }
    }
}

impl<C: Send + Sync + 'static, R: Migrate<C>> AnyMigrate for Erased<C, R> {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn moves_from(&self) -> &'static [&'static str] {
        R::MOVES_FROM
    }

    fn dropped(&self, state: &Json) -> Vec<String> {
        let is_set = |name: &&&str| state.get(name).is_some_and(Json::is_set);
        R::DROPS.iter().filter(is_set).map(|&name| name.to_owned()).collect()
    }

    fn upgrade(&self, version: i64, state: Json) -> Result<Option<Value>> {
        let schema = self.schema.get_or_init(R::schema);
        R::upgrade(version, state)?.map(|state| schema.encode(&state)).transpose()
    }

    fn move_from(&self, source: &str, version: i64, state: Json) -> Result<Value> {
        self.schema.get_or_init(R::schema).encode(&R::move_from(source, version, state)?)
    }
}
