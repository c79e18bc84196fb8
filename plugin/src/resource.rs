//! What a managed resource has to say for itself.

use super::{
    context::Cx,
    diagnostic::{Diagnostic, Result, sentence},
    path::Path,
    schema::Schema,
    typed,
    value::Value,
    view::{Plan, View},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fmt::Display,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    str::FromStr,
    sync::{Arc, OnceLock},
};

/// A managed resource, reached through a client `C`.
///
/// Validation and planning are the server's work and need the schema alone. In
/// `create`, `read` and `update` a resource never meets an unknown value: what is
/// not known yet arrives as `None`.
pub trait Resource<C>: Send + Sync + 'static {
    /// The type name without the provider's prefix.
    const NAME: &'static str;

    /// What tells one object from another, and what `terraform import` takes.
    /// Its fields are the attributes that the schema marks as identity.
    type Id: FromStr<Err: Display> + Display + Serialize + DeserializeOwned + Send + Sync;

    /// The object as the state file holds it, a field for each attribute.
    type State: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Its attributes.
    fn schema() -> Schema;

    /// Makes the object. Directly after the point of no return it calls
    /// [`Cx::checkpoint`]; nothing after that is an error any more.
    fn create(cx: &Cx<C>, plan: Self::State) -> impl Future<Output = Result<Self::State>> + Send;

    /// `None` when the object is gone. `prior` is what the state held of it, for
    /// what the API does not repeat; it is absent on import.
    fn read(
        cx: &Cx<C>,
        id: &Self::Id,
        prior: Option<Self::State>,
    ) -> impl Future<Output = Result<Option<Self::State>>> + Send;

    /// Changes the object in place.
    fn update(
        cx: &Cx<C>,
        prior: Self::State,
        plan: Self::State,
    ) -> impl Future<Output = Result<Self::State>> + Send;

    /// Succeeds when the object is already gone.
    fn delete(cx: &Cx<C>, id: &Self::Id) -> impl Future<Output = Result<()>> + Send;

    /// Adds to the plan what the schema cannot say. It may ask the server only
    /// in order to warn: core plans twice and insists on the same answer.
    fn plan(
        cx: &Cx<C>,
        plan: &mut Plan<'_, Self::State>,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, plan);
        async { Ok(()) }
    }

    /// Checks what concerns several attributes at once.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    fn validate(config: View<'_>) -> Result<()> {
        let _ = config;
        Ok(())
    }
}

/// Makes `R` fit a list of resources.
pub fn resource<C: Send + Sync + 'static, R: Resource<C>>() -> Arc<dyn AnyResource<C>> {
    Arc::new(Erased::<R> { schema: OnceLock::new(), resource: PhantomData })
}

/// The boxed future that a type-erased contract returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How an import names its object.
pub enum Import {
    /// By the text of `terraform import` or of an `import` block.
    Id(String),
    /// By the identity of an `import` block.
    Identity(Value),
}

/// A [`Resource`] with its types forgotten, as the server calls it.
pub trait AnyResource<C>: Send + Sync {
    /// See [`Resource::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Resource::schema`].
    fn schema(&self) -> &Schema;
    /// See [`Resource::validate`].
    ///
    /// # Errors
    /// As that.
    fn validate(&self, config: &Value) -> Result<()>;
    /// See [`Resource::plan`]; changes `planned`.
    fn plan<'a>(
        &'a self,
        cx: &'a Cx<C>,
        prior: &'a Value,
        config: &'a Value,
        planned: &'a mut Value,
        replace: &'a mut Vec<Path>,
    ) -> BoxFuture<'a, Result<()>>;
    /// See [`Resource::create`].
    fn create<'a>(&'a self, cx: &'a Cx<C>, plan: Value) -> BoxFuture<'a, Result<Value>>;
    /// See [`Resource::read`].
    fn read<'a>(&'a self, cx: &'a Cx<C>, prior: Value) -> BoxFuture<'a, Result<Option<Value>>>;
    /// See [`Resource::update`].
    fn update<'a>(
        &'a self,
        cx: &'a Cx<C>,
        prior: Value,
        plan: Value,
    ) -> BoxFuture<'a, Result<Value>>;
    /// See [`Resource::delete`].
    fn delete<'a>(&'a self, cx: &'a Cx<C>, prior: Value) -> BoxFuture<'a, Result<()>>;
    /// Reads without a prior state.
    fn import<'a>(&'a self, cx: &'a Cx<C>, import: Import) -> BoxFuture<'a, Result<Option<Value>>>;
    /// The identity of the object with this state. Absent while it is not known.
    fn identity(&self, state: &Value) -> Option<Value>;
    /// Decodes and encodes a state, which tells whether struct and schema agree.
    ///
    /// # Errors
    /// When they do not.
    fn round_trip(&self, state: &Value) -> Result<Value>;
}

