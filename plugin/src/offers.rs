//! The registry of the types that a provider offers.

use crate::{
    action::{self, Action, AnyAction},
    data_source::{self, AnyDataSource, DataSource},
    ephemeral::{self, AnyEphemeral, Ephemeral},
    function::{self, AnyFunction, Function},
    list::{self, AnyList, List},
    migrate::{self, AnyMigrate, Migrate},
    resource::{self, AnyResource, Resource},
};
use std::{marker::PhantomData, sync::Arc};

/// The types that a provider offers to its users. Methods such as [`Offers::resource`] register a
/// type.
pub struct Offers<C> {
    /// Managed resources.
    pub resources: Vec<Arc<dyn AnyResource<C>>>,
    /// The resources that can convert states in other formats, see [`Migrate`].
    pub migrations: Vec<Arc<dyn AnyMigrate>>,
    /// List resources.
    pub lists: Vec<Arc<dyn AnyList<C>>>,
    /// Data sources.
    pub data_sources: Vec<Arc<dyn AnyDataSource<C>>>,
    /// Ephemeral resources.
    pub ephemerals: Vec<Arc<dyn AnyEphemeral<C>>>,
    /// Provider-defined functions.
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

impl<C: Send + Sync + 'static> Offers<C> {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a managed resource together with its [companions](Resource::companions).
    #[must_use]
    pub fn resource<R: Resource<C>>(mut self) -> Self {
        self.resources.push(Arc::new(resource::Erased::<C, R>::new()));
        R::companions(Companions { offers: &mut self, resource: PhantomData });
        self
    }

    /// Registers a data source.
    #[must_use]
    pub fn data_source<D: DataSource<C>>(mut self) -> Self {
        self.data_sources.push(Arc::new(data_source::Erased::<C, D>::new()));
        self
    }

    /// Registers an ephemeral resource.
    #[must_use]
    pub fn ephemeral<E: Ephemeral<C>>(mut self) -> Self {
        self.ephemerals.push(Arc::new(ephemeral::Erased::<C, E>::new()));
        self
    }

    /// Registers a function.
    #[must_use]
    pub fn function<F: Function>(mut self) -> Self {
        self.functions.push(Arc::new(function::Erased::<F>::new()));
        self
    }

    /// Registers an action.
    #[must_use]
    pub fn action<A: Action<C>>(mut self) -> Self {
        self.actions.push(Arc::new(action::Erased::<C, A>::new()));
        self
    }
}

/// The argument of [`Resource::companions`]. Its methods register the companions of the resource
/// `R`: a list resource, a migration and data sources.
pub struct Companions<'a, C, R> {
    offers: &'a mut Offers<C>,
    resource: PhantomData<fn() -> R>,
}

impl<C: Send + Sync + 'static, R: Resource<C>> Companions<'_, C, R> {
    /// Registers the resource as a list resource for `terraform query`.
    pub fn list(self) -> Self
    where
        R: List<C>,
    {
        self.offers.lists.push(Arc::new(list::Erased::<C, R>::new()));
        self
    }

    /// Registers the resource's migration, which converts states in other formats, see [`Migrate`].
    pub fn migration(self) -> Self
    where
        R: Migrate<C>,
    {
        self.offers.migrations.push(Arc::new(migrate::Erased::<C, R>::new()));
        self
    }

    /// Registers a data source that reads the same objects as the resource.
    pub fn data_source<D: DataSource<C>>(self) -> Self {
        self.offers.data_sources.push(Arc::new(data_source::Erased::<C, D>::new()));
        self
    }
}
