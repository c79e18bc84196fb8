//! Migrates states that another provider wrote. The migration keeps the secret, because PBS shows a
//! secret only once.

use super::{ApiToken, State};
use crate::pbs::{Client, Secret, Token, TokenId, TokenName, UserId};
use serde::Deserialize;
use tf_plugin::{Json, Migrate, Result};

/// The state of a token that another provider manages. Some providers call the type
/// `pbs_api_token`, and others call it `proxmox_backup_server_user_token`. The second type has no
/// attribute `expire`.
#[derive(Deserialize)]
struct ForeignState {
    userid: UserId,
    token_name: TokenName,
    comment: Option<String>,
    enable: Option<bool>,
    expire: Option<i64>,
    value: Option<Secret>,
}

impl Migrate<Client> for ApiToken {
    const MOVES_FROM: &'static [&'static str] = &["proxmox_backup_server_user_token"];

    fn upgrade(version: i64, state: Json) -> Result<Option<State>> {
        match version {
            // This provider has never written version 0, because its schema begins with version 1.
            // Version 0 is the state of another provider's type that is also called
            // `pbs_api_token`.
            0 => Ok(Some(state.read::<ForeignState>()?.into_state()?)),
            _ => Ok(None),
        }
    }

    fn move_from(_: &str, _: i64, state: Json) -> Result<State> {
        state.read::<ForeignState>()?.into_state()
    }
}

impl ForeignState {
    fn into_state(self) -> Result<State> {
        let Self { userid, token_name, comment, enable, expire, value } = self;
        let id = TokenId::new(userid, token_name)?;
        let token = Token {
            id: id.clone(),
            comment: comment.filter(|comment| !comment.is_empty()),
            enabled: enable.unwrap_or(true),
            expire: expire.filter(|expire| *expire != 0),
        };
        let state = State::from_api(token);
        Ok(match value.filter(|secret| !secret.expose().is_empty()) {
            Some(secret) => state.with_secret(id, secret),
            None => state,
        })
    }
}
