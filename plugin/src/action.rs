//! The trait that an action implements, and its type-erased form.

use crate::{
    block::{AnyBlock, BoxFuture, erased},
    context::Cx,
    diagnostic::{Diagnostic, Result},
    schema::Schema,
    value::Value,
    view::View,
};
use serde::de::DeserializeOwned;
use std::future::Future;
use tokio::sync::mpsc;

/// An action: an operation that leaves no object in the state. `C` is the provider's client.
pub trait Action<C>: Send + Sync + 'static {
    /// The type name without the provider's prefix.
    const NAME: &'static str;

    /// The arguments, with a field for each attribute of the schema.
    type Config: DeserializeOwned + Send;

    /// The attributes of the action.
    fn schema() -> Schema;

    /// Runs the action.
    fn invoke(
        cx: &Cx<C>,
        config: Self::Config,
        progress: &Progress,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Checks rules that involve several attributes. To report several errors, add each error to
    /// `diagnostics`.
    ///
    /// # Errors
    /// The configuration is invalid. The validation stops at this error.
    fn validate(config: View<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
        let _ = (config, diagnostics);
        Ok(())
    }
}

/// Sends progress messages of a running action to core.
pub struct Progress(pub(crate) mpsc::UnboundedSender<String>);

impl Progress {
    /// Shows a line to the user while the action runs.
    pub fn say(&self, line: impl Into<String>) {
        // Sending fails if the receiver no longer exists. The action continues nevertheless.
        let _ = self.0.send(line.into());
    }
}

/// The type-erased form of an [`Action`].
pub trait AnyAction<C>: AnyBlock {
    /// See [`Action::invoke`].
    fn invoke<'a>(
        &'a self,
        cx: &'a Cx<C>,
        config: Value,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<()>>;
}

erased!(Action);

impl<C: Send + Sync + 'static, A: Action<C>> AnyAction<C> for Erased<C, A> {
    fn invoke<'a>(
        &'a self,
        cx: &'a Cx<C>,
        config: Value,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { A::invoke(cx, self.schema().decode(&config)?, progress).await })
    }
}
