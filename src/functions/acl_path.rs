//! `acl_path(segments...)`.

use crate::pbs;
use tf_plugin::{Arguments, Function, FunctionError, Parameter, Signature, Type, sentence};

pub(crate) struct AclPath;

impl Function for AclPath {
    const NAME: &'static str = "acl_path";
    type Output = pbs::AclPath;

    fn signature() -> Signature {
        Signature {
            summary: "The path of a grant",
            doc: "Joins names to a path for `pbs_acl`: `acl_path(\"datastore\", \"store1\")` is \
                  `/datastore/store1`, and without arguments it is `/`.",
            parameters: Vec::new(),
            variadic: Some(Parameter {
                name: "segments",
                ty: Type::String,
                doc: "A name on the way, without slashes; a namespace of several levels may have them.",
            }),
            returns: Type::String,
        }
    }

    fn call(arguments: &Arguments) -> Result<pbs::AclPath, FunctionError> {
        let refused = |error: pbs::Malformed, argument| FunctionError {
            text: sentence(error.to_string()),
            argument,
        };
        let mut text = String::new();
        let mut path: pbs::AclPath = "/".parse().map_err(|error| refused(error, None))?;
        for index in 0..arguments.count() {
            text = format!("{text}/{}", arguments.get::<String>(index)?);
            path = text.parse().map_err(|error| refused(error, Some(index)))?;
        }
        Ok(path)
    }
}
