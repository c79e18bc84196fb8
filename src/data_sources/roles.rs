//! `pbs_roles`: the roles of the server and their privileges.

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
            "Reads the roles of the server and the privileges that each role includes.\n\n\
             Privileges on PBS: none. Any valid credential is sufficient.",
            [Attribute::plain(
                Type::map(Type::set(Type::String)),
                "roles",
                "Privileges of each role. Each key is the name of a role, for example \
                 `DatastoreBackup`. The value is the set of the role's privileges.",
            )
            .computed()],
        )
    }

    async fn read(cx: &Cx<Client>, _: State) -> Result<State> {
        let roles = cx.client()?.roles().await?;
        let roles = roles.iter().map(|(role, privileges)| (role.to_string(), privileges.clone()));
        Ok(State { roles: Some(roles.collect()) })
    }
}
