//! `api_token(id, secret)`.

use crate::pbs;
use tf_plugin::{Arguments, Function, FunctionError, Parameter, Signature, Type, sentence};

pub(crate) struct ApiToken;

impl Function for ApiToken {
    const NAME: &'static str = "api_token";
    type Output = String;

    fn signature() -> Signature {
        Signature {
            summary: "Id and secret in one text",
            doc: "Puts the id and the secret of a token together as this provider's `api_token` and the header of \
                  PBS want them: `user@realm!name:secret`.",
            parameters: vec![
                Parameter { name: "id", ty: Type::String, doc: "The token, `user@realm!name`." },
                Parameter { name: "secret", ty: Type::String, doc: "Its secret." },
            ],
            variadic: None,
            returns: Type::String,
        }
    }

    fn call(arguments: &Arguments) -> Result<String, FunctionError> {
        match pbs::ApiToken::new(arguments.get(0)?, arguments.get(1)?) {
            Ok(token) => Ok(token.to_text().expose().to_owned()),
            Err(error) => {
                Err(FunctionError { text: sentence(error.to_string()), argument: Some(1) })
            }
        }
    }
}
