//! The trait that makes a resource a list resource for `terraform query`, and its type-erased form.

use crate::{
    block::{AnyBlock, BoxFuture},
    context::Cx,
    diagnostic::{Diagnostic, Result},
    resource::Resource,
    schema::Schema,
    typed,
    value::Value,
};
use serde::de::DeserializeOwned;
use std::{future::Future, marker::PhantomData, ops::ControlFlow, sync::OnceLock};
use tokio::sync::mpsc;

/// A [`Resource`] whose objects `terraform query` can list.
pub trait List<C>: Resource<C> {
    /// The arguments of the `config` block inside a `list` block.
    type Filter: DeserializeOwned + Send;

    /// The attributes of the filter.
    fn list_schema() -> Schema;

    /// Passes every object that matches the filter to `out`, until [`Items::item`] returns `Break`.
    fn list(
        cx: &Cx<C>,
        filter: Self::Filter,
        out: &mut Items<'_, Self::Id, Self::State>,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Receives the objects that [`List::list`] finds.
pub struct Items<'a, I, S> {
    sink: &'a mut Sink,
    encode: &'a (dyn Fn(&I, Option<&S>) -> Result<Found> + Send + Sync),
}

impl<I: Sync, S: Sync> Items<'_, I, S> {
    /// Whether the query includes the states of the objects. If not, [`List::list`] can skip the
    /// requests that are only needed for states.
    pub fn wants_state(&self) -> bool {
        self.sink.include_state
    }

    /// Sends one object to core. Returns `Break` if core wants no more objects.
    pub async fn item(&mut self, id: &I, state: Option<&S>) -> ControlFlow<()> {
        let state = state.filter(|_| self.sink.include_state);
        self.sink.send((self.encode)(id, state)).await
    }
}

/// One listed object.
pub struct Found {
    /// The identity of the object.
    pub identity: Value,
    /// The name that `terraform query` displays.
    pub name: String,
    /// The state of the object, if the query includes states.
    pub state: Option<Value>,
}

/// Passes the listed objects on to core, at most as many as the query asks for.
pub struct Sink {
    pub(crate) objects: mpsc::Sender<Result<Found>>,
    /// The number of objects that may still be sent.
    pub(crate) remaining: u64,
    pub(crate) include_state: bool,
}

impl Sink {
    /// Whether the query includes the states of the objects.
    pub fn wants_state(&self) -> bool {
        self.include_state
    }

    /// Sends one object to core. Returns `Break` if core wants no more objects.
    pub async fn send(&mut self, object: Result<Found>) -> ControlFlow<()> {
        if self.remaining == 0 || self.objects.send(object).await.is_err() {
            return ControlFlow::Break(());
        }
        self.remaining -= 1;
        match self.remaining {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

/// The type-erased form of [`List`]. The schema that [`AnyBlock::schema`] returns is the schema of
/// the filter.
pub trait AnyList<C>: AnyBlock {
    /// See [`List::list`].
    fn list<'a>(&'a self, cx: &'a Cx<C>, filter: Value, sink: Sink) -> BoxFuture<'a, Result<()>>;
}

/// The wrapper through which the plugin layer calls a [`List`]. It is not declared with `erased!`,
/// because a list resource has two schemas and no validation of its own.
pub(crate) struct Erased<C, R> {
    filter: OnceLock<Schema>,
    resource: OnceLock<Schema>,
    types: PhantomData<fn() -> (C, R)>,
}

impl<C, R> Erased<C, R> {
    pub(crate) fn new() -> Self {
        Self { filter: OnceLock::new(), resource: OnceLock::new(), types: PhantomData }
    }
}

impl<C: Send + Sync + 'static, R: List<C>> AnyBlock for Erased<C, R> {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn schema(&self) -> &Schema {
        self.filter.get_or_init(R::list_schema)
    }

    fn validate(&self, _: &Value, _: &mut Vec<Diagnostic>) -> Result<()> {
        Ok(())
    }
}

impl<C: Send + Sync + 'static, R: List<C>> AnyList<C> for Erased<C, R> {
    fn list<'a>(
        &'a self,
        cx: &'a Cx<C>,
        filter: Value,
        mut sink: Sink,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let filter = self.schema().decode(&filter)?;
            let schema = self.resource.get_or_init(R::schema);
            let encode = |id: &R::Id, state: Option<&R::State>| {
                Ok(Found {
                    identity: typed::to_value(id)?,
                    name: id.to_string(),
                    state: state.map(|state| schema.encode(state)).transpose()?,
                })
            };
            R::list(cx, filter, &mut Items { sink: &mut sink, encode: &encode }).await
        })
    }
}