struct Erased<R> {
    schema: OnceLock<Schema>,
    resource: PhantomData<fn() -> R>,
}

impl<R> Erased<R> {
    fn id<C, T: DeserializeOwned>(&self, of: &Value) -> Result<T>
    where
        C: Send + Sync + 'static,
        R: Resource<C>,
    {
        let identity = AnyResource::<C>::identity(self, of).ok_or_else(|| {
            Diagnostic::failure("The state does not say which object it is about.")
        })?;
        Ok(typed::from_value(&identity)?)
    }

    fn encode<C, T: Serialize>(&self, state: &T) -> Result<Value>
    where
        C: Send + Sync + 'static,
        R: Resource<C>,
    {
        Ok(typed::to_value(state)?.conform(AnyResource::<C>::schema(self).ty())?)
    }
}

impl<C: Send + Sync + 'static, R: Resource<C>> AnyResource<C> for Erased<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(R::schema)
    }

    fn validate(&self, config: &Value) -> Result<()> {
        R::validate(View::new(config))
    }

    fn plan<'a>(
        &'a self,
        cx: &'a Cx<C>,
        prior: &'a Value,
        config: &'a Value,
        planned: &'a mut Value,
        replace: &'a mut Vec<Path>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let state = match prior {
                Value::Null => None,
                prior => Some(typed::from_value(prior)?),
            };
            let schema = AnyResource::<C>::schema(self);
            R::plan(cx, &mut Plan { prior: state, schema, before: prior, config, planned, replace })
                .await
        })
    }

    fn create<'a>(&'a self, cx: &'a Cx<C>, plan: Value) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let state = R::create(cx, typed::from_value(&plan)?).await?;
            self.encode::<C, _>(&state)
        })
    }

    fn read<'a>(&'a self, cx: &'a Cx<C>, prior: Value) -> BoxFuture<'a, Result<Option<Value>>> {
        Box::pin(async move {
            let id: R::Id = self.id::<C, _>(&prior)?;
            let prior = Some(typed::from_value(&prior)?);
            R::read(cx, &id, prior).await?.map(|state| self.encode::<C, _>(&state)).transpose()
        })
    }

    fn update<'a>(
        &'a self,
        cx: &'a Cx<C>,
        prior: Value,
        plan: Value,
    ) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let (prior, plan) = (typed::from_value(&prior)?, typed::from_value(&plan)?);
            let state = R::update(cx, prior, plan).await?;
            self.encode::<C, _>(&state)
        })
    }

    fn delete<'a>(&'a self, cx: &'a Cx<C>, prior: Value) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { R::delete(cx, &self.id::<C, _>(&prior)?).await })
    }

    fn import<'a>(&'a self, cx: &'a Cx<C>, import: Import) -> BoxFuture<'a, Result<Option<Value>>> {
        Box::pin(async move {
            let id: R::Id = match import {
                Import::Id(text) => text.parse().map_err(|error: <R::Id as FromStr>::Err| {
                    Diagnostic::error("Malformed import id", sentence(error.to_string()))
                })?,
                Import::Identity(identity) => typed::from_value(&identity)?,
            };
            R::read(cx, &id, None).await?.map(|state| self.encode::<C, _>(&state)).transpose()
        })
    }

    fn identity(&self, state: &Value) -> Option<Value> {
        let known = |name| state.get(name).filter(|value| !value.is_null() && value.wholly_known());
        let fields: Option<Vec<_>> = AnyResource::<C>::schema(self)
            .identity()
            .map(|attribute| Some((attribute.name, known(attribute.name)?.clone())))
            .collect();
        Some(Value::map(fields?))
    }

    fn round_trip(&self, state: &Value) -> Result<Value> {
        self.encode::<C, _>(&typed::from_value::<R::State>(state)?)
    }
}
