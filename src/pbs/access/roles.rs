//! `/access/roles`: the roles of this server and what each of them allows.

use crate::pbs::{Client, Result, RoleId, http::Call, snapshot::Area};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The privileges of every role, such as `Datastore.Backup`.
pub type Roles = BTreeMap<RoleId, BTreeSet<String>>;

impl Client {
    /// All roles, read once for all who ask; every caller may see them.
    ///
    /// # Errors
    /// The server cannot be asked.
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
                let wires = client.send::<Vec<Wire>>(Call::get(["access", "roles"])).await?;
                let parsed = wires
                    .into_iter()
                    .filter_map(|role| Some((role.roleid.parse().ok()?, role.privs)));
                Ok(parsed.collect())
            })
            .await
    }
}
