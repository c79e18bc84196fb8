//! `/access/roles`: the roles of the server and their privileges.

use crate::pbs::{Client, Result, RoleId, http::Call, snapshot::Area};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The privileges of every role, such as `Datastore.Backup`.
pub type Roles = BTreeMap<RoleId, BTreeSet<String>>;

impl Client {
    /// All roles. Simultaneous readers share one list. Every authenticated user and token can see
    /// all roles.
    ///
    /// # Errors
    /// The request fails.
    pub async fn roles(&self) -> Result<Arc<Roles>> {
        #[derive(Deserialize)]
        struct Wire {
            roleid: String,
            #[serde(default)]
            privs: BTreeSet<String>,
        }
        let client = self.clone();
        let lists = &self.shared.lists;
        lists
            .roles
            .read(&lists.epochs, &[Area::Roles], || async move {
                let roles = client.send::<Vec<Wire>>(Call::get(["access", "roles"])).await?;
                let parsed = roles
                    .into_iter()
                    .filter_map(|role| Some((role.roleid.parse().ok()?, role.privs)));
                Ok(parsed.collect())
            })
            .await
    }
}
