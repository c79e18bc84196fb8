//! States that were written by somebody else: an older version of a resource,
//! or another provider's type.

use super::{
    diagnostic::Result, json::Json, resource::Resource, schema::Schema, typed, value::Value,
};
use std::{
    marker::PhantomData,
    sync::{Arc, OnceLock},
};

/// A [`Resource`] that understands other states than its own.
pub trait Migrate<C>: Resource<C> {
    /// The resource types, with their provider's prefix, whose objects a `moved`
    /// block may turn into this one.
    const MOVES_FROM: &'static [&'static str];

    /// Reads a state of an older version of this type. `None` when there never
    /// was such a version.
    ///
    /// # Errors
    /// What is wrong with the state, without its values.
    fn upgrade(version: i64, state: Json) -> Result<Option<Self::State>>;

    /// Reads a state of one of [`Self::MOVES_FROM`].
    ///
    /// # Errors
    /// What is wrong with the state, without its values.
    fn adopt(source: &str, version: i64, state: Json) -> Result<Self::State>;
}

/// Makes `R` fit a list of migrations.
pub fn migrate<C: Send + Sync + 'static, R: Migrate<C>>() -> Arc<dyn AnyMigrate> {
    Arc::new(Erased::<C, R> { schema: OnceLock::new(), resource: PhantomData })
}

/// A [`Migrate`] with its types forgotten, as the server calls it.
pub trait AnyMigrate: Send + Sync {
    /// See [`Resource::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Migrate::MOVES_FROM`].
    fn moves_from(&self) -> &'static [&'static str];
    /// See [`Migrate::upgrade`].
    ///
    /// # Errors
    /// As that.
    fn upgrade(&self, version: i64, state: Json) -> Result<Option<Value>>;
    /// See [`Migrate::adopt`].
    ///
    /// # Errors
    /// As that.
    fn adopt(&self, source: &str, version: i64, state: Json) -> Result<Value>;
}

struct Erased<C, R> {
    schema: OnceLock<Schema>,
    resource: PhantomData<fn() -> (C, R)>,
}

impl<C: Send + Sync + 'static, R: Migrate<C>> Erased<C, R> {
    fn encode(&self, state: &R::State) -> Result<Value> {
        Ok(typed::to_value(state)?.conform(self.schema.get_or_init(R::schema).ty())?)
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
        R::upgrade(version, state)?.map(|state| self.encode(&state)).transpose()
    }

    fn adopt(&self, source: &str, version: i64, state: Json) -> Result<Value> {
        self.encode(&R::adopt(source, version, state)?)
    }
}
