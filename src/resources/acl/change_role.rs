//! The change of a grant's role. PBS has no request for it, so it takes two: one grants the new
//! role, the other revokes the old one.

use super::messages;
use crate::pbs::{Client, Grant};
use tf_plugin::Result;

/// Grants the new role, then revokes the old one, so that the subject is never without access.
///
/// If the second step fails, the first one is undone, because the state contains only one grant and
/// Terraform would not know the other. Once the new role is granted, the rest is also done if
/// Terraform asks the provider to stop.
pub(super) async fn change_role(pbs: &Client, old: &Grant, new: &Grant) -> Result<()> {
    let existed_before = pbs.grant_exists(new).await?;
    let uncancellable = pbs.uncancellable();
    // PBS itself deletes the old entry if one of the two roles is `NoAccess`.
    let are_rivals = old.excludes(new);
    let (granted, error) = match pbs.put_grant(new).await {
        Ok(()) if are_rivals => return Ok(()),
        Ok(()) => match uncancellable.delete_preexisting_grant(old).await {
            Ok(()) => return Ok(()),
            Err(error) => (true, error),
        },
        Err(error) if error.response_lost() => (false, error),
        Err(error) => return Err(error.into()),
    };
    let undone = match (existed_before, are_rivals) {
        // The new grant existed before this call, so deleting it would not undo anything.
        (true, _) => false,
        (false, true) => uncancellable.put_grant(old).await.is_ok(),
        (false, false) => uncancellable.delete_grant(new).await.is_ok(),
    };
    Err(match undone {
        true => messages::role_unchanged(old, new, &error),
        false => messages::role_partly_changed(old, new, granted, &error),
    })
}
