//! `pbs_user`: one user.

use crate::{
    pbs::{Client, Moment, User as PbsUser, UserId},
    shared::messages::no_such_user,
};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Result, Schema};

pub(crate) struct User;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    user_id: UserId,
    comment: Option<String>,
    enabled: Option<bool>,
    expiration_date: Option<Moment>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
}

impl DataSource<Client> for User {
    const NAME: &'static str = "user";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads an existing user. If the user does not exist, the data source fails.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access/users` for the provider's user or token.",
            [
                vec![
                    Attribute::string("user_id", "Id of the user, as `user@realm`.")
                        .required()
                        .parses::<UserId>(),
                ],
                super::users::settings(),
            ]
            .concat(),
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        match cx.client()?.user(&config.user_id).await? {
            Some(user) => Ok(State::from_api(user)),
            None => Err(no_such_user(
                &config.user_id,
                "The data source can only read a user that exists on the server. Check the name \
                 and the realm in `user_id`.",
            )),
        }
    }
}

impl State {
    fn from_api(user: PbsUser) -> Self {
        let PbsUser { id, comment, enabled, expire, firstname, lastname, email } = user;
        Self {
            user_id: id,
            comment,
            enabled: Some(enabled),
            expiration_date: expire.and_then(Moment::from_unix),
            first_name: firstname,
            last_name: lastname,
            email,
        }
    }
}
