//! `api_token(id, secret)`: joins the id and the secret of a token.

use super::malformed;
use crate::pbs;
use tf_plugin::{Arguments, Function, FunctionError, Parameter, Signature, Type};

pub(crate) struct ApiToken;

impl Function for ApiToken {
    const NAME: &'static str = "api_token";
    type Output = String;

    fn signature() -> Signature {
        Signature {
            summary: "Join the id and the secret of a token",
            doc: "Joins the id and the secret of a token to `user@realm!name:secret`. This \
                  provider's argument `api_token` expects this form. The `Authorization` header of \
                  a request to PBS contains the same form after `PBSAPIToken=`.",
            parameters: vec![
                Parameter {
                    name: "id",
                    ty: Type::String,
                    doc: "Id of the token, `user@realm!name`.",
                },
                Parameter { name: "secret", ty: Type::String, doc: "Secret of the token." },
            ],
            variadic: None,
            returns: Type::String,
        }
    }

    fn call(arguments: &Arguments) -> Result<String, FunctionError> {
        match pbs::ApiToken::new(arguments.get(0)?, arguments.get(1)?) {
            Ok(token) => Ok(token.to_text().expose().to_owned()),
            Err(error) => Err(malformed(&error, 1)),
        }
    }
}
