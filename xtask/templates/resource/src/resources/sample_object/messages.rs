//! The diagnostics of a sample object.

use crate::pbs::{Error, SampleObjectId};
use tf_plugin::Diagnostic;

pub(super) fn already_exists(id: &SampleObjectId) -> Diagnostic {
    Diagnostic::error(
        format!("The sample object {id} already exists"),
        format!(
            "The sample object was not created, because the server already has one with this id, \
             which was not changed. To manage the existing sample object, import it:\n\n  import \
             {{\n    to = pbs_sample_object.NAME\n    id = \"{id}\"\n  }}\n\nTo create another \
             sample object, change `name`."
        ),
    )
    .at("name")
}

/// The response to the creation was lost. `lookup_error` is the reason why the provider could not
/// find out whether the sample object exists; without one, the server does not list it.
pub(super) fn maybe_created(
    id: &SampleObjectId,
    error: &Error,
    lookup_error: Option<Error>,
) -> Diagnostic {
    let lookup = match lookup_error {
        Some(error) => format!(
            "Afterwards, the provider could not find out whether the sample object exists: {error}"
        ),
        None => "The server does not list the sample object, but it may still carry out the \
                 request"
            .into(),
    };
    Diagnostic::error(
        format!("The sample object {id} may have been created"),
        format!(
            "{error}. {lookup}. The sample object is marked as tainted in the state: the next \
             apply deletes it if it exists by then, and creates it."
        ),
    )
}
