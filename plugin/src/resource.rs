//! The trait that a managed resource implements, and its type-erased form.

use crate::{
    block::{AnyBlock, BoxFuture, erased},
    context::Cx,
    diagnostic::{Diagnostic, Result, sentence},
    offers::Companions,
    schema::Schema,
    typed,
    value::Value,
    view::{Plan, View},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt::Display, future::Future, str::FromStr};

/// A managed resource of a provider whose client is a `C`.
///
/// The plugin layer validates and plans according to the schema. The hooks
/// [`validate`](Self::validate) and [`plan`](Self::plan) add rules that the schema cannot express.
/// `create`, `read` and `update` never receive an unknown value. An attribute that is not known yet
/// is `None`.
pub trait Resource<C>: Send + Sync + Sized + 'static {
    /// The type name without the provider's prefix.
    const NAME: &'static str;

    /// The type of the value that identifies one object. The text form of the value is the id for
    /// `terraform import`. The fields of the type are the attributes that the schema marks with
    /// [`identity`](crate::Attribute::identity).
    type Id: FromStr<Err: Display> + Display + Serialize + DeserializeOwned + Send + Sync;

    /// The state of one object, with a field for each attribute of the schema.
    type State: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The attributes of the resource.
    fn schema() -> Schema;

    /// Creates the object. Call [`Cx::checkpoint`] as soon as the server has confirmed the
    /// creation. Later errors are then reported as warnings, because an error would taint the new
    /// object.
    fn create(cx: &Cx<C>, plan: Self::State) -> impl Future<Output = Result<Self::State>> + Send;

    /// Reads the object. Returns `None` if the object no longer exists. `prior` is the prior state,
    /// which supplies the values that the API does not return, such as a secret. During an import,
    /// `prior` is `None`.
    fn read(
        cx: &Cx<C>,
        id: &Self::Id,
        prior: Option<Self::State>,
    ) -> impl Future<Output = Result<Option<Self::State>>> + Send;

    /// Updates the object in place.
    fn update(
        cx: &Cx<C>,
        prior: Self::State,
        plan: Self::State,
    ) -> impl Future<Output = Result<Self::State>> + Send;

    /// Deletes the object. Succeeds even if the object does not exist. `prior` is the prior state.
    fn delete(
        cx: &Cx<C>,
        id: &Self::Id,
        prior: View<'_>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Adjusts the planned state where the schema is not enough. Core plans twice and rejects a
    /// second plan that differs from the first. The planned state must therefore not depend on API
    /// requests. A request is allowed only to decide whether the plan shows a warning.
    fn plan(
        cx: &Cx<C>,
        plan: &mut Plan<'_, Self::State>,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, plan);
        async { Ok(()) }
    }

    /// Checks rules that involve several attributes. To report several errors, add each error to
    /// `diagnostics`.
    ///
    /// # Errors
    /// The configuration is invalid. The validation stops at this error.
    fn validate(config: View<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
        let _ = (config, diagnostics);
        Ok(())
    }

    /// Registers the companions of the resource: a list resource, a [migration](crate::Migrate) and
    /// data sources.
    fn companions(companions: Companions<'_, C, Self>) {
        let _ = companions;
    }
}

/// Identifies the object to import.
pub enum Import {
    /// The id given to `terraform import` or in an `import` block.
    Id(String),
    /// The `identity` given in an `import` block.
    Identity(Value),
}

/// The type-erased form of a [`Resource`].
pub trait AnyResource<C>: AnyBlock {
    /// See [`Resource::plan`]. The hook adjusts `planned` and adds its diagnostics to
    /// `diagnostics`.
    fn plan<'a>(
        &'a self,
        cx: &'a Cx<C>,
        prior: &'a Value,
        config: &'a Value,
        planned: &'a mut Value,
        diagnostics: &'a mut Vec<Diagnostic>,
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
    /// Reads an object that has no prior state.
    fn import<'a>(&'a self, cx: &'a Cx<C>, import: Import) -> BoxFuture<'a, Result<Option<Value>>>;
    /// The identity of the object with this state. `None` if an attribute of the identity is null
    /// or unknown.
    fn identity(&self, state: &Value) -> Option<Value>;
    /// Decodes a state and encodes it again. Tests use this method to check that the state struct
    /// matches the schema.
    ///
    /// # Errors
    /// The struct and the schema do not match.
    fn round_trip(&self, state: &Value) -> Result<Value>;
}

erased!(Resource);

impl<C: Send + Sync + 'static, R: Resource<C>> Erased<C, R> {
    /// The id of the object with this state.
    fn id(&self, state: &Value) -> Result<R::Id> {
        let identity = self.identity(state).ok_or_else(|| {
            Diagnostic::failure("The state lacks the attributes that identify the object.")
        })?;
        Ok(typed::from_value(&identity)?)
    }
}

impl<C: Send + Sync + 'static, R: Resource<C>> AnyResource<C> for Erased<C, R> {
    fn plan<'a>(
        &'a self,
        cx: &'a Cx<C>,
        prior: &'a Value,
        config: &'a Value,
        planned: &'a mut Value,
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let schema = self.schema();
            let state = match prior {
                Value::Null => None,
                prior => Some(schema.decode(prior)?),
            };
            let mut plan =
                Plan { prior: state, schema, prior_value: prior, config, planned, diagnostics };
            R::plan(cx, &mut plan).await
        })
    }

    fn create<'a>(&'a self, cx: &'a Cx<C>, plan: Value) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let state = R::create(cx, self.schema().decode(&plan)?).await?;
            self.schema().encode(&state)
        })
    }

    fn read<'a>(&'a self, cx: &'a Cx<C>, prior: Value) -> BoxFuture<'a, Result<Option<Value>>> {
        Box::pin(async move {
            let id = self.id(&prior)?;
            let prior = Some(self.schema().decode(&prior)?);
            let state = R::read(cx, &id, prior).await?;
            state.map(|state| self.schema().encode(&state)).transpose()
        })
    }

    fn update<'a>(
        &'a self,
        cx: &'a Cx<C>,
        prior: Value,
        plan: Value,
    ) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let (prior, plan) = (self.schema().decode(&prior)?, self.schema().decode(&plan)?);
            let state = R::update(cx, prior, plan).await?;
            self.schema().encode(&state)
        })
    }

    fn delete<'a>(&'a self, cx: &'a Cx<C>, prior: Value) -> BoxFuture<'a, Result<()>> {
        Box::pin(
            async move { R::delete(cx, &self.id(&prior)?, View::new(&prior, self.schema())).await },
        )
    }

    fn import<'a>(&'a self, cx: &'a Cx<C>, import: Import) -> BoxFuture<'a, Result<Option<Value>>> {
        Box::pin(async move {
            let id: R::Id = match import {
                Import::Id(text) => text.parse().map_err(|error: <R::Id as FromStr>::Err| {
                    Diagnostic::error("Malformed import id", sentence(error.to_string()))
                })?,
                Import::Identity(identity) => typed::from_value(&identity)?,
            };
            let state = R::read(cx, &id, None).await?;
            state.map(|state| self.schema().encode(&state)).transpose()
        })
    }

    fn identity(&self, state: &Value) -> Option<Value> {
        let known = |name| state.get(name).filter(|value| !value.is_null() && value.wholly_known());
        let fields: Option<Vec<_>> = (self.schema().identity())
            .map(|attribute| Some((attribute.name.clone(), known(&attribute.name)?.clone())))
            .collect();
        Some(Value::map(fields?))
    }

    fn round_trip(&self, state: &Value) -> Result<Value> {
        self.schema().encode(&self.schema().decode::<R::State>(state)?)
    }
}
