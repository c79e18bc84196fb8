//! Migration of states that another provider wrote.

use super::{SampleObject, State};
use crate::pbs::{Client, SampleObject as Api, SampleObjectId};
use serde::Deserialize;
use tf_plugin::{Json, Migrate, Result};

/// The state of a `proxmox_backup_server_sample_object`.
#[derive(Deserialize)]
struct Foreign {
    id: SampleObjectId,
    comment: Option<String>,
    limit: Option<i64>,
}

impl Migrate<Client> for SampleObject {
    const MOVES_FROM: &'static [&'static str] = &["proxmox_backup_server_sample_object"];

    /// There is no earlier version of this type.
    fn upgrade(_: i64, _: Json) -> Result<Option<State>> {
        Ok(None)
    }

    fn adopt(_: &str, _: i64, state: Json) -> Result<State> {
        let Foreign { id, comment, limit } = state.read()?;
        let comment = comment.filter(|comment| !comment.is_empty());
        Ok(State::from_api(Api { id, comment, limit }))
    }
}
