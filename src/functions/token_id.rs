//! `token_id(user_id, token_name)`.

use crate::pbs;
use tf_plugin::{Arguments, Function, FunctionError, Parameter, Signature, Type, sentence};

pub(crate) struct TokenId;

impl Function for TokenId {
    const NAME: &'static str = "token_id";
    type Output = pbs::TokenId;

    fn signature() -> Signature {
        Signature {
            summary: "The id of a token",
            doc: "The id of the token of a user: `user@realm!name`.",
            parameters: vec![
                Parameter { name: "user_id", ty: Type::String, doc: "The user, as `name@realm`." },
                Parameter {
                    name: "token_name",
                    ty: Type::String,
                    doc: "What the token is called.",
                },
            ],
            variadic: None,
            returns: Type::String,
        }
    }

    fn call(arguments: &Arguments) -> Result<pbs::TokenId, FunctionError> {
        let (user, name) = (arguments.get(0)?, arguments.get(1)?);
        pbs::TokenId::new(user, name)
            .map_err(|error| FunctionError { text: sentence(error.to_string()), argument: Some(1) })
    }
}
