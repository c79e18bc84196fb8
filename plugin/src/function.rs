//! What a function has to say for itself. A function is pure: it has no client.

use super::{
    diagnostic::sentence,
    typed,
    value::{Type, Value},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    marker::PhantomData,
    sync::{Arc, OnceLock},
};

/// A pure function of known values, none of them null.
pub trait Function: Send + Sync + 'static {
    /// Its name.
    const NAME: &'static str;

    /// What comes of it.
    type Output: Serialize;

    /// What it takes and returns.
    fn signature() -> Signature;

    /// Computes it.
    ///
    /// # Errors
    /// What is wrong with which argument.
    fn call(arguments: &Arguments) -> Result<Self::Output, FunctionError>;
}

/// What a function takes and returns.
#[derive(Debug)]
pub struct Signature {
    /// One line.
    pub summary: &'static str,
    /// Markdown.
    pub doc: &'static str,
    /// In order.
    pub parameters: Vec<Parameter>,
    /// What may follow any number of times.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub returns: Type,
}

/// One argument of a function.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Markdown.
    pub doc: &'static str,
}

/// A refusal that points at an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// What is wrong and what to do.
    pub text: String,
    /// Which argument, counted from 0.
    pub argument: Option<usize>,
}

/// The arguments of a call.
pub struct Arguments(Vec<Value>);

impl Arguments {
    /// The argument at this place, counted from 0.
    ///
    /// # Errors
    /// When it is missing or no `T`.
    pub fn get<T: DeserializeOwned>(&self, index: usize) -> Result<T, FunctionError> {
        let refused = |text| FunctionError { text, argument: Some(index) };
        let value = self.0.get(index).ok_or_else(|| refused("This argument is missing.".into()))?;
        typed::from_value(value).map_err(|error| refused(sentence(error.message.into_owned())))
    }

    /// How many there are, the variadic ones included.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// Makes `F` fit a list of functions.
pub fn function<F: Function>() -> Arc<dyn AnyFunction> {
    Arc::new(Erased::<F> { signature: OnceLock::new(), function: PhantomData })
}

/// A [`Function`] with its types forgotten, as the server calls it.
pub trait AnyFunction: Send + Sync {
    /// See [`Function::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Function::signature`].
    fn signature(&self) -> &Signature;
    /// See [`Function::call`].
    ///
    /// # Errors
    /// As that.
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

struct Erased<F> {
    signature: OnceLock<Signature>,
    function: PhantomData<fn() -> F>,
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
