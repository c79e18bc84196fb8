//! `/access/permissions`: which privileges somebody has in effect.

use crate::pbs::{AclPath, AuthId, Client, Result, http::Call};
use std::collections::BTreeMap;

/// For each path its privileges, and for each of these whether it counts below the path as well.
pub type Permissions = BTreeMap<String, BTreeMap<String, bool>>;

impl Client {
    /// The privileges of `auth_id` (else of the caller) on `path` (else everywhere). They follow a
    /// change of the ACL by up to 5 seconds. What gives none is not in the map.
    ///
    /// # Errors
    /// The caller may not ask about somebody else (`Sys.Audit` on `/access`).
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
