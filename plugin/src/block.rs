//! The common part of resources, data sources, ephemeral resources, list resources and actions.
//! Each of these types is configured with a block, and has a name, a schema and a validation. The
//! plugin layer calls the types through [`AnyBlock`] and its subtraits, such as `AnyResource`.
//! These traits are type-erased, which means that they do not mention the structs that a type uses
//! for its state and arguments.

use crate::{
    diagnostic::{Diagnostic, Result},
    schema::Schema,
    value::Value,
};
use std::{future::Future, pin::Pin};

/// The boxed future that a type-erased method returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The supertrait of the type-erased traits, such as `AnyResource`.
pub trait AnyBlock: Send + Sync {
    /// The type name without the provider's prefix, for example `user`.
    fn name(&self) -> &'static str;

    /// The attributes of the block. The schema is built at the first call.
    fn schema(&self) -> &Schema;

    /// Runs the type's own validation. `config` already satisfies the rules of the schema. To
    /// report several errors, add each error to `diagnostics`.
    ///
    /// # Errors
    /// The configuration is invalid. The validation stops at this error.
    fn validate(&self, config: &Value, diagnostics: &mut Vec<Diagnostic>) -> Result<()>;
}

/// Declares the wrapper `Erased<C, T>` and implements [`AnyBlock`] for the wrapper. The plugin
/// layer calls a `T` through this wrapper. `T` implements the trait `$type_trait`, for example
/// `Resource`. `C` is the provider's client.
macro_rules! erased {
    ($type_trait:ident) => {
        pub(crate) struct Erased<C, T> {
            schema: std::sync::OnceLock<crate::schema::Schema>,
            types: std::marker::PhantomData<fn() -> (C, T)>,
        }

        impl<C, T> Erased<C, T> {
            pub(crate) fn new() -> Self {
                Self { schema: std::sync::OnceLock::new(), types: std::marker::PhantomData }
            }
        }

        impl<C: Send + Sync + 'static, T: $type_trait<C>> crate::block::AnyBlock for Erased<C, T> {
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
