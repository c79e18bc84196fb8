//! `repository(auth_id, server, datastore, port...)`.

use crate::pbs;
use tf_plugin::{Arguments, Function, FunctionError, Parameter, Signature, Type};

pub(crate) struct Repository;

impl Function for Repository {
    const NAME: &'static str = "repository";
    type Output = String;

    fn signature() -> Signature {
        let text = |name, doc| Parameter { name, ty: Type::String, doc };
        Signature {
            summary: "PBS_REPOSITORY for the backup client",
            doc: "Writes who backs up, where and into which datastore as `PBS_REPOSITORY` wants it: \
                  `user@realm!name@server:8007:store1`. An IPv6 address gets its brackets.",
            parameters: vec![
                text(
                    "auth_id",
                    "Who backs up: a token (`user@realm!name`) or a user (`user@realm`).",
                ),
                text("server", "Host name or address of the server, without port."),
                text("datastore", "The datastore."),
            ],
            variadic: Some(Parameter {
                name: "port",
                ty: Type::Number,
                doc: "The port, at most one. Without it the client takes 8007.",
            }),
            returns: Type::String,
        }
    }

    fn call(arguments: &Arguments) -> Result<String, FunctionError> {
        let refused =
            |text: &str, argument| FunctionError { text: text.into(), argument: Some(argument) };
        let port =
            match arguments.count() {
                3 => None,
                4 => Some(arguments.get::<u16>(3).ok().filter(|port| *port != 0).ok_or_else(
                    || refused("The port must be a whole number from 1 to 65535.", 3),
                )?),
                _ => return Err(refused("There is at most one port.", 4)),
            };
        let repository = pbs::Repository {
            auth_id: Some(arguments.get(0)?),
            server: Some(arguments.get(1)?),
            port,
            datastore: arguments.get(2)?,
        };
        Ok(repository.to_string())
    }
}
