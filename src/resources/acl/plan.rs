//! Planning and validation of a grant.

use super::{Id, State, leftover::Leftover, messages};
use crate::pbs::{AclPath, AuthId, Client, RoleId};
use tf_plugin::{Cx, Field, Plan, Result};

/// Plans the id and the deletion of a leftover grant, and warns of arguments that are probably mistakes.
pub(super) fn plan(cx: &Cx<Client>, plan: &mut Plan<'_, State>) -> Result<()> {
    if plan.is_destroy() {
        return Ok(());
    }
    let path = plan.get::<AclPath>("path")?;
    let auth_id = plan.get::<AuthId>("auth_id")?;
    let role_id = plan.get::<RoleId>("role_id")?;
    if let Field::Known(path) = &path
        && plan.changed("path")?
        && !path.tree_is_known()
    {
        cx.warn(messages::unknown_path(path));
    }
    if let (Field::Known(AuthId::Token(_)), Field::Known(role)) = (&auth_id, &role_id)
        && (plan.changed("auth_id")? || plan.changed("role_id")?)
        && matches!(role.as_str(), "Admin" | "DatastoreAdmin")
    {
        cx.warn(messages::far_reaching_role(role));
    }
    if let (Some(prior), Some(leftover)) = (&plan.prior, Leftover::stored(cx))
        && !plan.changed("role_id")?
    {
        // An unknown id makes the plan contain an update, which deletes the leftover grant.
        cx.warn(messages::removes_leftover(&leftover.of(&prior.to_api())));
        return plan.set_unknown("id");
    }
    match (path, auth_id, role_id) {
        (Field::Known(path), Field::Known(auth_id), Field::Known(role_id)) => {
            plan.set("id", &Id { path, auth_id, role_id }.to_string())
        }
        _ => plan.set_unknown("id"),
    }
}

/// Rejects the users for which PBS cannot store a grant. PBS reports success for a grant to
/// `root@pam`, but does not store the grant.
pub(super) fn check_auth_id(text: &str) -> Result<(), String> {
    match text.parse::<AuthId>() {
        Ok(AuthId::User(user)) if user.is_superuser() => {
            Err("`root@pam` has all privileges without a grant, and PBS does not store grants for \
                 this user. Remove this resource, or grant the role to a token of `root@pam`."
                .into())
        }
        Ok(id) => id.user().check_grantable().map_err(|error| error.to_string()),
        // Another check reports a malformed id.
        Err(_) => Ok(()),
    }
}
