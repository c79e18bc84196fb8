//! What an ephemeral resource has to say for itself.

use super::{
    context::Cx,
    diagnostic::{Diagnostic, Result},
    resource::BoxFuture,
    schema::Schema,
    typed,
    value::Value,
    view::View,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    future::Future,
    marker::PhantomData,
    sync::{Arc, OnceLock},
    time::SystemTime,
};

/// Something that exists for one run and is kept nowhere, reached through a
/// client `C`.
///
/// Core does not promise to close what it opened (a failed consumer, Ctrl-C), so
/// the server remembers what is open and closes the rest before it exits.
pub trait Ephemeral<C>: Send + Sync + 'static {
    /// The type name without the provider's prefix.
    const NAME: &'static str;

    /// A field for each attribute: arguments as configured, the rest `None`
    /// until it is open.
    type State: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// What `renew` and `close` need. Never a secret.
    type Private: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Its attributes. Core refuses a result that fills in an argument that
    /// was left out.
    fn schema() -> Schema;

    /// Makes it.
    fn open(
        cx: &Cx<C>,
        config: Self::State,
    ) -> impl Future<Output = Result<Opened<Self::State, Self::Private>>> + Send;

    /// Keeps it alive; answers when to do so again.
    fn renew(
        cx: &Cx<C>,
        private: Self::Private,
    ) -> impl Future<Output = Result<(Self::Private, Option<SystemTime>)>> + Send;

    /// Ends it. Succeeds when it is already gone.
    fn close(cx: &Cx<C>, private: Self::Private) -> impl Future<Output = Result<()>> + Send;

    /// Checks what concerns several attributes at once.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    fn validate(config: View<'_>) -> Result<()> {
        let _ = config;
        Ok(())
    }
}

/// What came of opening.
pub struct Opened<S, P> {
    /// What the configuration may use.
    pub result: S,
    /// What `renew` and `close` get.
    pub private: P,
    /// When to renew, if ever.
    pub renew_at: Option<SystemTime>,
}

/// Makes `E` fit a list of ephemeral resources.
pub fn ephemeral<C: Send + Sync + 'static, E: Ephemeral<C>>() -> Arc<dyn AnyEphemeral<C>> {
    Arc::new(Erased::<E> { schema: OnceLock::new(), ephemeral: PhantomData })
}

/// An [`Ephemeral`] with its types forgotten, as the server calls it.
pub trait AnyEphemeral<C>: Send + Sync {
    /// See [`Ephemeral::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Ephemeral::schema`].
    fn schema(&self) -> &Schema;
    /// See [`Ephemeral::validate`].
    ///
    /// # Errors
    /// As that.
    fn validate(&self, config: &Value) -> Result<()>;
    /// See [`Ephemeral::open`].
    fn open<'a>(
        &'a self,
        cx: &'a Cx<C>,
        config: Value,
    ) -> BoxFuture<'a, Result<Opened<Value, Vec<u8>>>>;
    /// See [`Ephemeral::renew`].
    fn renew<'a>(
        &'a self,
        cx: &'a Cx<C>,
        private: &'a [u8],
    ) -> BoxFuture<'a, Result<(Vec<u8>, Option<SystemTime>)>>;
    /// See [`Ephemeral::close`].
    fn close<'a>(&'a self, cx: &'a Cx<C>, private: &'a [u8]) -> BoxFuture<'a, Result<()>>;
}

struct Erased<E> {
    schema: OnceLock<Schema>,
    ephemeral: PhantomData<fn() -> E>,
}

impl<C: Send + Sync + 'static, E: Ephemeral<C>> AnyEphemeral<C> for Erased<E> {
    fn name(&self) -> &'static str {
        E::NAME
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(E::schema)
    }

    fn validate(&self, config: &Value) -> Result<()> {
        E::validate(View::new(config))
    }

    fn open<'a>(
        &'a self,
        cx: &'a Cx<C>,
        config: Value,
    ) -> BoxFuture<'a, Result<Opened<Value, Vec<u8>>>> {
        Box::pin(async move {
            let Opened { result, private, renew_at } =
                E::open(cx, typed::from_value(&config)?).await?;
            let schema = AnyEphemeral::<C>::schema(self);
            let result = typed::to_value(&result)?.conform(schema.ty())?;
            Ok(Opened { result, private: pack(&private)?, renew_at })
        })
    }

    fn renew<'a>(
        &'a self,
        cx: &'a Cx<C>,
        private: &'a [u8],
    ) -> BoxFuture<'a, Result<(Vec<u8>, Option<SystemTime>)>> {
        Box::pin(async move {
            let (private, renew_at) = E::renew(cx, unpack(private)?).await?;
            Ok((pack(&private)?, renew_at))
        })
    }

    fn close<'a>(&'a self, cx: &'a Cx<C>, private: &'a [u8]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { E::close(cx, unpack(private)?).await })
    }
}

pub(super) fn pack<P: Serialize>(private: &P) -> Result<Vec<u8>> {
    serde_json::to_vec(private)
        .map_err(|_| Diagnostic::failure("The provider's private data cannot be written."))
}

fn unpack<P: DeserializeOwned>(private: &[u8]) -> Result<P> {
    serde_json::from_slice(private).map_err(|_| {
        Diagnostic::failure("Terraform handed back private data that this provider did not write.")
    })
}
