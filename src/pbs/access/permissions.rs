//! `/access/permissions`: the effective privileges of a user or token.

use crate::pbs::{AclPath, AuthId, Client, Result, http::Call};
use std::collections::BTreeMap;

/// Maps each path to the privileges on that path. The value of each privilege says whether the
/// privilege also applies below the path.
pub type Permissions = BTreeMap<String, BTreeMap<String, bool>>;

impl Client {
    /// The effective privileges of `auth_id` on `path`. If `auth_id` is `None`, the result is for
    /// the authenticated user or token. If `path` is `None`, the map contains all paths. Paths
    /// without privileges are not in the map. A change of the ACL can take up to 5 seconds to
    /// appear in the map.
    ///
    /// # Errors
    /// The request fails. To read the privileges of another user or token, the authenticated user
    /// or token needs the privilege `Sys.Audit` on `/access`.
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

    /// Whether the authenticated user or token has the privilege on the path.
    ///
    /// # Errors
    /// The request fails.
    pub async fn has_privilege(&self, privilege: &str, path: &str) -> Result<bool> {
        let permissions = self.permissions(None, Some(&path.parse()?)).await?;
        Ok(permissions.get(path).is_some_and(|granted| granted.contains_key(privilege)))
    }

    /// Whether the authenticated user or token has at least one of the privileges on `path`, from a
    /// grant that also applies to the paths below `path`.
    ///
    /// # Errors
    /// The request fails.
    pub async fn has_one_of_below(&self, privileges: &[&str], path: &str) -> Result<bool> {
        let permissions = self.permissions(None, Some(&path.parse()?)).await?;
        let granted = permissions.get(path);
        Ok(granted.is_some_and(|granted| {
            privileges.iter().any(|&privilege| granted.get(privilege) == Some(&true))
        }))
    }
}
