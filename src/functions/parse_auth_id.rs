//! `parse_auth_id(id)`: splits the id of a user or token into its parts.

use crate::pbs::{AuthId, TokenName, UserId};
use serde::Serialize;
use tf_plugin::{Arguments, Function, FunctionError, Parameter, Signature, Type};

pub(crate) struct ParseAuthId;

#[derive(Serialize)]
pub(crate) struct Parts {
    user_id: UserId,
    token_name: Option<TokenName>,
    realm: String,
}

impl Function for ParseAuthId {
    const NAME: &'static str = "parse_auth_id";
    type Output = Parts;

    fn signature() -> Signature {
        Signature {
            summary: "Split the id of a user or token",
            doc: "Splits the id of a user or token into `user_id`, `token_name` and `realm`. If \
                  the id belongs to a user, `token_name` is null.",
            parameters: vec![Parameter {
                name: "id",
                ty: Type::String,
                nullable: false,
                doc: "Id of a user (`user@realm`) or of an API token (`user@realm!name`).",
            }],
            variadic: None,
            returns: Type::object([
                ("user_id", Type::String),
                ("token_name", Type::String),
                ("realm", Type::String),
            ]),
        }
    }

    fn call(arguments: &Arguments) -> Result<Parts, FunctionError> {
        let id: AuthId = arguments.get(0)?;
        Ok(Parts {
            user_id: id.user().clone(),
            token_name: id.token().map(|token| token.name().clone()),
            realm: id.user().realm().to_owned(),
        })
    }
}
