//! The trait of a resource that can convert states in other formats into its own: states with
//! another schema version, and states of other resource types.

use crate::{diagnostic::Result, json::Json, resource::Resource, schema::Schema, value::Value};
use std::{marker::PhantomData, sync::OnceLock};

/// A [`Resource`] that can convert states in other formats into its own.
pub trait Migrate<C>: Resource<C> {
    /// The resource types, including their provider's prefix, from which a `moved` block can move
    /// an object to this type.
    const MOVES_FROM: &'static [&'static str];

    /// Converts a state that is stored under this resource type, but with another schema version
    /// than the current one. An older version of this provider wrote it, or another provider that
    /// has a resource type with the same name: version 0 always belongs to another provider, see
    /// [`Schema::version`](crate::Schema#structfield.version). Returns `None` if `version` is not
    /// known.
    ///
    /// # Errors
    /// The state is invalid. The message never quotes a value of the state.
    fn upgrade(version: i64, state: Json) -> Result<Option<Self::State>>;

    /// Converts the state of an object that a `moved` block moves to this type. `source` is the
    /// object's previous resource type, one of [`Self::MOVES_FROM`], and `version` is the schema
    /// version of that type.
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
    /// See [`Migrate::upgrade`].
    ///
    /// # Errors
    /// As [`Migrate::upgrade`].
    fn upgrade(&self, version: i64, state: Json) -> Result<Option<Value>>;
    /// See [`Migrate::move_from`].
    ///
    /// # Errors
    /// As [`Migrate::move_from`].
    fn move_from(&self, source: &str, version: i64, state: Json) -> Result<Value>;
}

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

    fn upgrade(&self, version: i64, state: Json) -> Result<Option<Value>> {
        let schema = self.schema.get_or_init(R::schema);
        R::upgrade(version, state)?.map(|state| schema.encode(&state)).transpose()
    }

    fn move_from(&self, source: &str, version: i64, state: Json) -> Result<Value> {
        self.schema.get_or_init(R::schema).encode(&R::move_from(source, version, state)?)
    }
}
