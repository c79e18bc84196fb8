//! The RPCs of functions.

use super::{Server, tasks::catch_panic, wire};
use crate::{function::FunctionError, proto::tfplugin6 as proto, provider::Provider};
use std::collections::HashMap;

impl<P: Provider> Server<P> {
    pub(super) async fn get_functions(
        &self,
        _: proto::get_functions::Request,
    ) -> proto::get_functions::Response {
        proto::get_functions::Response { functions: self.functions(), ..Default::default() }
    }

    /// The signatures of all functions, by name.
    pub(super) fn functions(&self) -> HashMap<String, proto::Function> {
        let functions = self.0.offers.functions.iter();
        functions.map(|item| (item.name().to_owned(), wire::function(item.signature()))).collect()
    }

    pub(super) async fn call_function(
        &self,
        request: proto::call_function::Request,
    ) -> proto::call_function::Response {
        match self.try_call(&request) {
            Ok(result) => proto::call_function::Response { result: Some(result), error: None },
            Err(error) => proto::call_function::Response {
                result: None,
                error: Some(wire::function_error(error)),
            },
        }
    }

    fn try_call(
        &self,
        request: &proto::call_function::Request,
    ) -> Result<proto::DynamicValue, FunctionError> {
        let error = |text: String, argument| FunctionError { text, argument };
        let functions = &self.0.offers.functions;
        let function = functions
            .iter()
            .find(|item| item.name() == request.name)
            .ok_or_else(|| error("This provider has no such function.".into(), None))?;
        let signature = function.signature();
        let mut arguments = Vec::new();
        for (index, argument) in request.arguments.iter().enumerate() {
            let parameter = signature.parameters.get(index).or(signature.variadic.as_ref());
            let parameter =
                parameter.ok_or_else(|| error("There are too many arguments.".into(), None))?;
            let value = wire::value(Some(argument), &parameter.ty);
            arguments.push(value.map_err(|reason| error(reason.detail, Some(index)))?);
        }
        let outcome = catch_panic(|| Ok(function.call(arguments)));
        let result = outcome.map_err(|panic| error(panic.detail, None))??;
        wire::dynamic(&result, &signature.returns).map_err(|reason| error(reason.detail, None))
    }
}
