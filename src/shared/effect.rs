//! Checks whether the grant of a role to a token has an effect.

use crate::pbs::{AuthId, Client, Grant, Grants, Roles, privileges};
use std::{collections::BTreeSet, iter};
use tf_plugin::{Cx, Diagnostic, Path};

/// A token has a privilege only where its user has the same privilege. Warns if a token's grant has
/// no effect, because the token's user has none of the role's privileges on the path of the grant.
/// The check includes the changes of grants that Terraform has planned. `attribute` is the
/// attribute that declares the grant.
///
/// If the provider sees only some of the grants, there is no warning, because a hidden grant could
/// give the user these privileges. If a request fails, there is no warning either.
pub(crate) async fn warn_if_without_effect(
    cx: &Cx<Client>,
    pbs: &Client,
    grant: &Grant,
    attribute: Path,
) {
    if grant.auth_id.token().is_none() {
        return;
    }
    let (Ok(Some(grants)), Ok(roles)) = (pbs.all_grants().await, pbs.roles().await) else { return };
    let user = AuthId::User(grant.auth_id.user().clone());
    let has_no_effect = || {
        let user_grants = pbs.after_plan(&grants, &user);
        user_grants.is_some_and(|user_grants| is_without_effect(grant, &user, &user_grants, &roles))
    };
    // Terraform plans resources in any order. If the user's grant is missing, Terraform may still
    // plan this grant, so the check waits for the end of the plan.
    if let Some(role_privileges) = roles.get(&grant.role)
        && pbs.holds_after_plan(has_no_effect).await
    {
        cx.warn(without_effect_message(grant, role_privileges).at_path(attribute));
    }
}

/// Whether the user of the token has none of the privileges that the grant gives to the token.
/// `user_grants` contains the grants of the user.
fn is_without_effect(grant: &Grant, user: &AuthId, user_grants: &Grants, roles: &Roles) -> bool {
    let Some(role_privileges) =
        roles.get(&grant.role).filter(|role_privileges| !role_privileges.is_empty())
    else {
        return false;
    };
    // A grant that propagates has an effect even if the user has privileges only on a path below
    // the path of the grant.
    let user_paths = user_grants.iter().map(|grant| &grant.path);
    let mut paths = user_paths.filter(|path| grant.applies_to(path)).chain(iter::once(&grant.path));
    paths.all(|path| {
        role_privileges.is_disjoint(&privileges::effective(user_grants, roles, user, path))
    })
}

fn without_effect_message(grant: &Grant, role_privileges: &BTreeSet<String>) -> Diagnostic {
    let Grant { path, auth_id, role, propagate: _ } = grant;
    let user = auth_id.user();
    let privileges: Vec<_> = role_privileges.iter().map(|name| format!("`{name}`")).collect();
    Diagnostic::warning(
        format!("The grant of `{role}` to {auth_id} on {path} has no effect"),
        format!(
            "A token has a privilege only where its user has the same privilege. On {path}, {user} \
             has none of the privileges of this role: {}. Grant the role to the user as \
             well:\n\n  resource \"pbs_acl\" \"user\" {{\n    path    = \"{path}\"\n    auth_id = \
             \"{user}\"\n    role_id = \"{role}\"\n  }}\n\n\
             If the plan already contains this grant, ignore the warning.",
            privileges.join(", ")
        ),
    )
}
