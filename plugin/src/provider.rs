//! What a provider has to say for itself: its own block and the lists of what it offers.

use super::{
    action::AnyAction,
    context::Runtime,
    data_source::AnyDataSource,
    diagnostic::{Diagnostic, Result},
    ephemeral::AnyEphemeral,
    function::AnyFunction,
    list::AnyList,
    migrate::AnyMigrate,
    resource::AnyResource,
    schema::Schema,
    view::View,
};
use std::sync::Arc;

/// A provider.
pub trait Provider: Send + Sync + 'static {
    /// What its resources reach the world through.
    type Client: Send + Sync + 'static;

    /// What type names begin with, without the underscore.
    const PREFIX: &'static str;

    /// Its own block.
    fn schema(&self) -> Schema;

    /// Everything that it offers.
    fn offers(&self) -> Offers<Self::Client>;

    /// Checks the block as far as it is known.
    ///
    /// # Errors
    /// What is wrong with it.
    fn validate(&self, config: View<'_>) -> Result<()>;

    /// Makes the client, without any I/O. What it has to say beside that goes
    /// into `warnings`.
    ///
    /// # Errors
    /// What is wrong with the block.
    fn configure(
        &self,
        config: View<'_>,
        runtime: &Runtime,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Configured<Self::Client>>;
}

/// What came of configuring.
pub enum Configured<C> {
    /// A client.
    Ready(Arc<C>),
    /// None, and why: an argument that is missing or not known yet. An error
    /// only for what needs a client.
    NotReady(Diagnostic),
}

/// Everything that a provider offers; a thing is offered when it has its line here.
pub struct Offers<C> {
    /// Managed resources.
    pub resources: Vec<Arc<dyn AnyResource<C>>>,
    /// Those among them that read states of others.
    pub migrations: Vec<Arc<dyn AnyMigrate>>,
    /// Those among them that can be listed.
    pub lists: Vec<Arc<dyn AnyList<C>>>,
    /// Data sources.
    pub data_sources: Vec<Arc<dyn AnyDataSource<C>>>,
    /// Ephemeral resources.
    pub ephemerals: Vec<Arc<dyn AnyEphemeral<C>>>,
    /// Functions.
    pub functions: Vec<Arc<dyn AnyFunction>>,
    /// Actions.
    pub actions: Vec<Arc<dyn AnyAction<C>>>,
}

impl<C> Default for Offers<C> {
    fn default() -> Self {
        Self {
            resources: Vec::new(),
            migrations: Vec::new(),
            lists: Vec::new(),
            data_sources: Vec::new(),
            ephemerals: Vec::new(),
            functions: Vec::new(),
            actions: Vec::new(),
        }
    }
}
