//! What a data source has to say for itself.

use super::{
    context::Cx, diagnostic::Result, resource::BoxFuture, schema::Schema, typed, value::Value,
    view::View,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    future::Future,
    marker::PhantomData,
    sync::{Arc, OnceLock},
};

/// Something that is only read, through a client `C`.
pub trait DataSource<C>: Send + Sync + 'static {
    /// The type name without the provider's prefix.
    const NAME: &'static str;

    /// A field for each attribute: arguments as configured, the rest `None`
    /// until it is read.
    type State: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Its attributes.
    fn schema() -> Schema;

    /// Fills in what was asked for.
    fn read(cx: &Cx<C>, config: Self::State) -> impl Future<Output = Result<Self::State>> + Send;

    /// Checks what concerns several attributes at once.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    fn validate(config: View<'_>) -> Result<()> {
        let _ = config;
        Ok(())
    }
}

/// Makes `D` fit a list of data sources.
pub fn data_source<C: Send + Sync + 'static, D: DataSource<C>>() -> Arc<dyn AnyDataSource<C>> {
    Arc::new(Erased::<D> { schema: OnceLock::new(), source: PhantomData })
}

/// A [`DataSource`] with its types forgotten, as the server calls it.
pub trait AnyDataSource<C>: Send + Sync {
    /// See [`DataSource::NAME`].
    fn name(&self) -> &'static str;
    /// See [`DataSource::schema`].
    fn schema(&self) -> &Schema;
    /// See [`DataSource::validate`].
    ///
    /// # Errors
    /// As that.
    fn validate(&self, config: &Value) -> Result<()>;
    /// See [`DataSource::read`].
    fn read<'a>(&'a self, cx: &'a Cx<C>, config: Value) -> BoxFuture<'a, Result<Value>>;
}

struct Erased<D> {
    schema: OnceLock<Schema>,
    source: PhantomData<fn() -> D>,
}

impl<C: Send + Sync + 'static, D: DataSource<C>> AnyDataSource<C> for Erased<D> {
    fn name(&self) -> &'static str {
        D::NAME
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(D::schema)
    }

    fn validate(&self, config: &Value) -> Result<()> {
        D::validate(View::new(config))
    }

    fn read<'a>(&'a self, cx: &'a Cx<C>, config: Value) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let state = D::read(cx, typed::from_value(&config)?).await?;
            Ok(typed::to_value(&state)?.conform(AnyDataSource::<C>::schema(self).ty())?)
        })
    }
}
