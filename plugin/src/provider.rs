//! The trait that a provider implements: its configuration block, its client, and the types that it
//! offers.

use crate::{
    context::{Cx, Runtime},
    diagnostic::{Diagnostic, Result},
    offers::Offers,
    schema::Schema,
    view::View,
};
use std::{future::Future, sync::Arc};

/// A Terraform provider.
pub trait Provider: Send + Sync + 'static {
    /// The client of the API, which resources, data sources and the other types share.
    type Client: Send + Sync + 'static;

    /// The prefix of all type names, without the underscore, for example `pbs`.
    const PREFIX: &'static str;

    /// The attributes of the provider block.
    fn schema(&self) -> Schema;

    /// The resources, data sources and other types that the provider offers to its users.
    fn offers(&self) -> Offers<Self::Client>;

    /// Checks rules that involve several attributes of the provider block. To report several
    /// errors, add each error to `diagnostics`.
    ///
    /// # Errors
    /// The configuration is invalid. The validation stops at this error.
    fn validate(&self, config: View<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()>;

    /// Creates the client without any I/O. Adds warnings to `warnings`.
    ///
    /// # Errors
    /// The client cannot be created, for example because an argument of the provider block is
    /// invalid.
    fn configure(
        &self,
        config: View<'_>,
        runtime: &Runtime,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Configured<Self::Client>>;

    /// Checks whether the client can be used. The plugin layer calls this method once in a run,
    /// when core plans the first resource. A plan thereby fails if the provider block contains a
    /// mistake, even if the plan needs no data from the API.
    ///
    /// # Errors
    /// The plan of the resource fails with this error.
    fn check(
        client: &Self::Client,
        cx: &Cx<Self::Client>,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (client, cx);
        async { Ok(()) }
    }
}

/// The outcome of configuring a provider.
pub enum Configured<C> {
    /// The client.
    Ready(Arc<C>),
    /// There is no client, because an argument is missing. Each call that needs the client fails
    /// with this diagnostic. The first plan of a resource fails with this diagnostic even if the
    /// plan does not need the client.
    Missing(Diagnostic),
    /// There is no client yet, because the value of an argument is not known before apply. Each
    /// call that needs the client fails with this diagnostic.
    Unknown(Diagnostic),
}
