//! The trait that a provider-defined function implements, and its type-erased form. A function is
//! pure: it has no client and sends no requests.

use crate::{
    diagnostic::sentence,
    typed,
    value::{Type, Value},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{marker::PhantomData, sync::OnceLock};

/// A pure function. Core calls it only with known arguments. An argument is null only if its
/// parameter is [`nullable`](Parameter::nullable).
pub trait Function: Send + Sync + 'static {
    /// The name of the function.
    const NAME: &'static str;

    /// The type of the result.
    type Output: Serialize;

    /// Parameters, result type and documentation.
    fn signature() -> Signature;

    /// Computes the result.
    ///
    /// # Errors
    /// The function has no result for these arguments.
    fn call(arguments: &Arguments) -> Result<Self::Output, FunctionError>;
}

/// The parameters, result type and documentation of a function.
#[derive(Debug)]
pub struct Signature {
    /// Summary, one line of plain text.
    pub summary: &'static str,
    /// Description in Markdown.
    pub doc: &'static str,
    /// The positional parameters, in order.
    pub parameters: Vec<Parameter>,
    /// The parameter for any number of additional arguments after the positional ones. `None` if
    /// additional arguments are not allowed.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub returns: Type,
}

/// One parameter of a function.
#[derive(Debug)]
pub struct Parameter {
    /// The name.
    pub name: &'static str,
    /// The type of the argument.
    pub ty: Type,
    /// Whether the argument can be null. If it cannot be null, core itself reports an error for
    /// null.
    pub nullable: bool,
    /// Description in Markdown.
    pub doc: &'static str,
}

/// An error of a function. It can refer to one of the arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// The message: what is wrong and what to do.
    pub text: String,
    /// The position of the argument that the error refers to, counted from 0.
    pub argument: Option<usize>,
}

/// The arguments of a call.
pub struct Arguments(Vec<Value>);

impl Arguments {
    /// The argument at this position, counted from 0.
    ///
    /// # Errors
    /// The argument is missing, or cannot be converted to `T`.
    pub fn get<T: DeserializeOwned>(&self, index: usize) -> Result<T, FunctionError> {
        let error = |text| FunctionError { text, argument: Some(index) };
        let value = self.0.get(index).ok_or_else(|| error("This argument is missing.".into()))?;
        typed::from_value(value).map_err(|reason| error(sentence(reason.message.into_owned())))
    }

    /// The number of arguments, including the variadic ones.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// The type-erased form of a [`Function`].
pub trait AnyFunction: Send + Sync {
    /// See [`Function::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Function::signature`].
    fn signature(&self) -> &Signature;
    /// See [`Function::call`].
    ///
    /// # Errors
    /// See [`Function::call`].
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

/// The wrapper through which the plugin layer calls a [`Function`].
pub(crate) struct Erased<F> {
    signature: OnceLock<Signature>,
    function: PhantomData<fn() -> F>,
}

impl<F> Erased<F> {
    pub(crate) fn new() -> Self {
        Self { signature: OnceLock::new(), function: PhantomData }
    }
}

impl<F: Function> AnyFunction for Erased<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn signature(&self) -> &Signature {
        self.signature.get_or_init(F::signature)
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let output = F::call(&Arguments(arguments))?;
        typed::to_value(&output)
            .and_then(|value| value.conform(&self.signature().returns))
            .map_err(|error| FunctionError { text: error.to_string(), argument: None })
    }
}
