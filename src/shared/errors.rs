//! Conversions of the client's errors to diagnostics, so that the methods of a type can use `?`.

use crate::pbs::{Error, Malformed};
use tf_plugin::{Diagnostic, sentence};

/// The error for a request that PBS has refused. If PBS refuses the value of a parameter, the error
/// names the attribute of this parameter. `attributes` contains the parameters of the request, as
/// PBS spells them, and their attributes.
pub(crate) fn refused(error: Error, attributes: &[(&str, &str)]) -> Diagnostic {
    let refused = error.refused_parameter();
    let found = attributes.iter().find(|(parameter, _)| refused == Some(*parameter));
    match found.map(|(_, attribute)| *attribute) {
        Some(attribute) => Diagnostic::error(
            format!("The server does not accept the value of `{attribute}`"),
            sentence(error.to_string()),
        )
        .at(attribute),
        None => error.into(),
    }
}

impl From<Error> for Diagnostic {
    /// An error without a summary. The plugin layer adds the summary of the operation that failed,
    /// for example "Could not read pbs_user".
    fn from(error: Error) -> Self {
        Self::failure(sentence(error.to_string()))
    }
}

impl From<Malformed> for Diagnostic {
    /// An error without a summary. The plugin layer adds the summary of the operation that failed,
    /// for example "Could not read pbs_user".
    fn from(error: Malformed) -> Self {
        Self::failure(sentence(error.to_string()))
    }
}
