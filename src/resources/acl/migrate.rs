//! Migrates states that another provider wrote.

use super::{Acl, State};
use crate::pbs::{AclPath, AuthId, Client, Grant, RoleId};
use serde::Deserialize;
use tf_plugin::{Json, Migrate, Result};

/// The state of a grant that another provider manages. One of these providers has the type
/// `pbs_acl` with the attributes `ugid` and `role_id`. The other has the type
/// `proxmox_backup_server_acl`, which calls these attributes `auth_id` and `role`.
#[derive(Deserialize)]
struct ForeignState {
    path: AclPath,
    #[serde(alias = "auth_id")]
    ugid: AuthId,
    #[serde(alias = "role")]
    role_id: RoleId,
    propagate: Option<bool>,
}

impl Migrate<Client> for Acl {
    const MOVES_FROM: &'static [&'static str] = &["proxmox_backup_server_acl"];

    fn upgrade(version: i64, state: Json) -> Result<Option<State>> {
        match version {
            // This provider has never written version 0, because its schema begins with version 1.
            // Version 0 is the state of another provider's type that is also called `pbs_acl`.
            0 => Ok(Some(state.read::<ForeignState>()?.into())),
            _ => Ok(None),
        }
    }

    fn move_from(_: &str, _: i64, state: Json) -> Result<State> {
        Ok(state.read::<ForeignState>()?.into())
    }
}

impl From<ForeignState> for State {
    fn from(ForeignState { path, ugid: auth_id, role_id: role, propagate }: ForeignState) -> Self {
        Self::from_api(Grant { path, auth_id, role, propagate: propagate.unwrap_or(true) })
    }
}
