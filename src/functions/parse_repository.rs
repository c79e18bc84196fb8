//! `parse_repository(text)`: splits a `PBS_REPOSITORY` into its parts.

use super::malformed;
use crate::pbs::{self, AuthId, DatastoreName, Server};
use serde::Serialize;
use tf_plugin::{Arguments, Function, FunctionError, Parameter, Signature, Type};

pub(crate) struct ParseRepository;

#[derive(Serialize)]
pub(crate) struct Parts {
    auth_id: Option<AuthId>,
    server: Option<Server>,
    port: Option<u16>,
    datastore: DatastoreName,
}

impl Function for ParseRepository {
    const NAME: &'static str = "parse_repository";
    type Output = Parts;

    fn signature() -> Signature {
        Signature {
            summary: "Split a PBS_REPOSITORY",
            doc: "Splits a value of the environment variable `PBS_REPOSITORY` into `auth_id`, \
                  `server`, `port` and `datastore`. If the value does not contain a part, this \
                  part is null. The function removes the brackets of an IPv6 address.",
            parameters: vec![Parameter {
                name: "text",
                ty: Type::String,
                nullable: false,
                doc: "Value of `PBS_REPOSITORY`, for example `user@realm!name@server:8007:store1`.",
            }],
            variadic: None,
            returns: Type::object([
                ("auth_id", Type::String),
                ("server", Type::String),
                ("port", Type::Number),
                ("datastore", Type::String),
            ]),
        }
    }

    fn call(arguments: &Arguments) -> Result<Parts, FunctionError> {
        let text: String = arguments.get(0)?;
        let repository: pbs::Repository = text.parse().map_err(|error| malformed(&error, 0))?;
        let pbs::Repository { auth_id, server, port, datastore } = repository;
        Ok(Parts { auth_id, server, port, datastore })
    }
}
