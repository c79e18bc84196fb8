//! Requests that give a token a secret. PBS returns a secret only once. If a response is lost, the
//! provider therefore requests another secret. The secret in the state is then the secret that
//! works.

use super::messages;
use crate::pbs::{Client, Error, Secret, Token, TokenChange, TokenId};
use tf_plugin::{Diagnostic, Result};

/// Number of requests for a secret before the provider gives up. In addition, the client retries
/// each of these requests.
const ATTEMPTS: usize = 3;

/// Why the creation or the rotation of a token returned no secret.
pub(super) enum Failure {
    /// The server was not changed: the token does not exist, or still has its old secret.
    Untouched(Diagnostic),
    /// The token exists or may exist on the server, and its secret is unknown.
    SecretLost(Diagnostic),
}

/// Creates a token that does not exist yet. The returned secret works even if the response to an
/// earlier request was lost.
pub(super) async fn create(pbs: &Client, token: &Token) -> Result<Secret, Failure> {
    let id = &token.id;
    // The token must not exist yet. If the response to the creation is lost and the token exists
    // afterwards, this check proves that this call has created the token.
    match pbs.token_uncached(id).await {
        Ok(None) => {}
        Ok(Some(_)) => return Err(Failure::Untouched(messages::already_exists(id))),
        Err(error) => return Err(Failure::Untouched(error.into())),
    }
    let mut error = match pbs.create_token(token).await {
        Ok(secret) => return Ok(secret),
        Err(error) if error.already_exists() => {
            return Err(Failure::Untouched(messages::already_exists(id)));
        }
        Err(error) if error.response_lost() => error,
        Err(error) => return Err(Failure::Untouched(error.into())),
    };
    // The token may exist now. The following requests are therefore sent even if Terraform asks the
    // provider to stop.
    let uncancellable = pbs.uncancellable();
    let mut attempt = 1;
    loop {
        match uncancellable.token_uncached(id).await {
            // The token did not exist before, so the request whose response was lost has created
            // it.
            Ok(Some(_)) => return replace_lost_secret(&uncancellable, token).await,
            Ok(None) if error.response_lost() && attempt < ATTEMPTS => attempt += 1,
            // A slow server may still create the token later, so the secret counts as lost.
            Ok(None) => return Err(Failure::SecretLost(messages::not_created(id, &error))),
            Err(lookup_error) => {
                let diagnostic = messages::maybe_created(id, &error, &lookup_error);
                return Err(Failure::SecretLost(diagnostic));
            }
        }
        error = match uncancellable.create_token(token).await {
            Ok(secret) => return Ok(secret),
            Err(error) if error.already_exists() => {
                return replace_lost_secret(&uncancellable, token).await;
            }
            Err(error) => error,
        };
    }
}

/// Rotates the secret of a token, and applies `change` in the same request.
pub(super) async fn regenerate(
    pbs: &Client,
    id: &TokenId,
    change: &TokenChange,
) -> Result<Secret, Failure> {
    request_new_secret(pbs, id, change).await.map_err(|error| match error {
        NotIssued::Refused(error) => Failure::Untouched(messages::not_rotated(id, error)),
        NotIssued::ResponseLost(error) => Failure::SecretLost(messages::maybe_rotated(id, &error)),
    })
}

/// Why the requests for a new secret of an existing token failed.
enum NotIssued {
    /// The first request failed, and the server was not changed.
    Refused(Error),
    /// The response to the first request was lost, and the repeated requests failed.
    ResponseLost(Error),
}

async fn request_new_secret(
    pbs: &Client,
    id: &TokenId,
    change: &TokenChange,
) -> Result<Secret, NotIssued> {
    let mut error = match pbs.regenerate_token(id, change).await {
        Ok(secret) => return Ok(secret),
        Err(error) if error.response_lost() => error,
        Err(error) => return Err(NotIssued::Refused(error)),
    };
    // The old secret may have stopped working. Only another rotation gives the provider a secret
    // that works. The request is therefore repeated even if Terraform asks the provider to stop.
    let uncancellable = pbs.uncancellable();
    for _ in 1..ATTEMPTS {
        error = match uncancellable.regenerate_token(id, change).await {
            Ok(secret) => return Ok(secret),
            Err(error) => error,
        };
        if !error.response_lost() {
            break;
        }
    }
    Err(NotIssued::ResponseLost(error))
}

/// Gets a new secret for a token that this call has created. The first secret of the token was
/// lost.
async fn replace_lost_secret(uncancellable: &Client, token: &Token) -> Result<Secret, Failure> {
    let id = &token.id;
    match request_new_secret(uncancellable, id, &TokenChange::default()).await {
        Ok(secret) => Ok(secret),
        Err(NotIssued::Refused(error) | NotIssued::ResponseLost(error)) => {
            // PBS before 3.4 cannot rotate the secret of a token. Nothing uses this new token yet,
            // so it can be deleted and created again.
            if !uncancellable.version().await.is_ok_and(|version| version.can_regenerate())
                && uncancellable.delete_token(id).await.is_ok()
                && let Ok(secret) = uncancellable.create_token(token).await
            {
                return Ok(secret);
            }
            Err(Failure::SecretLost(messages::secret_lost(id, &error)))
        }
    }
}
