//! `parse_repository(text)`.

use crate::pbs::{self, AuthId, DatastoreName, Server};
use serde::Serialize;
use tf_plugin::{Arguments, Function, FunctionError, Parameter, Signature, Type, sentence};

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
            summary: "The parts of a PBS_REPOSITORY",
            doc: "Takes a `PBS_REPOSITORY` apart. What the text leaves out is null; an IPv6 address comes without \
                  brackets.",
            parameters: vec![Parameter {
                name: "text",
                ty: Type::String,
                doc: "The repository, such as `user@realm!name@server:8007:store1`.",
            }],
            variadic: None,
            returns: Type::Object(vec![
                ("auth_id", Type::String),
                ("server", Type::String),
                ("port", Type::Number),
                ("datastore", Type::String),
            ]),
        }
    }

    fn call(arguments: &Arguments) -> Result<Parts, FunctionError> {
        let text: String = arguments.get(0)?;
        let parsed: pbs::Repository = text.parse().map_err(|error: pbs::Malformed| {
            FunctionError { text: sentence(error.to_string()), argument: Some(0) }
        })?;
        let pbs::Repository { auth_id, server, port, datastore } = parsed;
        Ok(Parts { auth_id, server, port, datastore })
    }
}
