//! The diagnostics of a user.

use super::State;
use crate::{
    pbs::{Client, Error, Moment, User, UserId},
    shared::errors,
};
use std::time::UNIX_EPOCH;
use tf_plugin::{Cx, Diagnostic};

pub(super) fn version_without_password() -> Diagnostic {
    Diagnostic::error(
        "Missing password_wo",
        "When `password_wo_version` changes, the provider sets the password to `password_wo` \
         again. Set `password_wo`, or remove `password_wo_version`.",
    )
    .at("password_wo_version")
}

/// The warning that the configuration contains `password_wo` for an existing user, but the provider
/// will not set the password, because the configuration does not contain `password_wo_version`.
pub(super) fn password_never_set(user: &UserId) -> Diagnostic {
    Diagnostic::warning(
        format!("The password of {user} will not be set"),
        "The provider sets `password_wo` only when it creates the user, or when \
         `password_wo_version` changes. This user exists already, and the provider has not set its \
         password. To set the password, add `password_wo_version = 1`. To keep the present \
         password, remove `password_wo`.",
    )
    .at("password_wo")
}

pub(super) fn password_in_other_realm() -> Diagnostic {
    Diagnostic::error(
        "Invalid password_wo",
        "PBS stores passwords only for users of the realm `pbs`. Remove `password_wo`, and set \
         the password in the system that checks the logins of this user's realm.",
    )
    .at("password_wo")
}

/// The error if PBS has refused to create or change the user.
pub(super) fn refused(user: &UserId, error: Error) -> Diagnostic {
    if error.reports_unknown_realm(user) {
        return Diagnostic::error(
            format!("There is no realm `{}`", user.realm()),
            format!(
                "The server does not know the realm of the user {user}. Check `user_id` for a \
                 spelling mistake. Every server has the realms `pbs` and `pam`. Other realms must \
                 be added to the server before their users."
            ),
        )
        .at("user_id");
    }
    errors::refused(
        error,
        &[
            ("userid", "user_id"),
            ("comment", "comment"),
            ("enable", "enabled"),
            ("expire", "expiration_date"),
            ("firstname", "first_name"),
            ("lastname", "last_name"),
            ("email", "email"),
            ("password", "password_wo"),
        ],
    )
}

pub(super) fn deletion(user: &UserId, tokens: usize) -> Diagnostic {
    let tokens = match tokens {
        0 => "The user has no tokens.".to_owned(),
        1 => "PBS also deletes the user's token, and every program that uses this token loses \
              access."
            .to_owned(),
        count => format!(
            "PBS also deletes the user's {count} tokens, and every program that uses one of these \
             tokens loses access."
        ),
    };
    Diagnostic::warning(
        format!("The user {user} is going to be deleted"),
        format!(
            "{tokens} PBS keeps the grants of the user itself, and these grants apply again to a \
             new user with the same id. To prevent this, also delete the grants. If a `pbs_acl` \
             manages a grant, destroy this `pbs_acl` together with the user. Delete the other \
             grants on the server."
        ),
    )
}

pub(super) fn already_exists(user: &UserId) -> Diagnostic {
    Diagnostic::error(
        format!("The user {user} already exists"),
        format!(
            "The user was not created, because the server already has a user with this id. The \
             existing user was not changed. If another `pbs_user` of the configuration manages the \
             user, remove the new resource. To manage the existing user, import it:\n\n  import \
             {{\n    to = pbs_user.NAME\n    id = \"{user}\"\n  }}\n\n\
             To create another user, change `user_id`. If you have renamed the resource, add a \
             `moved` block. If the plan replaces the user, remove `create_before_destroy` from the \
             `lifecycle` block of the resource. This setting makes Terraform create the new user \
             while the old user still exists, but two users cannot have the same id."
        ),
    )
    .at("user_id")
    .object_exists()
}

/// Warns if the user was disabled on the server, or if its expiration date was changed on the
/// server to a time in the past. The refresh stores the new values in the state, so each change on
/// the server causes only one warning.
pub(super) fn warn_of_drift(cx: &Cx<Client>, prior: &State, user: &User) {
    let id = &user.id;
    if prior.enabled && !user.enabled {
        cx.warn(Diagnostic::warning(
            format!("The user {id} was disabled on the server"),
            "A disabled user cannot log in, and the server rejects its tokens. Somebody may have \
             disabled the user after a leak. The plan enables the user again, unless the \
             configuration sets `enabled = false`.",
        ));
    }
    let end = user.expire.and_then(Moment::from_unix);
    if let (Some(end), Ok(now)) = (end, cx.now().duration_since(UNIX_EPOCH))
        && end.unix().unsigned_abs() <= now.as_secs()
        && prior.expiration_date != Some(end)
    {
        cx.warn(Diagnostic::warning(
            format!("The expiration date of {id} was changed on the server to a date in the past"),
            format!(
                "The user expired at {end}, so it cannot log in, and the server rejects its tokens. \
                 The plan restores the expiration date of the configuration. If the user should \
                 stay unusable, set `enabled = false`."
            ),
        ));
    }
}

/// The error if the response to the request that creates the user was lost. The provider then
/// looked for the user on the server. `lookup_error` is the error of this search. `None` means that
/// the server does not list the user.
pub(super) fn maybe_created(
    user: &UserId,
    error: &Error,
    lookup_error: Option<Error>,
) -> Diagnostic {
    let lookup = match lookup_error {
        Some(error) => {
            format!("Afterwards, the provider could not find out whether the user exists: {error}")
        }
        None => "The server does not list the user, but it may still carry out the request".into(),
    };
    Diagnostic::error(
        format!("The user {user} may have been created"),
        format!(
            "{error}. {lookup}. The user is marked as tainted in the state. The next apply deletes \
             the user if it exists, and then creates a new user."
        ),
    )
}

pub(super) fn password_needs_login(user: &UserId) -> Diagnostic {
    password_not_changed(
        user,
        "PBS does not let an API token change a password. For this apply, configure the provider \
         with `username` and `password`, or set the password on the server.",
    )
}

pub(super) fn password_needs_own_password(user: &UserId) -> Diagnostic {
    password_not_changed(
        user,
        "To change a password, PBS requires the password of the user who makes the change, unless \
         that user is `root@pam`. The provider logs in with `auth_ticket`, so it does not know the \
         password of its own user. For this apply, configure the provider with `username` and \
         `password`, or set the password on the server.",
    )
}

fn password_not_changed(user: &UserId, detail: &str) -> Diagnostic {
    Diagnostic::error(format!("The password of {user} was not changed"), detail).at("password_wo")
}
