//! `pbs_roles`: what each role of the server allows.

use crate::pbs::Client;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tf_plugin::{Attribute, Cx, DataSource, Result, Schema, Type};

pub(crate) struct Roles;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    roles: Option<BTreeMap<String, BTreeSet<String>>>,
}

impl DataSource<Client> for Roles {
    const NAME: &'static str = "roles";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "The roles of the server and the privileges that each of them gives. Everybody who can log in may \
             read them.",
            [Attribute::plain(
                Type::map(Type::set(Type::String)),
                "roles",
                "The privileges of each role, such as `Datastore.Backup` for `DatastoreBackup`.",
            )
            .computed()],
        )
    }

    async fn read(cx: &Cx<Client>, _: State) -> Result<State> {
        let roles = cx.client()?.roles().await?;
        let named = roles.iter().map(|(role, privileges)| (role.to_string(), privileges.clone()));
        Ok(State { roles: Some(named.collect()) })
    }
}
