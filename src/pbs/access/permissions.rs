//! `/access/permissions`: the effective privileges of a user or token.

use crate::pbs::{AclPath, AuthId, Client, Result, http::Call};
use std::collections::BTreeMap;

/// Maps each path to its privileges, and each privilege to whether it also applies below the path.
pub type Permissions = BTreeMap<String, BTreeMap<String, bool>>;

impl Client {
    /// The effective privileges of `auth_id` on `path`. `None` stands for the authenticated user or
    /// token, and for all paths. Paths without privileges are not in the map. PBS can show a change
    /// of the ACL up to 5 seconds late.
    ///
    /// # Errors
    /// The request fails, or it is about another user or token and the authenticated one lacks the
    /// privilege `Sys.Audit` on `/access`.
    pub async fn permissions(
        &self,
        auth_id: Option<&AuthId>,
        path: Option<&AclPath>,
    ) -> Result<Permissions> {
        let mut call = Call::get(["access", "permissions"]).needs("Sys.Audit", "/access");
        if let Some(auth_id) = auth_id {
            call = call.query("auth-id", auth_id.to_string());
        }
        if let Some(path) = path {
            call = call.query("path", path.as_str());
        }
        self.send(call).await
    }
}
