//! The trait of a resource that can read states which it did not write: those of an older version
//! of the resource, or of a resource type of another provider.

use crate::{diagnostic::Result, json::Json, resource::Resource, schema::Schema, value::Value};
use std::{marker::PhantomData, sync::OnceLock};

/// A [`Resource`] that can migrate other states to its own.
pub trait Migrate<C>: Resource<C> {
    /// The resource types, including their provider's prefix, from which a `moved` block can move
    /// an object to this type.
    const MOVES_FROM: &'static [&'static str];

    /// Upgrades a state that an older version of this type wrote. `None` if that version never
    /// existed.
    ///
    /// # Errors
    /// What is wrong with the state, without its values.
    fn upgrade(version: i64, state: Json) -> Result<Option<Self::State>>;

    /// Converts a state of one of the types in [`Self::MOVES_FROM`].
    ///
    /// # Errors
    /// What is wrong with the state, without its values.
    fn adopt(source: &str, version: i64, state: Json) -> Result<Self::State>;
}

/// The type-erased form of a [`Migrate`].
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
    /// See [`Migrate::adopt`].
    ///
    /// # Errors
    /// As [`Migrate::adopt`].
    fn adopt(&self, source: &str, version: i64, state: Json) -> Result<Value>;
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

    fn adopt(&self, source: &str, version: i64, state: Json) -> Result<Value> {
        self.schema.get_or_init(R::schema).encode(&R::adopt(source, version, state)?)
    }
}
