//! Diagnostics that several types report.

use crate::pbs::{AuthId, Client, UserId};
use tf_plugin::{Cx, Diagnostic, sentence};

/// The error for a `user_id` that does not exist on the server. `advice` says why the user must
/// exist, and what to do.
pub(crate) fn no_such_user(user: &UserId, advice: impl Into<String>) -> Diagnostic {
    Diagnostic::error(format!("There is no user {user}"), advice).at("user_id")
}

/// Warns if PBS can store grants neither for a user nor for the tokens of this user.
pub(crate) fn warn_if_not_grantable(cx: &Cx<Client>, user: &UserId) {
    if let Err(error) = user.check_grantable() {
        cx.warn(
            Diagnostic::warning(
                format!("PBS cannot store grants for {user}"),
                format!(
                    "{}. The user and its tokens can therefore never have a privilege. Choose \
                     another name for the user.",
                    sentence(error.to_string()).trim_end_matches('.')
                ),
            )
            .at("user_id"),
        );
    }
}

/// Warns if a user or token already has grants immediately after its creation. PBS kept these
/// grants when an earlier user or token with the same id was deleted.
///
/// If the grants cannot be read, there is no warning and no error, because the creation itself has
/// succeeded.
pub(crate) async fn warn_of_inherited_grants(cx: &Cx<Client>, pbs: &Client, subject: &AuthId) {
    let Ok(grants) = pbs.leftover_grants(subject).await else { return };
    if grants.is_empty() {
        return;
    }
    let (noun, cause) = match subject {
        AuthId::User(_) => ("user", "PBS keeps the grants of a user when the user is deleted"),
        AuthId::Token(_) => ("token", "Before version 3.4, PBS kept the grants of a deleted token"),
    };
    let grants: Vec<_> =
        grants.iter().map(|grant| format!("  {} on {}", grant.role, grant.path)).collect();
    cx.warn(Diagnostic::warning(
        format!("{subject} has grants from an earlier {noun} with the same id"),
        format!(
            "{cause}. The following grants therefore apply to the new {noun}:\n\n\
             {}\n\n\
             To keep these grants, import them as `pbs_acl`. To remove these grants, delete them \
             on the server.",
            grants.join("\n")
        ),
    ));
}
