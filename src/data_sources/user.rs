//! `pbs_user`: one user.

use crate::pbs::{Client, Moment, User as Api, UserId};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Diagnostic, Result, Schema};

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
            "A user that is there already. It is an error if there is none.",
            [
                Attribute::string("user_id", "The user, as `name@realm`.")
                    .required()
                    .parses::<UserId>(),
                Attribute::string("comment", "The remark.").computed(),
                Attribute::boolean(
                    "enabled",
                    "Whether the user may log in, and its tokens be used.",
                )
                .computed(),
                Attribute::string("expiration_date", "From when on neither may; null means never.")
                    .computed(),
                Attribute::string("first_name", "The first name.").computed(),
                Attribute::string("last_name", "The last name.").computed(),
                Attribute::string("email", "The e-mail address.").computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, config: State) -> Result<State> {
        match cx.client()?.user(&config.user_id).await? {
            Some(user) => Ok(State::from_api(user)),
            None => Err(Diagnostic::failure(format!(
                "There is no user {} on this server.",
                config.user_id
            ))
            .at("user_id")),
        }
    }
}

impl State {
    fn from_api(user: Api) -> Self {
        let Api { id, comment, enabled, expire, firstname, lastname, email } = user;
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
