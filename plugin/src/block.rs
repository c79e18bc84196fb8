//! What every type with a block in the configuration has in common: a name, a schema and a
//! validation. The server calls the types through this trait and its type-erased subtraits.

use crate::{
    diagnostic::{Diagnostic, Result},
    schema::Schema,
    value::Value,
};
use std::{future::Future, pin::Pin};

/// The boxed future that a type-erased method returns.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The part that the type-erased forms of all contracts share.
pub trait AnyBlock: Send + Sync {
    /// The type name without the provider's prefix, for example `user`.
    fn name(&self) -> &'static str;

    /// The attributes of the block. Built at the first call.
    fn schema(&self) -> &Schema;

    /// Runs the type's own validation on a configuration that the schema has accepted. A type can
    /// report several errors through `diagnostics`.
    ///
    /// # Errors
    /// The error that ended the validation early.
    fn validate(&self, config: &Value, diagnostics: &mut Vec<Diagnostic>) -> Result<()>;
}

/// Declares `Erased<C, T>`, the type-erased form of a contract, and implements [`AnyBlock`] for it.
/// `C` is the provider's client and `T` the type that implements the contract.
macro_rules! erased {
    ($contract:ident) => {
        pub(crate) struct Erased<C, T> {
            schema: std::sync::OnceLock<crate::schema::Schema>,
            types: std::marker::PhantomData<fn() -> (C, T)>,
        }

        impl<C, T> Erased<C, T> {
            pub(crate) fn new() -> Self {
                Self { schema: std::sync::OnceLock::new(), types: std::marker::PhantomData }
            }
        }

        impl<C: Send + Sync + 'static, T: $contract<C>> crate::block::AnyBlock for Erased<C, T> {
            fn name(&self) -> &'static str {
                T::NAME
            }

            fn schema(&self) -> &crate::schema::Schema {
                self.schema.get_or_init(T::schema)
            }

            fn validate(
                &self,
                config: &crate::value::Value,
                diagnostics: &mut Vec<crate::diagnostic::Diagnostic>,
            ) -> crate::diagnostic::Result<()> {
                T::validate(crate::view::View::new(config, self.schema()), diagnostics)
            }
        }
    };
}
pub(crate) use erased;
