//! The trait that an ephemeral resource implements, and its type-erased form.

use crate::{
    block::{AnyBlock, BoxFuture, erased},
    context::Cx,
    diagnostic::{Diagnostic, Result},
    schema::Schema,
    value::Value,
    view::View,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{future::Future, time::SystemTime};

/// An ephemeral resource of a provider whose client is a `C`: an object that exists during one run
/// and is stored in neither plan nor state.
///
/// Core does not always close what it opened, for example when a consumer fails or the run is
/// interrupted. The server therefore remembers what is open and closes the rest before it exits.
pub trait Ephemeral<C>: Send + Sync + 'static {
    /// The type name without the provider's prefix.
    const NAME: &'static str;

    /// A field for each attribute: the arguments as configured, and the computed attributes, which
    /// are `None` until [`open`](Self::open) fills them in.
    type State: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The data that [`renew`](Self::renew) and [`close`](Self::close) need. It must not contain a
    /// secret, because core holds it in plain text.
    type Private: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The attributes of the ephemeral resource. Core rejects a result that sets an argument which
    /// the configuration omits, so an optional argument cannot be computed.
    fn schema() -> Schema;

    /// Creates the object.
    fn open(
        cx: &Cx<C>,
        config: Self::State,
    ) -> impl Future<Output = Result<Opened<Self::State, Self::Private>>> + Send;

    /// Extends the object's lifetime. Returns the new private data and the time of the next
    /// renewal, `None` if no further renewal is needed.
    fn renew(
        cx: &Cx<C>,
        private: Self::Private,
    ) -> impl Future<Output = Result<(Self::Private, Option<SystemTime>)>> + Send;

    /// Deletes the object. Succeeds if the object does not exist.
    fn close(cx: &Cx<C>, private: Self::Private) -> impl Future<Output = Result<()>> + Send;

    /// Checks rules that involve several attributes. Further errors go into `diagnostics`.
    ///
    /// # Errors
    /// An error in the configuration that ends the validation.
    fn validate(config: View<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
        let _ = (config, diagnostics);
        Ok(())
    }
}

/// An ephemeral resource that was opened.
pub struct Opened<S, P> {
    /// The attributes that the configuration can use.
    pub result: S,
    /// The data for `renew` and `close`.
    pub private: P,
    /// The time of the first renewal; `None` if no renewal is needed.
    pub renew_at: Option<SystemTime>,
}

/// The type-erased form of an [`Ephemeral`] resource. Private data is JSON here.
pub trait AnyEphemeral<C>: AnyBlock {
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

erased!(Ephemeral);

impl<C: Send + Sync + 'static, E: Ephemeral<C>> AnyEphemeral<C> for Erased<C, E> {
    fn open<'a>(
        &'a self,
        cx: &'a Cx<C>,
        config: Value,
    ) -> BoxFuture<'a, Result<Opened<Value, Vec<u8>>>> {
        Box::pin(async move {
            let opened = E::open(cx, self.schema().decode(&config)?).await?;
            Ok(Opened {
                result: self.schema().encode(&opened.result)?,
                private: encode_private(&opened.private)?,
                renew_at: opened.renew_at,
            })
        })
    }

    fn renew<'a>(
        &'a self,
        cx: &'a Cx<C>,
        private: &'a [u8],
    ) -> BoxFuture<'a, Result<(Vec<u8>, Option<SystemTime>)>> {
        Box::pin(async move {
            let (private, renew_at) = E::renew(cx, decode_private(private)?).await?;
            Ok((encode_private(&private)?, renew_at))
        })
    }

    fn close<'a>(&'a self, cx: &'a Cx<C>, private: &'a [u8]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { E::close(cx, decode_private(private)?).await })
    }
}

/// Encodes private data as JSON.
pub(crate) fn encode_private<P: Serialize>(private: &P) -> Result<Vec<u8>> {
    serde_json::to_vec(private)
        .map_err(|_| Diagnostic::failure("The provider could not encode its private data."))
}

fn decode_private<P: DeserializeOwned>(private: &[u8]) -> Result<P> {
    serde_json::from_slice(private).map_err(|_| {
        Diagnostic::failure(
            "Terraform returned private data that this version of the provider did not write.",
        )
    })
}
