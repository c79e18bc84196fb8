//! Planning and validation of a grant.

use super::{Id, State, leftover::Leftover, messages, own_privileges, reach::Reach};
use crate::{
    pbs::{AclPath, AuthId, Client, DatastoreName, Grant, PlannedGrant, RoleId, kinds},
    shared::{acl_path::check_acl_path, effect::warn_if_without_effect, role::check_role},
};
use tf_plugin::{Cx, Field, Path, Plan, Result};

/// Plans the id and the deletion of a leftover grant, and warns of arguments that are probably
/// mistakes.
pub(super) async fn plan(cx: &Cx<Client>, plan: &mut Plan<'_, State>) -> Result<()> {
    let old = plan.prior.as_ref().map(State::to_api);
    let new = planned_grant(plan)?;
    warn_of_own_loss(cx, old.as_ref(), &new).await;
    if let Ok(pbs) = cx.client() {
        pbs.record_planned_grant(old.as_ref(), new.clone());
        if let (Some(old), PlannedGrant::Known(new)) = (&old, &new)
            && old == new
        {
            warn_if_without_effect(cx, pbs, new, Path::root().attribute("role_id")).await;
        }
    }
    if plan.is_destroy() {
        return Ok(());
    }
    let path = plan.get::<AclPath>("path")?;
    let auth_id = plan.get::<AuthId>("auth_id")?;
    let role_id = plan.get::<RoleId>("role_id")?;
    if let Field::Known(path) = &path
        && plan.changed("path")?
    {
        check_acl_path(cx, path, Path::root().attribute("path")).await?;
        warn_if_datastore_is_missing(cx, path).await;
    }
    if let Field::Known(role) = &role_id
        && plan.changed("role_id")?
    {
        check_role(cx, role, Path::root().attribute("role_id")).await?;
    }
    if let PlannedGrant::Known(grant) = &new
        && old.as_ref() != Some(grant)
        && let Some(reach) = Reach::of(grant)
    {
        cx.warn(messages::far_reaching_role(grant, reach));
    }
    if let (Some(prior), Some(leftover)) = (&plan.prior, Leftover::stored(cx))
        && !plan.changed("path")?
        && !plan.changed("role_id")?
    {
        // An unknown id makes the plan contain an update, which deletes the leftover grant.
        cx.warn(messages::removes_leftover(&leftover.to_grant(&prior.to_api())));
        return plan.set_unknown("id");
    }
    match (path, auth_id, role_id) {
        (Field::Known(path), Field::Known(auth_id), Field::Known(role_id)) => {
            plan.set("id", &Id { path, auth_id, role_id }.to_string())
        }
        _ => plan.set_unknown("id"),
    }
}

/// Warns if the plan takes privileges from the provider's own user or token.
async fn warn_of_own_loss(cx: &Cx<Client>, old: Option<&Grant>, new: &PlannedGrant) {
    match new {
        PlannedGrant::Known(new) if old != Some(new) => {
            own_privileges::warn_of_loss(cx, old, Some(new)).await;
        }
        PlannedGrant::Deleted => own_privileges::warn_of_loss(cx, old, None).await,
        PlannedGrant::Known(_) | PlannedGrant::Unknown => {}
    }
}

fn planned_grant(plan: &Plan<'_, State>) -> Result<PlannedGrant> {
    if plan.is_destroy() {
        return Ok(PlannedGrant::Deleted);
    }
    let parts =
        (plan.get("path")?, plan.get("auth_id")?, plan.get("role_id")?, plan.get("propagate")?);
    Ok(match parts {
        (
            Field::Known(path),
            Field::Known(auth_id),
            Field::Known(role),
            Field::Known(propagate),
        ) => PlannedGrant::Known(Grant { path, auth_id, role, propagate }),
        _ => PlannedGrant::Unknown,
    })
}

/// Warns if a new path names a datastore that does not exist. If the request fails, there is no
/// warning and no error, because the plan does not need the result.
async fn warn_if_datastore_is_missing(cx: &Cx<Client>, path: &AclPath) {
    let Some(name) = datastore(path) else { return };
    let Ok(pbs) = cx.client() else { return };
    // A datastore that the same run creates is not missing.
    if pbs.has_planned_object(&kinds::DATASTORE, name.as_str()) {
        return;
    }
    if pbs.is_datastore_missing(&name).await.is_ok_and(|missing| missing) {
        cx.warn(messages::no_such_datastore(path, &name));
    }
}

/// The datastore that the path names. `None` if the path names no datastore.
fn datastore(path: &AclPath) -> Option<DatastoreName> {
    path.as_str().strip_prefix("/datastore/")?.split('/').next()?.parse().ok()
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
