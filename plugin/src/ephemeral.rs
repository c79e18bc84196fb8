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

/// An ephemeral resource: an object that exists during one run. Neither the plan nor the state
/// contains it. `C` is the provider's client.
///
/// Core does not always close an ephemeral resource that it has opened. For example, core may leave
/// the resource open if the run is interrupted, or if an operation of another resource fails. The
/// plugin layer therefore keeps a list of the open ephemeral resources, and closes them before the
/// process ends.
pub trait Ephemeral<C>: Send + Sync + 'static {
    /// The type name without the provider's prefix.
    const NAME: &'static str;

    /// A struct with a field for each attribute. [`open`](Self::open) receives the configured
    /// arguments, with `None` for the computed attributes. It returns all attributes in [`Opened`].
    type State: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The data that [`renew`](Self::renew) and [`close`](Self::close) need. Core holds this data
    /// in plain text, so it must not contain a secret.
    type Private: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The attributes of the ephemeral resource. An attribute cannot be both optional and computed.
    /// If the configuration omits an argument, core rejects a result that sets this argument.
    fn schema() -> Schema;

    /// Creates the object.
    fn open(
        cx: &Cx<C>,
        config: Self::State,
    ) -> impl Future<Output = Result<Opened<Self::State, Self::Private>>> + Send;

    /// Extends the object's lifetime. Returns the new private data and the time of the next
    /// renewal. The time is `None` if no further renewal is needed.
    fn renew(
        cx: &Cx<C>,
        private: Self::Private,
    ) -> impl Future<Output = Result<(Self::Private, Option<SystemTime>)>> + Send;

    /// Deletes the object. Succeeds even if the object does not exist.
    fn close(cx: &Cx<C>, private: Self::Private) -> impl Future<Output = Result<()>> + Send;

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

/// An ephemeral resource that was opened.
pub struct Opened<S, P> {
    /// The attributes that the configuration can use.
    pub result: S,
    /// The data for `renew` and `close`.
    pub private: P,
    /// The time of the first renewal. `None` if no renewal is needed.
    pub renew_at: Option<SystemTime>,
}

/// The type-erased form of an [`Ephemeral`] resource. Private data is encoded as JSON.
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
            "Terraform did not return the private data that the provider needs to renew or close \
             the object. The object might still exist on the server. If you no longer need the \
             object, delete it on the server.",
        )
    })
}
