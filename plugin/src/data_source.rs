//! The trait that a data source implements, and its type-erased form.

use crate::{
    block::{AnyBlock, BoxFuture, erased},
    context::Cx,
    diagnostic::{Diagnostic, Result},
    schema::{Attribute, Kind, Schema},
    value::Value,
    view::View,
};
use serde::{Serialize, de::DeserializeOwned};
use std::future::Future;

/// A data source of a provider whose client is a `C`.
pub trait DataSource<C>: Send + Sync + 'static {
    /// The type name without the provider's prefix.
    const NAME: &'static str;

    /// A struct with a field for each attribute. [`read`](Self::read) receives the configured
    /// arguments, with `None` for the computed attributes. It returns all attributes.
    type State: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The attributes of the data source.
    fn schema() -> Schema;

    /// Reads the data that the arguments select.
    fn read(cx: &Cx<C>, config: Self::State) -> impl Future<Output = Result<Self::State>> + Send;

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

impl Attribute {
    /// Turns an attribute of a resource into the attribute of a data source. Only the provider sets
    /// the attribute of the data source.
    #[must_use]
    pub fn only_computed(self) -> Self {
        let kind = match self.kind {
            Kind::Nested(nesting, inner) => {
                Kind::Nested(nesting, inner.into_iter().map(Self::only_computed).collect())
            }
            plain => plain,
        };
        let attribute = Self { default: None, required: false, replaces: false, kind, ..self };
        Self { stable: false, ..attribute }.computed()
    }
}

/// The type-erased form of a [`DataSource`].
pub trait AnyDataSource<C>: AnyBlock {
    /// See [`DataSource::read`].
    fn read<'a>(&'a self, cx: &'a Cx<C>, config: Value) -> BoxFuture<'a, Result<Value>>;
}

erased!(DataSource);

impl<C: Send + Sync + 'static, D: DataSource<C>> AnyDataSource<C> for Erased<C, D> {
    fn read<'a>(&'a self, cx: &'a Cx<C>, config: Value) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let state = D::read(cx, self.schema().decode(&config)?).await?;
            self.schema().encode(&state)
        })
    }
}
