//! Planning and validation of a user.

use super::{State, messages, password};
use crate::{
    pbs::{Client, Moment, UserId},
    shared::{
        messages::warn_if_not_grantable,
        own_login::{self, Change},
    },
};
use std::time::{SystemTime, UNIX_EPOCH};
use tf_plugin::{Cx, Field, Plan, Result, View};

/// Checks the rules that involve more than one attribute.
pub(super) fn validate(config: View<'_>) -> Result<()> {
    let has_password = !config.get::<String>("password_wo")?.is_null();
    if !has_password && matches!(config.get::<i64>("password_wo_version")?, Field::Known(_)) {
        return Err(messages::version_without_password());
    }
    match config.get::<UserId>("user_id")? {
        Field::Known(user) if has_password && user.realm() != "pbs" => {
            Err(messages::password_in_other_realm())
        }
        _ => Ok(()),
    }
}

/// Warns of an id for which PBS cannot store grants, of the tokens that PBS deletes together with
/// the user, and of changes that affect the provider's own login.
pub(super) async fn plan(cx: &Cx<Client>, plan: &Plan<'_, State>) -> Result<()> {
    if !plan.is_destroy()
        && plan.changed("user_id")?
        && let Field::Known(user) = plan.get("user_id")?
    {
        warn_if_not_grantable(cx, &user);
    }
    let (Some(prior), Ok(pbs)) = (&plan.prior, cx.client()) else { return Ok(()) };
    if plan.is_destroy() || plan.changed("user_id")? {
        // Only the warning needs this request, so an error of the request is ignored. If the server
        // cannot be reached, the apply reports an error.
        if let Ok(tokens) = pbs.tokens(Some(&prior.user_id)).await {
            cx.warn(messages::deletion(&prior.user_id, tokens.len()));
        }
        own_login::warn_of_user(cx, &prior.user_id, Change::Deleted);
        return Ok(());
    }
    if plan.changed("enabled")? && plan.get("enabled")? == Field::Known(false) {
        own_login::warn_of_user(cx, &prior.user_id, Change::Disabled);
    }
    if let Field::Known(end) = plan.get::<String>("expiration_date")?
        && plan.changed("expiration_date")?
        && let Ok(end) = end.parse::<Moment>()
        && is_past(end, cx.now())
    {
        own_login::warn_of_user(cx, &prior.user_id, Change::Expired);
    }
    password::warn_if_never_set(cx, plan)?;
    if plan.changed("password_wo_version")? {
        own_login::warn_of_user(cx, &prior.user_id, Change::SecretReplaced);
    }
    Ok(())
}

fn is_past(end: Moment, now: SystemTime) -> bool {
    let now = now.duration_since(UNIX_EPOCH).map_or(0, |since_epoch| since_epoch.as_secs());
    u64::try_from(end.unix()).is_ok_and(|end| end <= now)
}

/// Checks a password against the rules of PBS.
pub(super) fn check_password(text: &str) -> Result<(), String> {
    if text.chars().any(char::is_control) {
        return Err("The password contains a control character, which PBS does not allow.".into());
    }
    match text.chars().count() {
        0 => Err("The password is empty. To create a user without a password, omit `password_wo`."
            .into()),
        8..=64 => Ok(()),
        _ => Err("The password must have 8 to 64 characters.".into()),
    }
}
