//! What a resource has to say for itself that `terraform query` can find.

use super::{
    context::Cx,
    diagnostic::{Diagnostic, Result},
    resource::{BoxFuture, Resource},
    schema::Schema,
    typed,
    value::Value,
};
use serde::de::DeserializeOwned;
use std::{
    future::Future,
    marker::PhantomData,
    ops::ControlFlow,
    sync::{Arc, OnceLock},
};
use tokio::sync::mpsc;

/// A [`Resource`] whose objects can be listed.
pub trait List<C>: Resource<C> {
    /// The arguments of the `list` block's `config`.
    type Filter: DeserializeOwned + Send;

    /// The attributes of the filter.
    fn list_schema() -> Schema;

    /// Hands over every object that passes the filter, until told to stop.
    fn list(
        cx: &Cx<C>,
        filter: Self::Filter,
        out: &mut Items<'_, Self::Id, Self::State>,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Where listed objects go.
pub struct Items<'a, I, S> {
    sink: &'a mut Sink,
    encode: &'a (dyn Fn(&I, Option<&S>) -> Result<Found> + Send + Sync),
}

impl<I: Sync, S: Sync> Items<'_, I, S> {
    /// Whether the whole state is wanted, which may cost a request more.
    pub fn wants_state(&self) -> bool {
        self.sink.include_state
    }

    /// Hands over one object; `Break` when no more are wanted.
    pub async fn item(&mut self, id: &I, state: Option<&S>) -> ControlFlow<()> {
        let state = state.filter(|_| self.sink.include_state);
        self.sink.send((self.encode)(id, state)).await
    }
}

/// One listed object.
pub struct Found {
    /// Its identity.
    pub identity: Value,
    /// What a person would call it.
    pub name: String,
    /// Its state, if that was asked for.
    pub state: Option<Value>,
}

/// The receiving side of a list, with its limit.
pub struct Sink {
    pub(super) found: mpsc::Sender<Result<Found>>,
    pub(super) left: u64,
    pub(super) include_state: bool,
}

impl Sink {
    async fn send(&mut self, found: Result<Found>) -> ControlFlow<()> {
        if self.left == 0 || self.found.send(found).await.is_err() {
            return ControlFlow::Break(());
        }
        self.left -= 1;
        match self.left {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Makes `R` fit a list of list resources.
pub fn list<C: Send + Sync + 'static, R: List<C>>() -> Arc<dyn AnyList<C>> {
    Arc::new(Erased::<R> { filter: OnceLock::new(), schema: OnceLock::new(), list: PhantomData })
}

/// A [`List`] with its types forgotten, as the server calls it.
pub trait AnyList<C>: Send + Sync {
    /// See [`Resource::NAME`].
    fn name(&self) -> &'static str;
    /// See [`List::list_schema`].
    fn schema(&self) -> &Schema;
    /// See [`List::list`].
    fn list<'a>(&'a self, cx: &'a Cx<C>, filter: Value, sink: Sink) -> BoxFuture<'a, Result<()>>;
}

struct Erased<R> {
    filter: OnceLock<Schema>,
    schema: OnceLock<Schema>,
    list: PhantomData<fn() -> R>,
}

impl<C: Send + Sync + 'static, R: List<C>> AnyList<C> for Erased<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn schema(&self) -> &Schema {
        self.filter.get_or_init(R::list_schema)
    }

    fn list<'a>(
        &'a self,
        cx: &'a Cx<C>,
        filter: Value,
        mut sink: Sink,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let filter = typed::from_value(&filter)?;
            let schema = self.schema.get_or_init(R::schema);
            let encode = |id: &R::Id, state: Option<&R::State>| {
                let state = state.map(|state| {
                    Ok::<_, Diagnostic>(typed::to_value(state)?.conform(schema.ty())?)
                });
                Ok(Found {
                    identity: typed::to_value(id)?,
                    name: id.to_string(),
                    state: state.transpose()?,
                })
            };
            R::list(cx, filter, &mut Items { sink: &mut sink, encode: &encode }).await
        })
    }
}
