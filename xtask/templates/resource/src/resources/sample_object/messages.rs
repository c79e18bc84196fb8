//! The diagnostics of a sample object.

use crate::pbs::{Error, SampleObjectId};
use tf_plugin::Diagnostic;

pub(super) fn already_exists(id: &SampleObjectId) -> Diagnostic {
    Diagnostic::error(
        format!("The sample object {id} already exists"),
        format!(
            "The sample object was not created, because the server already has a sample object \
             with this id. The existing sample object was not changed. To manage it, import \
             it:\n\n  import {{\n    to = pbs_sample_object.NAME\n    id = \"{id}\"\n  }}\n\n\
             To create another sample object, change `name`."
        ),
    )
    .at("name")
}

/// The error if the response to the creation was lost. The provider then looked for the sample
/// object on the server. `lookup_error` is the error of this search. `None` means that the server
/// does not list the sample object.
pub(super) fn maybe_created(
    id: &SampleObjectId,
    error: &Error,
    lookup_error: Option<Error>,
) -> Diagnostic {
    let lookup = match lookup_error {
        Some(error) => format!(
            "Afterwards, the provider could not find out whether the sample object exists: {error}"
        ),
        None => "The server does not list the sample object, but the server may still carry out \
                 the request"
            .into(),
    };
    Diagnostic::error(
        format!("The sample object {id} may have been created"),
        format!(
            "{error}. {lookup}. The sample object is marked as tainted in the state. The next \
             apply deletes the sample object if it exists, and then creates a new one."
        ),
    )
}
