//! The diagnostics of a token.

use super::State;
use crate::{
    pbs::{Client, Error, Malformed, Moment, Token, TokenId, UserId},
    shared::{errors, messages},
};
use tf_plugin::{Cx, Diagnostic, sentence};

pub(super) fn id_too_long(error: &Malformed) -> Diagnostic {
    Diagnostic::error("Invalid token_name", sentence(error.to_string())).at("token_name")
}

pub(super) fn cannot_log_in(error: &Malformed) -> Diagnostic {
    Diagnostic::warning(
        "The token cannot log in",
        format!(
            "{} PBS creates the token nevertheless. Choose a user with another name.",
            sentence(error.to_string())
        ),
    )
    .at("user_id")
}

pub(super) fn conflicting_expirations() -> Diagnostic {
    Diagnostic::error(
        "Conflicting arguments",
        "`expiration_date` sets a fixed expiration date, and `validity_days` sets a new \
         expiration date at each rotation. Remove one of these arguments.",
    )
    .at("validity_days")
}

pub(super) fn early_renewal_without_validity() -> Diagnostic {
    Diagnostic::error(
        "Missing validity_days",
        "`early_renewal_days` counts the days back from the end of the secret's validity, which \
         `validity_days` sets. Set `validity_days`, or remove `early_renewal_days`.",
    )
    .at("early_renewal_days")
}

pub(super) fn early_renewal_too_long() -> Diagnostic {
    Diagnostic::error(
        "Invalid early_renewal_days",
        "`early_renewal_days` must be smaller than `validity_days`. With a larger or equal number, \
         each apply would rotate the secret.",
    )
    .at("early_renewal_days")
}

pub(super) fn expiration_in_the_past(end: Moment) -> Diagnostic {
    Diagnostic::warning(
        "The expiration date is in the past",
        format!(
            "The token expires at {end}, so PBS rejects the token as soon as it is created or \
             changed. Set `expiration_date` to a later date. For a token that never expires, \
             remove `expiration_date`."
        ),
    )
    .at("expiration_date")
}

pub(super) fn replaces_secret(prior: &State) -> Diagnostic {
    let State { user_id, token_name, .. } = prior;
    Diagnostic::warning(
        format!("The secret of {user_id}!{token_name} will be replaced"),
        "`rotation_triggers` is added. The apply therefore gives the token a new secret, and every \
         program that uses the old secret loses access. To keep the old secret, remove \
         `rotation_triggers`, or add `ignore_changes = [rotation_triggers]` to the `lifecycle` block \
         for this apply.",
    )
    .at("rotation_triggers")
}

pub(super) fn replaces_unknown_secret(prior: &State) -> Diagnostic {
    let State { user_id, token_name, .. } = prior;
    Diagnostic::warning(
        format!("The secret of {user_id}!{token_name} will be replaced"),
        "The state does not contain the secret of this token, and `rotation_triggers` is added or \
         changed. The apply therefore gives the token a new secret, and every program that uses \
         the old secret loses access. To keep the old secret, remove `rotation_triggers`.",
    )
    .at("rotation_triggers")
}

pub(super) fn replaces_invalid_secret(prior: &State) -> Diagnostic {
    let State { user_id, token_name, .. } = prior;
    Diagnostic::warning(
        format!("The secret of {user_id}!{token_name} does not work"),
        "PBS rejects the secret in the state. A failed rotation or another program has replaced the \
         secret. The apply therefore gives the token a new secret. If another program has replaced \
         the secret on purpose, every program that uses the replacement loses access.",
    )
    .at("secret")
}

/// The warning that another token replaces the token, because the plan changes the id of the token.
pub(super) fn replaced_by_another_id(prior: &State) -> Diagnostic {
    let State { user_id, token_name, .. } = prior;
    Diagnostic::warning(
        format!("The token {user_id}!{token_name} will be replaced by another token"),
        "A change of `user_id` or `token_name` deletes the token and creates another token. The \
         new token has a new secret, and the old secret stops working. A `pbs_acl` whose `auth_id` \
         refers to the `id` of this resource is created again for the new token. The backup groups \
         still belong to the old token, and PBS rejects backups of the new token into these \
         groups. To change the owner of the groups, use the action `pbs_change_owner` or the \
         command `proxmox-backup-client change-owner`.",
    )
    .at("token_name")
}

pub(super) fn no_such_user(user: &UserId) -> Diagnostic {
    messages::no_such_user(
        user,
        "PBS would create the token without an error, but the token could not be used. Create the \
         user first, with `pbs_user` or on the server. If the user is a `pbs_user`, set `user_id \
         = pbs_user.NAME.id` in the token, so that Terraform creates the user first.",
    )
}

pub(super) fn secret_unknown(id: &TokenId) -> Diagnostic {
    Diagnostic::warning(
        format!("The secret of {id} is unknown"),
        "PBS shows a secret only once, when it issues the secret, so `secret` and `api_token` are \
         null after an import. The programs that use the token keep working. To get a secret into \
         the state, add `rotation_triggers`: the next apply then gives the token a new secret, \
         and the old secret stops working.",
    )
}

