//! The check of the client during the first plan of a resource. Without this check, a plan that
//! reads nothing would succeed even with wrong credentials, and only the apply would fail.

use crate::pbs::{Client, Credentials, Error};
use std::time::Duration;
use tf_plugin::{Cx, Diagnostic, Result, sentence};

/// The longest time that the check waits for the response of the server.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Checks the credentials with a request for the version of the server, unless another request has
/// already succeeded. The request needs no privileges.
///
/// If the server cannot be reached, the check only adds a warning, because the same run may create
/// the server, or the user may plan offline on purpose.
///
/// # Errors
/// There are no credentials, or the server refuses them.
pub(super) async fn check(client: &Client, cx: &Cx<Client>) -> Result<()> {
    let is_unknown = matches!(client.credentials(), Credentials::Unknown(_));
    // The apply checks credentials that are not known yet.
    if is_unknown || client.has_succeeded() {
        return Ok(());
    }
    match tokio::time::timeout(LONGEST_WAIT, client.version()).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if is_mistake(&error) => Err(error.into()),
        // The run was asked to stop.
        Ok(Err(Error::Stopped { .. })) => Ok(()),
        Ok(Err(error)) => {
            cx.warn(unreachable(&error.to_string()));
            Ok(())
        }
        Err(_) => {
            let cause = format!(
                "no response within {} s; check `endpoint`, and that the server is running",
                LONGEST_WAIT.as_secs()
            );
            cx.warn(unreachable(&client.with_unused_settings(&cause)));
            Ok(())
        }
    }
}

/// Whether the error is certainly a mistake in the provider block or in the environment.
fn is_mistake(error: &Error) -> bool {
    let is_local =
        matches!(error, Error::NoCredentials { .. } | Error::Login { .. } | Error::Config(_));
    is_local || error.is_unauthorized()
}

/// The warning that the request failed. `cause` says why, and what the user can check.
fn unreachable(cause: &str) -> Diagnostic {
    Diagnostic::warning(
        "The first request to the server failed",
        format!(
            "{} The plan needs nothing from the server, but the apply does. If the server is going \
             to be created before the apply or during the apply, or if you plan offline, ignore \
             the warning.",
            sentence(cause.to_owned())
        ),
    )
}
