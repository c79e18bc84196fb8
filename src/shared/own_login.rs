//! Warnings about a plan that changes the user or token with which the provider itself logs in.

use crate::pbs::{AuthId, Client, Credentials, TokenId, UserId};
use tf_plugin::{Cx, Diagnostic};

/// A planned change after which the provider's credentials no longer work.
#[derive(Clone, Copy)]
pub(crate) enum Change {
    Deleted,
    Disabled,
    Expired,
    SecretReplaced,
}

/// Warns of a planned change of a token if the provider logs in with this token.
pub(crate) fn warn_of_token(cx: &Cx<Client>, token: &TokenId, change: Change) {
    if caller(cx).is_some_and(|caller| caller.token() == Some(token)) {
        cx.warn(warning(&AuthId::Token(token.clone()), change));
    }
}

/// Warns of a planned change of a user if the provider logs in as this user or with a token of this
/// user. A new password matters only if the provider logs in with the password of the user.
pub(crate) fn warn_of_user(cx: &Cx<Client>, user: &UserId, change: Change) {
    let uses_password = matches!(
        cx.client().map(Client::credentials),
        Ok(Credentials::Password { user: own_user, .. }) if own_user == user
    );
    let is_affected = match change {
        Change::SecretReplaced => uses_password,
        Change::Deleted | Change::Disabled | Change::Expired => {
            caller(cx).is_some_and(|caller| caller.user() == user)
        }
    };
    if is_affected {
        cx.warn(warning(&AuthId::User(user.clone()), change));
    }
}

/// The user or token with which the provider logs in. `None` if the provider is not configured yet.
fn caller(cx: &Cx<Client>) -> Option<AuthId> {
    cx.client().ok()?.caller()
}

fn warning(subject: &AuthId, change: Change) -> Diagnostic {
    match change {
        Change::Deleted => access_ends(subject, "deleted"),
        Change::Disabled => access_ends(subject, "disabled"),
        Change::Expired => access_ends(subject, "expired"),
        Change::SecretReplaced => secret_replaced(subject),
    }
}

fn access_ends(subject: &AuthId, outcome: &str) -> Diagnostic {
    let (noun, login) = match subject {
        AuthId::User(_) => ("user", "as this user or with a token of this user"),
        AuthId::Token(_) => ("token", "with this token"),
    };
    Diagnostic::warning(
        format!("The provider's own {noun} {subject} will be {outcome}"),
        format!(
            "The provider logs in {login}. After this change, the server rejects the credentials \
             of the provider. Further requests of this run can therefore fail, and later runs \
             fail. Remove this change from the plan, or let the provider log in as another user \
             or with a token of another user."
        ),
    )
}

fn secret_replaced(subject: &AuthId) -> Diagnostic {
    let (noun, secret) = match subject {
        AuthId::User(_) => ("user", "password"),
        AuthId::Token(_) => ("token", "secret"),
    };
    Diagnostic::warning(
        format!("The {secret} of the provider's own {noun} {subject} will be replaced"),
        format!(
            "The provider logs in with this {secret}, and keeps using the old {secret} during the \
             apply. Further requests of this run can therefore fail. Apply this change \
             separately, after all other changes. Then give the provider the new {secret} before \
             you run Terraform again."
        ),
    )
}