/// Warns if the token was disabled on the server, or if its expiration date was changed on the
/// server to a time in the past. The refresh stores the new values in the state. The next refresh
/// compares the server with these values, so each change on the server causes only one warning.
/// Returns whether there was a warning about an expiration date.
pub(super) fn warn_of_drift(
    cx: &Cx<Client>,
    prior: &State,
    token: &Token,
    now: Option<Moment>,
) -> bool {
    let id = &token.id;
    if prior.enabled && !token.enabled {
        cx.warn(Diagnostic::warning(
            format!("The token {id} was disabled on the server"),
            "The server rejects a disabled token. The plan enables the token again, unless the \
             configuration sets `enabled = false`.",
        ));
    }
    let end = token.expire.and_then(Moment::from_unix);
    if let (Some(end), Some(now)) = (end, now)
        && end <= now
        && prior.expiration_date != Some(end)
    {
        let advice = match (prior.issued_at, prior.validity_days) {
            (None, Some(_)) => {
                "The plan cannot set a later date, because the time at which the secret was issued \
                 is unknown. To make the token work again, rotate its secret with \
                 `rotation_triggers`."
            }
            _ => {
                "The plan restores the expiration date of the configuration. If the token should \
                 stay unusable, set `enabled = false`."
            }
        };
        cx.warn(Diagnostic::warning(
            format!("The expiration date of {id} was changed on the server to a date in the past"),
            format!("The token expired at {end}, so the server rejects the token. {advice}"),
        ));
        return true;
    }
    false
}

pub(super) fn already_exists(id: &TokenId) -> Diagnostic {
    Diagnostic::error(
        format!("The token {id} already exists"),
        format!(
            "The token was not created, because the server already has a token with this id. Do \
             one of the following:\n\n\
             - If another `pbs_api_token` of the configuration manages the token, remove this \
             resource. Do not import the token.\n\
             - To manage the existing token, import it. The secret stays unknown until you add \
             `rotation_triggers`.\n\n\
             {}\n\n\
             - To create another token, change `token_name`.\n\
             - If you have renamed the resource, add a `moved` block.\n\
             - If the plan replaces the token, remove `create_before_destroy` from the `lifecycle` \
             block of the resource. This setting makes Terraform create the new token while the \
             old token still exists, but two tokens cannot have the same id.",
            import_block(id)
        ),
    )
    .object_exists()
}

fn import_block(id: &TokenId) -> String {
    format!("  import {{\n    to = pbs_api_token.NAME\n    id = \"{id}\"\n  }}")
}

/// The end of every diagnostic that says that a token may have been created.
const TAINTED: &str = "The token is marked as tainted in the state. The next apply deletes the \
                       token if it exists, and then creates a new token.";

/// The error if the response to the request that creates the token was lost, and the server does
/// not list the token.
pub(super) fn not_created(id: &TokenId, error: &Error) -> Diagnostic {
    Diagnostic::error(
        format!("The token {id} was not created"),
        format!(
            "{error}. The server does not list the token, but may still carry out the request. \
             {TAINTED}"
        ),
    )
}

/// The error if the response to the request that creates the token was lost, and the provider could
/// not find out whether the token exists.
pub(super) fn maybe_created(id: &TokenId, error: &Error, lookup_error: &Error) -> Diagnostic {
    Diagnostic::error(
        format!("The token {id} may exist without a known secret"),
        format!(
            "{error}. Afterwards, the provider could not find out whether the token exists: \
             {lookup_error}. {TAINTED}"
        ),
    )
}

/// The error if the token was created, but its secret is not known.
pub(super) fn secret_lost(id: &TokenId, error: &Error) -> Diagnostic {
    Diagnostic::error(
        format!("The token {id} exists, but its secret was lost"),
        format!(
            "The response with the secret did not arrive, and giving the token another secret \
             failed: {error}. The token is marked as tainted in the state, so the next apply \
             replaces it. To keep the token, run `terraform untaint ADDRESS`, add or change \
             `rotation_triggers`, and apply: the token then gets a new secret."
        ),
    )
}

/// The error if the last attempt of a rotation may have replaced the secret, but the new secret is
/// not known.
pub(super) fn maybe_rotated(id: &TokenId, error: &Error) -> Diagnostic {
    Diagnostic::error(
        format!("The secret of {id} may no longer be valid"),
        format!(
            "The provider asked the server to replace the secret, but the response with the new \
             secret did not arrive. Repeating the request did not help: {error}. Apply again to \
             give the token another new secret."
        ),
    )
}

/// The error if the server refused a rotation.
pub(super) fn not_rotated(id: &TokenId, error: Error) -> Diagnostic {
    match error.is_too_old() {
        true => Diagnostic::error(
            format!("This server cannot give {id} a new secret in place"),
            "Only Proxmox Backup Server 3.4 or newer can replace the secret of an existing token. \
             Upgrade the server, or run `terraform apply -replace=ADDRESS` with the address of the \
             token. This command deletes the token, creates it again with a new secret, and \
             creates its grants again.",
        ),
        false => refused(error),
    }
}

/// The error if PBS has refused to create or change the token.
pub(super) fn refused(error: Error) -> Diagnostic {
    let attributes = [("comment", "comment"), ("enable", "enabled"), ("expire", "expiration_date")];
    errors::refused(error, &attributes)
}
