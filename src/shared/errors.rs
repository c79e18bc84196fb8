//! Conversions of the client's errors to diagnostics, so that the methods of a type can use `?`.

use crate::pbs::{DatastoreName, Error, Malformed};
use tf_plugin::{Diagnostic, sentence};

/// The error for a request that PBS has refused. If PBS refuses the value of a parameter, the error
/// names the attribute that belongs to this parameter. `attributes` contains pairs: the name of a
/// parameter in PBS, and the attribute that belongs to the parameter.
pub(crate) fn refused(error: Error, attributes: &[(&str, &str)]) -> Diagnostic {
    let refused_parameter = error.refused_parameter();
    let pair = attributes.iter().find(|(parameter, _)| refused_parameter == Some(*parameter));
    match pair.map(|(_, attribute)| *attribute) {
        Some(attribute) => Diagnostic::error(
            format!("The server does not accept the value of `{attribute}`"),
            sentence(error.to_string()),
        )
        .at(attribute),
        None => error.into(),
    }
}

/// The error for a missing argument that the provider block requires.
pub(crate) fn not_configured(reason: impl Into<String>) -> Diagnostic {
    Diagnostic::error("The provider is not configured", reason)
}

/// The error for an argument of the provider block that is not known before apply.
pub(crate) fn not_configured_yet(reason: impl Into<String>) -> Diagnostic {
    Diagnostic::error("The provider is not configured yet", reason)
}

impl From<Error> for Diagnostic {
    /// An error about missing credentials has a summary. Every other error has none: the plugin
    /// layer adds the summary of the failed operation, for example "Could not read pbs_user".
    fn from(error: Error) -> Self {
        match error {
            Error::NoCredentials { reason, unknown: false } => not_configured(reason),
            Error::NoCredentials { reason, unknown: true } => not_configured_yet(reason),
            error => Self::failure(sentence(error.to_string())),
        }
    }
}

impl From<Malformed> for Diagnostic {
    /// An error without a summary. The plugin layer adds the summary of the operation that failed,
    /// for example "Could not read pbs_user".
    fn from(error: Malformed) -> Self {
        Self::failure(sentence(error.to_string()))
    }
}

/// The error for a datastore that does not exist, although the provider was asked to read its
/// content.
pub(crate) fn no_such_datastore(datastore: &DatastoreName) -> Diagnostic {
    Diagnostic::error(
        format!("There is no datastore {datastore}"),
        "The datastore does not exist on the server. Check `datastore` for a spelling mistake.",
    )
    .at("datastore")
}

/// The error for a job that PBS does not list.
pub(crate) fn no_such_job(job_type: &str, id: &str) -> Diagnostic {
    Diagnostic::error(
        format!("PBS lists no job {id} of the type {job_type}"),
        "Check `id` for a spelling mistake. PBS also does not list a job if the provider's user or \
         token lacks the privilege `Datastore.Audit` on `/datastore/DATASTORE`, the path of the \
         job's datastore. PBS does not list the garbage collection of a datastore that is offline.",
    )
    .at("id")
}
