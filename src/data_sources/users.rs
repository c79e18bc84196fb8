//! `pbs_users`: the users that the provider's credentials are allowed to see.

use crate::{
    pbs::{Client, Moment, User as PbsUser, UserId},
    shared::completeness::warn_of_incomplete_users,
};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Nesting, Result, Schema};

pub(crate) struct Users;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    users: Option<Vec<User>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    id: UserId,
    user_id: UserId,
    comment: Option<String>,
    enabled: bool,
    expiration_date: Option<Moment>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
}

/// The attributes of a user besides its id.
pub(super) fn settings() -> Vec<Attribute> {
    [
        Attribute::string("comment", "Comment. Null if the value is not set."),
        Attribute::boolean(
            "enabled",
            "Whether the user is enabled. While the user is disabled, neither the user nor its \
             tokens can log in.",
        ),
        Attribute::string(
            "expiration_date",
            "RFC 3339 timestamp after which neither the user nor its tokens can log in. Null if the \
             user never expires.",
        ),
        Attribute::string("first_name", "First name. Null if the value is not set."),
        Attribute::string("last_name", "Last name. Null if the value is not set."),
        Attribute::string("email", "E-mail address. Null if the value is not set."),
    ]
    .map(Attribute::computed)
    .into()
}

impl DataSource<Client> for Users {
    const NAME: &'static str = "users";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Reads the users that the provider's credentials are allowed to see.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access/users` to see all users. If the provider's \
             user or token lacks this privilege, the result contains only the provider's own user, \
             and the provider shows a warning.",
            [Attribute::nested(
                Nesting::List,
                "users",
                "Users, sorted by `user_id`.",
                [
                    vec![
                        Attribute::string(
                            "id",
                            "Id with which the resource `pbs_user` imports the user. The value is \
                             the same as in `user_id`.",
                        )
                        .computed(),
                        Attribute::string("user_id", "Id of the user, as `user@realm`.").computed(),
                    ],
                    settings(),
                ]
                .concat(),
            )
            .computed()],
        )
    }

    async fn read(cx: &Cx<Client>, _: State) -> Result<State> {
        let pbs = cx.client()?;
        let mut users = pbs.users().await?;
        warn_of_incomplete_users(cx, pbs, "users", users.iter().map(|user| &user.id)).await?;
        users.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(State { users: Some(users.into_iter().map(User::from_api).collect()) })
    }
}

impl User {
    fn from_api(user: PbsUser) -> Self {
        let PbsUser { id, comment, enabled, expire, firstname, lastname, email } = user;
        Self {
            user_id: id.clone(),
            id,
            comment,
            enabled,
            expiration_date: expire.and_then(Moment::from_unix),
            first_name: firstname,
            last_name: lastname,
            email,
        }
    }
}
