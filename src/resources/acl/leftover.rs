//! A leftover grant: the new grant of a change of the path or role that has failed. The state
//! contains only one grant. If the change cannot be undone, the new grant may therefore exist on
//! the server without being in the state. The resource keeps the leftover grant in its private
//! data. A refresh removes the leftover grant from the private data if this grant does not exist on
//! the server. An apply deletes the leftover grant, or completes the change.

use crate::pbs::{AclPath, Client, Grant, RoleId};
use serde::{Deserialize, Serialize};
use tf_plugin::{Cx, Result};

/// The path and role of a grant that may exist in addition to the grant in the state, or instead of
/// the grant in the state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Leftover {
    path: AclPath,
    role: RoleId,
    /// The Unix time in seconds until which the server may still create the grant.
    until: i64,
}

#[derive(Default, Serialize, Deserialize)]
struct Private {
    leftover: Option<Leftover>,
}

impl Leftover {
    /// The leftover grant in the private data of the resource. `None` if there is no leftover
    /// grant.
    pub(super) fn stored(cx: &Cx<Client>) -> Option<Self> {
        serde_json::from_slice::<Private>(&cx.private()).unwrap_or_default().leftover
    }

    /// Stores that the grant `new` may exist.
    pub(super) fn store(cx: &Cx<Client>, pbs: &Client, new: &Grant) {
        let until = pbs.may_be_carried_out_until(new).map_or(0, |until| until.as_second() + 1);
        set(cx, Some(Self { path: new.path.clone(), role: new.role.clone(), until }));
    }

    /// Stores that there is no leftover grant.
    pub(super) fn clear(cx: &Cx<Client>) {
        // Most grants have no private data, so there is nothing to clear.
        if !cx.private().is_empty() {
            set(cx, None);
        }
    }

    /// Waits until the server can no longer create the leftover grant. Returns false if the wait
    /// ended early because Terraform has asked the provider to stop.
    pub(super) async fn wait(&self, pbs: &Client) -> bool {
        pbs.wait_for_earlier_run(self.until).await
    }

    /// Deletes the leftover grant. `grant` is the grant in the state.
    pub(super) async fn delete(&self, pbs: &Client, grant: &Grant) -> Result<()> {
        self.wait(pbs).await;
        Ok(pbs.delete_grant(&self.to_grant(grant)).await?)
    }

    /// The leftover grant as a [`Grant`]. `grant` is the grant in the state. The two grants have
    /// the same user or token.
    pub(super) fn to_grant(&self, grant: &Grant) -> Grant {
        Grant { path: self.path.clone(), role: self.role.clone(), ..grant.clone() }
    }
}

fn set(cx: &Cx<Client>, leftover: Option<Leftover>) {
    // The serialization cannot fail, because the data consists of numbers and texts.
    cx.keep_private(serde_json::to_vec(&Private { leftover }).unwrap_or_default());
}
