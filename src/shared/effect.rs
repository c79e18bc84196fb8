//! Checks whether the grant of a token has an effect.

use crate::pbs::{AuthId, Client, Grant, Grants, Roles, privileges};
use std::{collections::BTreeSet, iter};
use tf_plugin::{Cx, Diagnostic, Path};

/// Warns if a token's grant has no effect, because the token's user has none of the role's
/// privileges after the planned changes of grants. `attribute` is the attribute that declares the
/// grant.
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
    let without_effect = || {
        let of_user = pbs.after_plan(&grants, &user);
        of_user.is_some_and(|of_user| is_without_effect(grant, &user, &of_user, &roles))
    };
    // Terraform plans resources in any order, so the plan for the missing grant may come later.
    if let Some(granted) = roles.get(&grant.role)
        && pbs.holds_after_plan(without_effect).await
    {
        cx.warn(without_effect_message(grant, granted).at_path(attribute));
    }
}

/// Whether the user of the token has none of the privileges that the grant gives to the token.
/// `of_user` contains the grants of the user.
fn is_without_effect(grant: &Grant, user: &AuthId, of_user: &Grants, roles: &Roles) -> bool {
    let Some(granted) = roles.get(&grant.role).filter(|granted| !granted.is_empty()) else {
        return false;
    };
    // A grant that propagates has an effect even if the user has privileges only on a path below.
    let below = of_user.iter().map(|grant| &grant.path);
    let mut paths = below.filter(|path| grant.applies_to(path)).chain(iter::once(&grant.path));
    paths.all(|path| granted.is_disjoint(&privileges::effective(of_user, roles, user, path)))
}

fn without_effect_message(grant: &Grant, granted: &BTreeSet<String>) -> Diagnostic {
    let Grant { path, auth_id, role, propagate: _ } = grant;
    let user = auth_id.user();
    let privileges: Vec<_> = granted.iter().map(|name| format!("`{name}`")).collect();
    Diagnostic::warning(
        format!("The grant of `{role}` to {auth_id} on {path} has no effect"),
        format!(
            "A token has a privilege only where its user has it too. On {path}, {user} has none of \
             the privileges of this role: {}. Grant the role to the user as well:\n\n  \
             resource \"pbs_acl\" \"user\" {{\n    path    = \"{path}\"\n    auth_id = \
             \"{user}\"\n    role_id = \"{role}\"\n  }}\n\n\
             If the plan creates such a grant already, ignore the warning.",
            privileges.join(", ")
        ),
    )
}
