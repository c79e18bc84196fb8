//! Conversions of the client's errors to diagnostics, so that the methods of a type can use `?`.

use crate::pbs::{Error, Malformed};
use tf_plugin::{Diagnostic, sentence};

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
