//! Requests that give a token a secret. PBS returns a secret only once. If a response is lost, the
//! provider therefore requests another secret, so that the state contains the secret that works.

use super::messages;
use crate::pbs::{self, Client, Error, LostCreation, Secret, Token, TokenChange, TokenId};
use tf_plugin::{Diagnostic, Result};

/// The largest number of requests to create a token. The provider sends the second request only if
/// the response to the first request was lost, and if the server can no longer carry out the first
/// request.
const MAX_CREATIONS: usize = 2;

/// The largest number of requests to replace a secret.
const MAX_ROTATIONS: usize = 3;

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
    match exists(pbs, id).await {
        Ok(false) => {}
        Ok(true) => return Err(Failure::Untouched(messages::already_exists(id))),
        Err(error) => return Err(Failure::Untouched(error.into())),
    }
    // After a lost response, the token may exist. The requests that follow are therefore sent even
    // if Terraform asks the provider to stop.
    let uncancellable = pbs.uncancellable();
    let (mut client, mut attempt) = (pbs, 1);
    loop {
        let error = match client.create_token(token).await {
            Ok(secret) => return Ok(secret),
            Err(error) if error.already_exists() => {
                return Err(Failure::Untouched(messages::already_exists(id)));
            }
            Err(error) if error.response_lost() => error,
            Err(error) => return Err(Failure::Untouched(messages::refused(error))),
        };
        let outcome =
            uncancellable.outcome_of_lost_creation(id, || uncancellable.token_uncached(id)).await;
        match outcome {
            LostCreation::Exists(found) if found == *token => {
                return replace_lost_secret(&uncancellable, token).await;
            }
            // The token on the server has other properties than the token in the plan, so another
            // client has created it in the meantime.
            LostCreation::Exists(_) => {
                return Err(Failure::Untouched(messages::already_exists(id)));
            }
            LostCreation::NotCreated if attempt < MAX_CREATIONS => {
                (client, attempt) = (&uncancellable, attempt + 1);
            }
            LostCreation::NotCreated => {
                return Err(Failure::Untouched(error.into_not_carried_out().into()));
            }
            LostCreation::Pending => {
                return Err(Failure::SecretLost(messages::not_created(id, &error)));
            }
            LostCreation::Unknown(lookup_error) => {
                let diagnostic = messages::maybe_created(id, &error, &lookup_error);
                return Err(Failure::SecretLost(diagnostic));
            }
        }
    }
}

/// Whether the token exists. All creations share a recent list of the tokens, which usually shows
/// that the token does not exist. If the list does not show this, the function requests the token
/// from the server.
async fn exists(pbs: &Client, id: &TokenId) -> pbs::Result<bool> {
    Ok(!pbs.token_was_absent(id).await? && pbs.token_uncached(id).await?.is_some())
}

/// Rotates the secret of a token, and applies `change` in the same request.
pub(super) async fn regenerate(
    pbs: &Client,
    id: &TokenId,
    change: &TokenChange,
) -> Result<Secret, Failure> {
    request_new_secret(pbs, id, change).await.map_err(|error| match error {
        NotIssued::Refused(error) => Failure::Untouched(messages::not_rotated(id, error)),
        NotIssued::Doubtful(error) => Failure::SecretLost(messages::maybe_rotated(id, &error)),
    })
}

/// Why the requests for a new secret of an existing token failed.
enum NotIssued {
    /// The first request failed, and the server was not changed.
    Refused(Error),
    /// The server may have replaced the secret, but the new secret is not known.
    Doubtful(Error),
}

/// Requests a new secret for an existing token. Sends at most [`MAX_ROTATIONS`] requests.
///
/// If the response to a request was lost, the server may carry out the request later and replace
/// the secret once more. The client therefore sends the next request only when the server can no
/// longer carry out the earlier request.
async fn request_new_secret(
    pbs: &Client,
    id: &TokenId,
    change: &TokenChange,
) -> Result<Secret, NotIssued> {
    let mut last_error = match pbs.regenerate_token(id, change).await {
        Ok(secret) => return Ok(secret),
        Err(error) if error.may_have_replaced_secret(id) => error,
        Err(error) => return Err(NotIssued::Refused(error)),
    };
    // The old secret may have stopped working. Only another rotation gives the provider a secret
    // that works. The request is therefore repeated even if Terraform asks the provider to stop.
    let uncancellable = pbs.uncancellable();
    for _ in 1..MAX_ROTATIONS {
        match uncancellable.regenerate_token(id, change).await {
            Ok(secret) => return Ok(secret),
            Err(error) if error.may_have_replaced_secret(id) => last_error = error,
            Err(_) => break,
        }
    }
    Err(NotIssued::Doubtful(last_error))
}

/// Gets a new secret for a token that this call has created. The first secret of the token was
/// lost.
async fn replace_lost_secret(uncancellable: &Client, token: &Token) -> Result<Secret, Failure> {
    let id = &token.id;
    match request_new_secret(uncancellable, id, &TokenChange::default()).await {
        Ok(secret) => Ok(secret),
        Err(NotIssued::Refused(error) | NotIssued::Doubtful(error)) => {
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
