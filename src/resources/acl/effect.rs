//! Checks whether the grant of a token has an effect.

use super::messages;
use crate::pbs::{AuthId, Client, Grant, privileges};
use std::iter;
use tf_plugin::Cx;

/// Warns if a token's grant has no effect, because the token's user has none of the role's
/// privileges.
///
/// If the provider sees only some of the grants, there is no warning, because a hidden grant could
/// give the user these privileges. If a request fails, there is no warning either.
pub(super) async fn warn_if_without_effect(cx: &Cx<Client>, pbs: &Client, grant: &Grant) {
    let AuthId::Token(token) = &grant.auth_id else { return };
    let (Ok(Some(grants)), Ok(roles)) = (pbs.all_grants().await, pbs.roles().await) else { return };
    let Some(granted) = roles.get(&grant.role).filter(|granted| !granted.is_empty()) else {
        return;
    };
    let user = AuthId::User(token.user().clone());
    // A grant that propagates has an effect even if the user has privileges only on a path below.
    let below = grants.of(&user).iter().map(|grant| &grant.path);
    let mut paths = below.filter(|path| grant.applies_to(path)).chain(iter::once(&grant.path));
    let without_effect =
        |path| granted.is_disjoint(&privileges::effective(&grants, &roles, &user, path));
    if paths.all(without_effect) {
        cx.warn(messages::without_effect(grant, granted));
    }
}
