//! `repository(auth_id, server, datastore, port...)`: builds a `PBS_REPOSITORY`.

use crate::pbs;
use tf_plugin::{Arguments, Function, FunctionError, Parameter, Signature, Type};

pub(crate) struct Repository;

impl Function for Repository {
    const NAME: &'static str = "repository";
    type Output = String;

    fn signature() -> Signature {
        let text = |name, doc| Parameter { name, ty: Type::String, nullable: false, doc };
        Signature {
            summary: "Build the PBS_REPOSITORY of proxmox-backup-client",
            doc: "Builds a value of the environment variable `PBS_REPOSITORY` of \
                  `proxmox-backup-client`, for example `user@realm!name@server:8007:store1`. If \
                  the server is an IPv6 address, the function adds brackets.",
            parameters: vec![
                text(
                    "auth_id",
                    "API token (`user@realm!name`) or user (`user@realm`) with which the client \
                     logs in.",
                ),
                text("server", "Host name or IP address of the server, without a port."),
                text("datastore", "Name of the datastore."),
            ],
            variadic: Some(Parameter {
                name: "port",
                ty: Type::Number,
                nullable: false,
                doc: "Port of the server. Pass at most one port. Without a port, the client uses \
                      8007.",
            }),
            returns: Type::String,
        }
    }

    fn call(arguments: &Arguments) -> Result<String, FunctionError> {
        let error =
            |text: &str, argument| FunctionError { text: text.into(), argument: Some(argument) };
        let port =
            match arguments.count() {
                3 => None,
                4 => {
                    Some(arguments.get::<u16>(3).ok().filter(|port| *port != 0).ok_or_else(
                        || error("The port must be a whole number from 1 to 65535.", 3),
                    )?)
                }
                _ => return Err(error("Only one port is allowed. Remove this argument.", 4)),
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
