//! Changes the path or the role of a grant. PBS has no request for such a change, so the provider
//! writes a new grant, and then deletes the old grant.

use super::{leftover::Leftover, messages};
use crate::pbs::{self, Client, Grant};
use tf_plugin::{Cx, Result};

/// Writes the new grant, waits until the new grant is effective, and then deletes the old grant.
/// The user or token is therefore never without access.
///
/// If PBS refuses the new grant, the old grant stays. If the deletion of the old grant fails, the
/// provider deletes the new grant, because the state can contain only one grant, and Terraform
/// would not know the second grant. After the first request, the remaining requests are sent even
/// if Terraform asks the provider to stop.
///
/// `may_exist` is true if an earlier attempt at this change failed. The new grant may then already
/// exist on the server.
pub(super) async fn change_grant(
    cx: &Cx<Client>,
    old: &Grant,
    new: &Grant,
    may_exist: bool,
) -> Result<()> {
    let pbs = cx.client()?;
    // Reserves the new grant within this run. If the grant already exists, the change fails.
    if !may_exist && let Some(existing) = pbs.claim_grant(new).await? {
        let attribute = if old.path == new.path { "role_id" } else { "path" };
        return Err(messages::already_exists(new, existing).at(attribute));
    }
    let uncancellable = pbs.uncancellable();
    // If both grants have the same path, and one of their roles is `NoAccess`, PBS itself deletes
    // the old grant when it stores the new grant.
    let mutually_exclusive = old.excludes(new);
    let (is_confirmed, error) = match pbs.put_grant(new).await {
        Ok(()) if mutually_exclusive => return Ok(()),
        Ok(()) => match delete_old(&uncancellable, old).await {
            Ok(()) => return Ok(()),
            Err(error) => (true, error),
        },
        Err(error) if error.response_lost() => (false, error),
        Err(error) => {
            pbs.release_grant(new);
            return Err(messages::refused(new, error));
        }
    };
    // If the response to the creation of the new grant was lost, PBS may still carry out this
    // request. The client waits until this is no longer possible, and then sends the following
    // request.
    let undone = match mutually_exclusive {
        true => uncancellable.put_grant(old).await.is_ok(),
        false => uncancellable.delete_grant(new).await.is_ok(),
    };
    Err(match undone {
        true => messages::grant_unchanged(old, new, &error),
        false => {
            Leftover::store(cx, pbs, new);
            messages::grant_partly_changed(old, new, is_confirmed, &error)
        }
    })
}

/// Waits until the new grant is effective, and then deletes the old grant.
async fn delete_old(pbs: &Client, old: &Grant) -> pbs::Result<()> {
    pbs.wait_until_effective(&old.auth_id).await?;
    pbs.delete_grant(old).await
}
