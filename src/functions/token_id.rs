//! `token_id(user_id, token_name)`: builds the id of a token.

use super::malformed;
use crate::pbs;
use tf_plugin::{Arguments, Function, FunctionError, Parameter, Signature, Type};

pub(crate) struct TokenId;

impl Function for TokenId {
    const NAME: &'static str = "token_id";
    type Output = pbs::TokenId;

    fn signature() -> Signature {
        Signature {
            summary: "Build the id of a token",
            doc: "Builds the id of an API token, `user@realm!name`.",
            parameters: vec![
                Parameter {
                    name: "user_id",
                    ty: Type::String,
                    nullable: false,
                    doc: "User that owns the token, as `user@realm`.",
                },
                Parameter {
                    name: "token_name",
                    ty: Type::String,
                    nullable: false,
                    doc: "Name of the token.",
                },
            ],
            variadic: None,
            returns: Type::String,
        }
    }

    fn call(arguments: &Arguments) -> Result<pbs::TokenId, FunctionError> {
        let (user, name) = (arguments.get(0)?, arguments.get(1)?);
        pbs::TokenId::new(user, name).map_err(|error| malformed(&error, 1))
    }
}
