//! `api_token(id, secret)`: joins the id and the secret of a token.

use super::malformed;
use crate::pbs::{self, Secret, TokenId};
use tf_plugin::{Arguments, Function, FunctionError, Parameter, Signature, Type};

pub(crate) struct ApiToken;

impl Function for ApiToken {
    const NAME: &'static str = "api_token";
    type Output = Option<String>;

    fn signature() -> Signature {
        Signature {
            summary: "Join the id and the secret of a token",
            doc: "Joins the id and the secret of a token to `user@realm!name:secret`. The \
                  provider's argument `api_token` expects a value in this form. In the \
                  `Authorization` header of a request to PBS, a value in this form follows \
                  `PBSAPIToken=`.",
            parameters: vec![
                Parameter {
                    name: "id",
                    ty: Type::String,
                    nullable: false,
                    doc: "Id of the token, `user@realm!name`.",
                },
                Parameter {
                    name: "secret",
                    ty: Type::String,
                    nullable: true,
                    doc: "Secret of the token. If the secret is null, the result is null. For \
                          example, the secret of a `pbs_api_token` is null after an import.",
                },
            ],
            variadic: None,
            returns: Type::String,
        }
    }

    fn call(arguments: &Arguments) -> Result<Option<String>, FunctionError> {
        let (id, secret): (TokenId, Option<Secret>) = (arguments.get(0)?, arguments.get(1)?);
        let Some(secret) = secret else { return Ok(None) };
        match pbs::ApiToken::new(id, secret) {
            Ok(token) => Ok(Some(token.to_text().expose().to_owned())),
            Err(error) => Err(malformed(&error, 1)),
        }
    }
}
