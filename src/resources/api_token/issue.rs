//! How a token gets a secret that is known, also when the answer that holds it is
//! lost on the way: PBS shows it only once.

use crate::pbs::{Client, Error, Secret, Token, TokenChange, TokenId};
use tf_plugin::{Diagnostic, Result};

/// How often a secret is asked for before this gives up, each time after the
/// client's own retries.
const ATTEMPTS: usize = 3;

/// What became of a token that was to get a secret.
pub(super) enum Failure {
    /// It is as it was before: not there, or with its old secret.
    Untouched(Diagnostic),
    /// It is there, or may come to be there, and nobody knows its secret.
    SecretLost(Diagnostic),
}

/// Creates a token that is not there yet. Whatever the server did with a request whose
/// answer was lost, the secret that comes back is the one that works.
pub(super) async fn create(pbs: &Client, token: &Token) -> Result<Secret, Failure> {
    let id = &token.id;
    // A lost answer can be told from a token of somebody else only by what was there before.
    match pbs.token_uncached(id).await {
        Ok(None) => {}
        Ok(Some(_)) => return Err(Failure::Untouched(already_exists(id))),
        Err(error) => return Err(Failure::Untouched(error.into())),
    }
    let mut error = match pbs.create_token(token).await {
        Ok(secret) => return Ok(secret),
        Err(error) if error.already_exists() => return Err(Failure::Untouched(already_exists(id))),
        Err(error) if error.response_lost() => error,
        Err(error) => return Err(Failure::Untouched(error.into())),
    };
    // What may already exist is looked after even when the run is asked to stop.
    let uncancellable = pbs.uncancellable();
    let mut attempt = 1;
    loop {
        match uncancellable.token_uncached(id).await {
            // It was not there before, so the request whose answer was lost has made it.
            Ok(Some(_)) => return adopt(&uncancellable, token).await,
            Ok(None) if error.response_lost() && attempt < ATTEMPTS => attempt += 1,
            // Not there yet; a server that is slow enough may still be about to make it.
            Ok(None) => return Err(Failure::SecretLost(perhaps_made(id, &error))),
            Err(unseen) => return Err(Failure::SecretLost(unseen_yet(id, &error, &unseen))),
        }
        error = match uncancellable.create_token(token).await {
            Ok(secret) => return Ok(secret),
            Err(error) if error.already_exists() => return adopt(&uncancellable, token).await,
            Err(error) => error,
        };
    }
}

/// Gives a token a new secret, with `change` in the same request.
pub(super) async fn regenerate(
    pbs: &Client,
    id: &TokenId,
    change: &TokenChange,
) -> Result<Secret, Failure> {
    let mut error = match pbs.regenerate_token(id, change).await {
        Ok(secret) => return Ok(secret),
        Err(error) if error.response_lost() => error,
        Err(error) => return Err(Failure::Untouched(refused(error, id))),
    };
    // The old secret may be dead: only another one helps, even when the run is asked to stop.
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
    Err(Failure::SecretLost(perhaps_replaced(id, &error)))
}

/// Takes over a token that this run has made without getting its secret.
async fn adopt(uncancellable: &Client, token: &Token) -> Result<Secret, Failure> {
    let id = &token.id;
    match regenerate(uncancellable, id, &TokenChange::default()).await {
        Ok(secret) => Ok(secret),
        Err(Failure::Untouched(error) | Failure::SecretLost(error)) => {
            // Before 3.4 there is no other way than to make it anew; nobody has used it yet.
            if !uncancellable.version().await.is_ok_and(|version| version.can_regenerate())
                && uncancellable.delete_token(id).await.is_ok()
                && let Ok(secret) = uncancellable.create_token(token).await
            {
                return Ok(secret);
            }
            Err(Failure::SecretLost(orphaned(id, &error)))
        }
    }
}

fn already_exists(id: &TokenId) -> Diagnostic {
    Diagnostic::error(
        format!("The token {id} already exists"),
        format!(
            "Nothing was changed. To manage the token that is there, import it:\n\n{}\n\nIts secret stays \
             unknown then, until `rotation_triggers` asks for a new one. Otherwise choose another `token_name`, \
             or delete the token on the server. If this token is being replaced with \
             `create_before_destroy`, remove that setting: two tokens cannot have one name.",
            import_block(id)
        ),
    )
}

fn import_block(id: &TokenId) -> String {
    format!("  import {{\n    to = pbs_api_token.NAME\n    id = \"{id}\"\n  }}")
}

fn perhaps_made(id: &TokenId, error: &Error) -> Diagnostic {
    Diagnostic::error(
        format!("The token {id} was not created"),
        format!(
            "{error}. The server does not show the token, but it may have a request before it that went \
             unanswered. {LOOKS_AGAIN}"
        ),
    )
}

fn unseen_yet(id: &TokenId, error: &Error, unseen: &Error) -> Diagnostic {
    Diagnostic::error(
        format!("The token {id} may exist without a known secret"),
        format!("{error}. Whether it was created could not be found out: {unseen}. {LOOKS_AGAIN}"),
    )
}

const LOOKS_AGAIN: &str = "The state remembers the token as damaged: the next apply looks again, deletes the token \
                           if it is there, and creates it.";

fn orphaned(id: &TokenId, error: &Diagnostic) -> Diagnostic {
    Diagnostic::error(
        format!("The token {id} exists, but its secret was lost"),
        format!(
            "The answer that held the secret did not arrive, and a new one could not be had: {} The state \
             remembers the token as damaged: the next apply replaces it. By hand: delete the token on the \
             server, or keep it and give it a new secret with `terraform untaint` and a change of \
             `rotation_triggers`.",
            error.detail
        ),
    )
}

fn perhaps_replaced(id: &TokenId, error: &Error) -> Diagnostic {
    Diagnostic::error(
        format!("The secret of {id} may no longer be valid"),
        format!(
            "It was to be replaced, and the answer with the new one did not arrive. In the end: {error}. Apply \
             again: the token then gets another secret."
        ),
    )
}

/// Adds what to do to the refusals that have a way out.
fn refused(error: Error, id: &TokenId) -> Diagnostic {
    match error.is_too_old() {
        true => Diagnostic::error(
            format!("This server cannot give {id} a new secret in place"),
            "That came with PBS 3.4. Upgrade the server, or replace the token with `terraform apply \
             -replace=ADDRESS`, which also makes its grants again.",
        ),
        false => error.into(),
    }
}
