//! Migrates states that another provider wrote.

use super::{Namespace, State};
use crate::pbs::{self, Client, DatastoreName};
use serde::Deserialize;
use tf_plugin::{Json, Migrate, Result};

/// The state of a namespace that another provider manages as `pbs_namespace`.
#[derive(Deserialize)]
struct ForeignState {
    store: DatastoreName,
    namespace: pbs::Namespace,
}

impl Migrate<Client> for Namespace {
    const MOVES_FROM: &'static [&'static str] = &[];
    const DROPS: &'static [&'static str] = &["comment"];

    fn upgrade(version: i64, state: Json) -> Result<Option<State>> {
        match version {
            // This provider has never written version 0, because its schema begins with version 1.
            // Version 0 is the state of another provider's type that is also called
            // `pbs_namespace`.
            0 => Ok(Some(state.read::<ForeignState>()?.into())),
            _ => Ok(None),
        }
    }

    fn move_from(_: &str, _: i64, state: Json) -> Result<State> {
        Ok(state.read::<ForeignState>()?.into())
    }
}

impl From<ForeignState> for State {
    fn from(foreign: ForeignState) -> Self {
        let ForeignState { store, namespace } = foreign;
        Self { datastore: store, path: namespace, delete_groups: false }
    }
}
