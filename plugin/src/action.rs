//! What an action has to say for itself.

use super::{
    context::Cx, diagnostic::Result, resource::BoxFuture, schema::Schema, typed, value::Value,
    view::View,
};
use serde::de::DeserializeOwned;
use std::{
    future::Future,
    marker::PhantomData,
    sync::{Arc, OnceLock},
};
use tokio::sync::mpsc;

/// Something that is done, not kept, through a client `C`.
pub trait Action<C>: Send + Sync + 'static {
    /// The type name without the provider's prefix.
    const NAME: &'static str;

    /// Its arguments.
    type Config: DeserializeOwned + Send;

    /// Its attributes.
    fn schema() -> Schema;

    /// Does it.
    fn invoke(
        cx: &Cx<C>,
        config: Self::Config,
        progress: &Progress,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Checks what concerns several attributes at once.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    fn validate(config: View<'_>) -> Result<()> {
        let _ = config;
        Ok(())
    }
}

/// Where an action says how far it is.
pub struct Progress(pub(super) mpsc::UnboundedSender<String>);

impl Progress {
    /// Shows a line while the action runs.
    pub fn say(&self, line: impl Into<String>) {
        // Nobody listens any more when Terraform is gone; the action goes on.
        let _ = self.0.send(line.into());
    }
}

/// Makes `A` fit a list of actions.
pub fn action<C: Send + Sync + 'static, A: Action<C>>() -> Arc<dyn AnyAction<C>> {
    Arc::new(Erased::<A> { schema: OnceLock::new(), action: PhantomData })
}

/// An [`Action`] with its types forgotten, as the server calls it.
pub trait AnyAction<C>: Send + Sync {
    /// See [`Action::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Action::schema`].
    fn schema(&self) -> &Schema;
    /// See [`Action::validate`].
    ///
    /// # Errors
    /// As that.
    fn validate(&self, config: &Value) -> Result<()>;
    /// See [`Action::invoke`].
    fn invoke<'a>(
        &'a self,
        cx: &'a Cx<C>,
        config: Value,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<()>>;
}

struct Erased<A> {
    schema: OnceLock<Schema>,
    action: PhantomData<fn() -> A>,
}

impl<C: Send + Sync + 'static, A: Action<C>> AnyAction<C> for Erased<A> {
    fn name(&self) -> &'static str {
        A::NAME
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(A::schema)
    }

    fn validate(&self, config: &Value) -> Result<()> {
        A::validate(View::new(config))
    }

    fn invoke<'a>(
        &'a self,
        cx: &'a Cx<C>,
        config: Value,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { A::invoke(cx, typed::from_value(&config)?, progress).await })
    }
}
