//! Migrates states that another provider wrote.

use super::{State, User};
use crate::pbs::{Client, User as ApiUser, UserId};
use serde::Deserialize;
use tf_plugin::{Json, Migrate, Result};

/// The state of a user that another provider manages. Some providers call the type `pbs_user`, and
/// others call it `proxmox_backup_server_user`.
#[derive(Deserialize)]
struct ForeignState {
    userid: UserId,
    comment: Option<String>,
    enable: Option<bool>,
    expire: Option<i64>,
    firstname: Option<String>,
    lastname: Option<String>,
    email: Option<String>,
}

impl Migrate<Client> for User {
    const MOVES_FROM: &'static [&'static str] = &["proxmox_backup_server_user"];

    fn upgrade(version: i64, state: Json) -> Result<Option<State>> {
        match version {
            // This provider has never written version 0, because its schema begins with version 1.
            // Version 0 is the state of another provider's type that is also called `pbs_user`.
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
        let ForeignState { userid, comment, enable, expire, firstname, lastname, email } = foreign;
        let non_empty = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self::from_api(ApiUser {
            id: userid,
            comment: non_empty(comment),
            enabled: enable.unwrap_or(true),
            expire: expire.filter(|expire| *expire != 0),
            firstname: non_empty(firstname),
            lastname: non_empty(lastname),
            email: non_empty(email),
        })
    }
}
