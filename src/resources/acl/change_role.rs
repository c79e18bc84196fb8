//! Changes the role of a grant. PBS has no request that changes a role, so the provider sends two
//! requests. The first request grants the new role, and the second request revokes the old role.

use super::messages;
use crate::pbs::{Client, Grant};
use tf_plugin::Result;

/// Grants the new role before it revokes the old role, so that the user or token is never without
/// access.
///
/// If the second request fails, the provider undoes the first request. The state contains only one
/// grant, so Terraform would not know a second grant. After the first request, the remaining
/// requests are sent even if Terraform asks the provider to stop.
pub(super) async fn change_role(pbs: &Client, old: &Grant, new: &Grant) -> Result<()> {
    let existed_before = pbs.grant_exists(new).await?;
    let uncancellable = pbs.uncancellable();
    // If one of the two roles is `NoAccess`, PBS itself deletes the old entry when it stores the
    // new one.
    let mutually_exclusive = old.excludes(new);
    let (granted, error) = match pbs.put_grant(new).await {
        Ok(()) if mutually_exclusive => return Ok(()),
        Ok(()) => match uncancellable.delete_preexisting_grant(old).await {
            Ok(()) => return Ok(()),
            Err(error) => (true, error),
        },
        Err(error) if error.response_lost() => (false, error),
        Err(error) => return Err(error.into()),
    };
    let undone = match (existed_before, mutually_exclusive) {
        // The new grant existed before this call. Deleting this grant would not restore the earlier
        // state of the server.
        (true, _) => false,
        (false, true) => uncancellable.put_grant(old).await.is_ok(),
        (false, false) => uncancellable.delete_grant(new).await.is_ok(),
    };
    Err(match undone {
        true => messages::role_unchanged(old, new, &error),
        false => messages::role_partly_changed(old, new, granted, &error),
    })
}
