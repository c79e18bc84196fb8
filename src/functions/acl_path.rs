//! `acl_path(segments...)`: builds the path of a grant.

use super::malformed;
use crate::pbs::{self, Malformed};
use tf_plugin::{Arguments, Function, FunctionError, Parameter, Signature, Type};

const SEGMENT: &str = "a segment of an ACL path (one or more parts of letters, digits, `_`, `.` \
                       and `-`, with `/` between the parts)";

pub(crate) struct AclPath;

impl Function for AclPath {
    const NAME: &'static str = "acl_path";
    type Output = pbs::AclPath;

    fn signature() -> Signature {
        Signature {
            summary: "Build the path of a grant",
            doc: "Builds the path of a grant (`pbs_acl`) from segments. For example, \
                  `acl_path(\"datastore\", \"store1\")` returns `/datastore/store1`. Without \
                  arguments, the function returns `/`.",
            parameters: Vec::new(),
            variadic: Some(Parameter {
                name: "segments",
                ty: Type::String,
                nullable: false,
                doc: "Segments of the path. A segment must not be empty, and must not begin or end \
                      with a slash. Slashes inside a segment are allowed. For example, a segment \
                      can be a namespace with several levels.",
            }),
            returns: Type::String,
        }
    }

    fn call(arguments: &Arguments) -> Result<pbs::AclPath, FunctionError> {
        let mut path: pbs::AclPath = "/".parse().map_err(|error| malformed(&error, 0))?;
        let mut text = String::new();
        for index in 0..arguments.count() {
            let segment: String = arguments.get(index)?;
            if segment.is_empty() {
                return Err(FunctionError {
                    text: "This segment is empty. Remove the argument, or check why its value is \
                           empty."
                        .into(),
                    argument: Some(index),
                });
            }
            let characters_before = text.chars().count() + 1;
            text = format!("{text}/{segment}");
            // The earlier segments are valid, so the fault is in this segment. If the error
            // contains the position of a character, the position counts from the beginning of the
            // segment. If the error contains a length, this is the length of the whole path.
            path = text.parse().map_err(|error: Malformed| {
                let error = error.within(SEGMENT).of_part("path").moved_left(characters_before);
                malformed(&error, index)
            })?;
        }
        Ok(path)
    }
}
