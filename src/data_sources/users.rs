//! `pbs_users`: all users.

use crate::pbs::{Client, Moment, User as Api, UserId};
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
    user_id: UserId,
    comment: Option<String>,
    enabled: bool,
    expiration_date: Option<Moment>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
}

impl DataSource<Client> for Users {
    const NAME: &'static str = "users";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "The users that the provider's own user or token may see: all of them with `Sys.Audit` on \
             `/access/users`, else only itself.",
            [Attribute::nested(
                Nesting::List,
                "users",
                "The users, sorted by `user_id`.",
                [
                    Attribute::string("user_id", "The user, as `name@realm`.").computed(),
                    Attribute::string("comment", "The remark.").computed(),
                    Attribute::boolean(
                        "enabled",
                        "Whether the user may log in, and its tokens be used.",
                    )
                    .computed(),
                    Attribute::string(
                        "expiration_date",
                        "From when on neither may; null means never.",
                    )
                    .computed(),
                    Attribute::string("first_name", "The first name.").computed(),
                    Attribute::string("last_name", "The last name.").computed(),
                    Attribute::string("email", "The e-mail address.").computed(),
                ],
            )
            .computed()],
        )
    }

    async fn read(cx: &Cx<Client>, _: State) -> Result<State> {
        let mut users = cx.client()?.users().await?;
        users.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(State { users: Some(users.into_iter().map(User::from_api).collect()) })
    }
}

impl User {
    fn from_api(user: Api) -> Self {
        let Api { id, comment, enabled, expire, firstname, lastname, email } = user;
        Self {
            user_id: id,
            comment,
            enabled,
            expiration_date: expire.and_then(Moment::from_unix),
            first_name: firstname,
            last_name: lastname,
            email,
        }
    }
}
