//! Changes the role of a grant. PBS has no request that changes a role, so the provider sends two
//! requests. The first request grants the new role, and the second request revokes the old role.

use super::{leftover::Leftover, messages};
use crate::pbs::{Client, Grant};
use tf_plugin::{Cx, Result};

/// Grants the new role before it revokes the old role, so that the user or token is never without
/// access.
///
/// If the second request fails, the provider undoes the first request. The state contains only one
/// grant, so Terraform would not know a second grant. After the first request, the remaining
/// requests are sent even if Terraform asks the provider to stop.
///
/// `leftover` is the grant of an earlier change that failed. If it is the new grant, it may exist.
pub(super) async fn change_role(
    cx: &Cx<Client>,
    old: &Grant,
    new: &Grant,
    leftover: Option<&Leftover>,
) -> Result<()> {
    let pbs = cx.client()?;
    if leftover.is_none_or(|leftover| leftover.of(old).role != new.role)
        && let Some(existing) = pbs.claim_grant(new).await?
    {
        return Err(messages::already_exists(new, existing).at("role_id"));
    }
    let uncancellable = pbs.uncancellable();
    // If one of the two roles is `NoAccess`, PBS itself deletes the old entry when it stores the
    // new one.
    let mutually_exclusive = old.excludes(new);
    let (granted, error) = match pbs.put_grant(new).await {
        Ok(()) if mutually_exclusive => return Ok(()),
        Ok(()) => match uncancellable.delete_grant(old).await {
            Ok(()) => return Ok(()),
            Err(error) => (true, error),
        },
        Err(error) if error.response_lost() => (false, error),
        Err(error) => {
            pbs.release_grant(new);
            return Err(error.into());
        }
    };
    // If PBS may still carry out the request for the new grant, each of these requests first waits
    // until that is no longer possible.
    let undone = match mutually_exclusive {
        true => uncancellable.put_grant(old).await.is_ok(),
        false => uncancellable.delete_grant(new).await.is_ok(),
    };
    Err(match undone {
        true => messages::role_unchanged(old, new, &error),
        false => {
            Leftover::store(cx, pbs, new);
            messages::role_partly_changed(old, new, granted, &error)
        }
    })
}
