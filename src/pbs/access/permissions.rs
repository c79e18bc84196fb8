//! `/access/permissions`: the effective privileges of a user or token.

use crate::pbs::{AclPath, AuthId, Client, Result, http::Call};
use std::collections::BTreeMap;

/// For each path its privileges, and for each privilege whether it also applies below the path.
pub type Permissions = BTreeMap<String, BTreeMap<String, bool>>;

impl Client {
    /// The effective privileges of `auth_id`, or of the caller if it is `None`, on `path`, or on
    /// all paths if that is `None`. Paths without privileges are not in the map. A change of the
    /// ACL shows up to 5 seconds later.
    ///
    /// # Errors
    /// The caller may not read the permissions of others (`Sys.Audit` on `/access`).
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
