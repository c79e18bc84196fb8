//! Grants that other providers declared: their states, read as ours.

use super::{Acl, State};
use crate::pbs::{AclPath, AuthId, Client, Grant, RoleId};
use serde::Deserialize;
use tf_plugin::{Json, Migrate, Result};

/// Another provider's `pbs_acl`, and `proxmox_backup_server_acl`, which calls two of the
/// attributes otherwise.
#[derive(Deserialize)]
struct Foreign {
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
            0 => Ok(Some(state.read::<Foreign>()?.into())),
            _ => Ok(None),
        }
    }

    fn adopt(_: &str, _: i64, state: Json) -> Result<State> {
        Ok(state.read::<Foreign>()?.into())
    }
}

impl From<Foreign> for State {
    fn from(Foreign { path, ugid: auth_id, role_id: role, propagate }: Foreign) -> Self {
        Self::from_api(Grant { path, auth_id, role, propagate: propagate.unwrap_or(true) })
    }
}
