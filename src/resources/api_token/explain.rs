//! What is worth saying about a token.

use super::State;
use crate::pbs::{AuthId, Client, Moment, Token, TokenId, UserId};
use tf_plugin::{Cx, Diagnostic};

/// Says what somebody did to the token on the server, once: the next refresh starts
/// from there.
pub(super) fn warn_of_drift(cx: &Cx<Client>, prior: &State, token: &Token, now: Option<Moment>) {
    let id = &token.id;
    if prior.enabled && !token.enabled {
        cx.warn(Diagnostic::warning(
            format!("The token {id} was switched off on the server"),
            "Whoever uses it is refused. The plan switches it on again, unless `enabled = false` is set.",
        ));
    }
    let end = token.expire.and_then(Moment::from_unix);
    if let (Some(end), Some(now)) = (end, now)
        && end <= now
        && prior.expiration_date != Some(end)
    {
        cx.warn(Diagnostic::warning(
            format!("The token {id} was made to expire on the server"),
            format!(
                "It ended at {end}, and whoever uses it is refused. {}",
                match (prior.issued_at, prior.validity_days) {
                    (None, Some(_)) => "When its secret was made is not known: give it a new one.",
                    _ => "The plan repairs it.",
                }
            ),
        ));
    }
}

/// Warns of rights that nobody asked for: before 3.4, PBS kept the grants of a deleted
/// token, and they count for the next one of that name.
pub(super) async fn warn_of_inherited(cx: &Cx<Client>, pbs: &Client, id: TokenId) {
    let subject = AuthId::Token(id);
    let Ok(grants) = pbs.leftover_grants(&subject).await else { return };
    let grants: Vec<_> =
        grants.iter().map(|grant| format!("  {} on {}", grant.role, grant.path)).collect();
    if !grants.is_empty() {
        cx.warn(Diagnostic::warning(
            format!("{subject} has grants from an earlier token of this name"),
            format!(
                "Before version 3.4, PBS kept the grants of a token that was deleted, so they count for the new \
                 one:\n\n{}\n\nImport them as `pbs_acl`, or delete them on the server.",
                grants.join("\n")
            ),
        ));
    }
}

pub(super) fn no_such_user(user: &UserId) -> Diagnostic {
    Diagnostic::error(
        format!("There is no user {user}"),
        "A token belongs to a user. Create the user first (`pbs_user`, or on the server), and refer to it so \
         that Terraform keeps the order: `user_id = pbs_user.NAME.id`.",
    )
    .at("user_id")
}

pub(super) fn unknown_secret(id: &TokenId) -> Diagnostic {
    Diagnostic::warning(
        format!("The secret of {id} is unknown"),
        "PBS shows a secret only once, so `secret` and `api_token` are null after an import. Whoever uses the \
         token keeps working. To have a secret here, set `rotation_triggers`: the token then gets a new one, and \
         the old one stops working.",
    )
}

pub(super) fn takes_over(prior: &State) -> Diagnostic {
    let State { user_id, token_name, .. } = prior;
    Diagnostic::warning(
        format!("The secret of {user_id}!{token_name} will be replaced"),
        "Its present secret is not known here, and `rotation_triggers` asks for a new one. Whoever uses the \
         token with the old secret loses access when this is applied.",
    )
    .at("rotation_triggers")
}

pub(super) fn in_the_past(end: Moment) -> Diagnostic {
    Diagnostic::warning(
        "The end of the token has passed",
        format!("It ends at {end}, so PBS refuses it from the start. Choose a later date, or leave it out."),
    )
    .at("expiration_date")
}
