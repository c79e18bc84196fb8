//! `pbs_user`: somebody who may log in, or who owns tokens.

mod migrate;

use super::state_secret;
use crate::data_sources;
use crate::pbs::{
    self, AuthId, Client, Comment, Credentials, Moment, PersonText, Secret, User as Api,
    UserChange, UserId,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tf_plugin::{
    Attribute, Companions, Cx, Diagnostic, Field, Items, List, Plan, Resource, Result, Schema, View,
};

pub(crate) struct User;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    user_id: UserId,
    comment: Option<String>,
    enabled: bool,
    expiration_date: Option<Moment>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    #[serde(with = "state_secret")]
    password_wo: Option<Secret>,
    password_wo_version: Option<i64>,
    id: Option<UserId>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Id {
    user_id: UserId,
}

impl Resource<Client> for User {
    const NAME: &'static str = "user";
    type Id = Id;
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "A user: somebody who may log in, or the owner of API tokens. The owner of tokens needs no password.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access/users` to read, `Permissions.Modify` on `/access/users` to \
             create, change and delete.",
            [
                Attribute::string(
                    "user_id",
                    "The user, as `name@realm`. The realm `pbs` keeps its users on the server itself.",
                )
                .required()
                .replaces()
                .identity()
                .parses::<UserId>(),
                Attribute::string("comment", "A remark, on one line, of at most 128 characters. Default: none.")
                    .parses::<Comment>()
                    .blank_is_none(),
                Attribute::boolean(
                    "enabled",
                    "Whether the user may log in, and its tokens be used. Default: `true`.",
                )
                .default(true),
                Attribute::string(
                    "expiration_date",
                    "From when on neither the user nor its tokens may log in, such as `2030-01-31T12:00:00Z` (RFC \
                     3339, any offset, whole seconds). Default: never.",
                )
                .parses::<Moment>()
                .compared_as::<Moment>()
                .blank_is_none(),
                Attribute::string("first_name", "The first name, of at least 2 characters. Default: none.")
                    .parses::<PersonText>()
                    .blank_is_none(),
                Attribute::string("last_name", "The last name, of at least 2 characters. Default: none.")
                    .parses::<PersonText>()
                    .blank_is_none(),
                Attribute::string("email", "The e-mail address for notifications. Default: none.")
                    .parses::<PersonText>()
                    .blank_is_none(),
                Attribute::string(
                    "password_wo",
                    "The password, of 8 to 64 characters, for users of the realm `pbs`. It stands neither in plan \
                     nor in state. Set when the user is created, and again when `password_wo_version` changes: PBS \
                     lets only a login do the latter (`username` and `password` of the provider), no API token.",
                )
                .sensitive()
                .verbatim()
                .write_only()
                .check(check_password),
                Attribute::number(
                    "password_wo_version",
                    "Any number: a change of it sets `password_wo` again. Default: none.",
                )
                .integer(0..=i64::MAX),
                Attribute::string("id", "The same as `user_id`, known once the user exists.")
                    .computed()
                    .stable(),
            ],
        )
        .version(1)
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        let unset = matches!(config.get::<String>("password_wo")?, Field::Null);
        if unset && matches!(config.get::<i64>("password_wo_version")?, Field::Known(_)) {
            return Err(Diagnostic::error(
                "Missing password_wo",
                "`password_wo_version` says when `password_wo` is set again. Set that too, or remove this one.",
            )
            .at("password_wo_version"));
        }
        match config.get::<UserId>("user_id")? {
            Field::Known(user) if !unset && user.realm() != "pbs" => Err(Diagnostic::error(
                "Invalid password_wo",
                "PBS keeps passwords only for users of the realm `pbs`; those of other realms are set where the \
                 realm has them. Remove it.",
            )
            .at("password_wo")),
            _ => Ok(()),
        }
    }

    async fn plan(cx: &Cx<Client>, plan: &mut Plan<'_, State>) -> Result<()> {
        let (Some(prior), Ok(pbs)) = (&plan.prior, cx.client()) else { return Ok(()) };
        if plan.is_destroy() || plan.changed("user_id")? {
            // Only a warning hangs on it: the apply meets the same trouble, and says so.
            if let Ok(tokens) = pbs.tokens(Some(&prior.user_id)).await {
                cx.warn(goes_with_it(&prior.user_id, tokens.len()));
            }
        }
        Ok(())
    }

    async fn create(cx: &Cx<Client>, plan: State) -> Result<State> {
        let (pbs, user) = (cx.client()?, plan.to_api());
        if pbs.user(&user.id).await?.is_some() {
            return Err(already_exists(&user.id));
        }
        if let Err(error) = pbs.create_user(&user, plan.password_wo.as_ref()).await {
            if error.already_exists() {
                return Err(already_exists(&user.id));
            }
            if !error.response_lost() {
                return Err(error.into());
            }
            // It was not there before: if it is now, the request was carried out.
            let seen = pbs.uncancellable().user(&user.id).await;
            if !seen.as_ref().is_ok_and(Option::is_some) {
                let error = perhaps_made(&user.id, &error, seen.err());
                cx.checkpoint_tainted(&State { id: Some(user.id), ..plan })?;
                return Err(error);
            }
        }
        let state = State { id: Some(user.id.clone()), ..plan };
        cx.checkpoint(&state)?;
        inherited(cx, pbs, &user.id).await;
        Ok(state)
    }

    async fn read(cx: &Cx<Client>, id: &Id, prior: Option<State>) -> Result<Option<State>> {
        let user = cx.client()?.user(&id.user_id).await?;
        let version = prior.and_then(|prior| prior.password_wo_version);
        Ok(user.map(|user| State { password_wo_version: version, ..State::from_api(user) }))
    }

    async fn update(cx: &Cx<Client>, prior: State, plan: State) -> Result<State> {
        let (pbs, before, after) = (cx.client()?, prior.to_api(), plan.to_api());
        if prior.password_wo_version != plan.password_wo_version
            && let Some(password) = &plan.password_wo
        {
            set_password(pbs, &after.id, password).await?;
        }
        let change = change(&before, &after);
        if change != UserChange::default() {
            pbs.update_user(&after.id, &change).await?;
        }
        Ok(State { id: Some(after.id), ..plan })
    }

    async fn delete(cx: &Cx<Client>, id: &Id) -> Result<()> {
        Ok(cx.client()?.delete_user(&id.user_id).await?)
    }

    fn companions(companions: Companions<'_, Client, Self>) {
        companions
            .list()
            .migration()
            .data_source::<data_sources::user::User>()
            .data_source::<data_sources::users::Users>();
    }
}

impl List<Client> for User {
    type Filter = Filter;

    fn list_schema() -> Schema {
        Schema::new("Finds the users that the provider's own user or token may see.", [])
    }

    async fn list(cx: &Cx<Client>, _: Filter, out: &mut Items<'_, Id, State>) -> Result<()> {
        let mut users = cx.client()?.users().await?;
        users.sort_by(|a, b| a.id.cmp(&b.id));
        for user in users {
            let id = Id { user_id: user.id.clone() };
            if out.item(&id, Some(&State::from_api(user))).await.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// Nothing to filter by.
#[derive(Deserialize)]
pub(crate) struct Filter {}

fn check_password(text: &str) -> std::result::Result<(), String> {
    if text.chars().any(char::is_control) {
        return Err("PBS allows no control characters in it.".into());
    }
    match text.chars().count() {
        8..=64 => Ok(()),
        _ => Err("PBS wants 8 to 64 characters.".into()),
    }
}

fn change(before: &Api, after: &Api) -> UserChange {
    let differs = |differs: bool| differs.then_some(());
    let text = |before: &Option<String>, after: &Option<String>| {
        differs(before != after).map(|()| after.clone())
    };
    UserChange {
        comment: text(&before.comment, &after.comment),
        enabled: differs(before.enabled != after.enabled).map(|()| after.enabled),
        expire: differs(before.expire != after.expire).map(|()| after.expire),
        firstname: text(&before.firstname, &after.firstname),
        lastname: text(&before.lastname, &after.lastname),
        email: text(&before.email, &after.email),
    }
}

async fn set_password(pbs: &Client, user: &UserId, password: &Secret) -> Result<()> {
    let refusal = match pbs.change_password(user, password).await {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    let how = match pbs.credentials() {
        Credentials::ApiToken(_) => {
            "PBS lets no API token change a password, only a login. Configure the provider with `username` and \
             `password` for this change, or set the password on the server."
        }
        Credentials::Ticket { .. } if refusal.is_unauthorized() => {
            "PBS asks whoever changes a password for their own, which a ticket that was made elsewhere cannot give \
             (only that of `root@pam` need not). Configure the provider with `username` and `password`."
        }
        _ => return Err(refusal.into()),
    };
    Err(Diagnostic::error(format!("The password of {user} was not changed"), how).at("password_wo"))
}

/// Warns of rights that nobody asked for: PBS keeps the grants of a deleted user, and
/// whoever is created under that id has them again.
async fn inherited(cx: &Cx<Client>, pbs: &Client, user: &UserId) {
    let Ok(grants) = pbs.leftover_grants(&AuthId::User(user.clone())).await else { return };
    let grants: Vec<_> =
        grants.iter().map(|entry| format!("  {} on {}", entry.role, entry.path)).collect();
    if !grants.is_empty() {
        cx.warn(Diagnostic::warning(
            format!("{user} has grants from an earlier user of this name"),
            format!(
                "PBS keeps the grants of a user that is deleted, so they count for the new one:\n\n{}\n\nImport \
                 them as `pbs_acl`, or delete them on the server.",
                grants.join("\n")
            ),
        ));
    }
}

fn goes_with_it(user: &UserId, tokens: usize) -> Diagnostic {
    let tokens = match tokens {
        0 => "It has no tokens.".to_owned(),
        1 => "Its token is deleted too, and whoever uses it loses access.".to_owned(),
        many => format!("Its {many} tokens are deleted too, and whoever uses them loses access."),
    };
    Diagnostic::warning(
        format!("The user {user} is going to be deleted"),
        format!(
            "{tokens} Grants of the user itself stay on the server, and a later user of the same name has them \
             again, unless they are managed as `pbs_acl` and destroyed as well."
        ),
    )
}

fn already_exists(user: &UserId) -> Diagnostic {
    Diagnostic::error(
        format!("The user {user} already exists"),
        format!(
            "Nothing was changed. To manage the user that is there, import it:\n\n  import {{\n    to = \
             pbs_user.NAME\n    id = \"{user}\"\n  }}"
        ),
    )
    .at("user_id")
}

fn perhaps_made(user: &UserId, error: &pbs::Error, unseen: Option<pbs::Error>) -> Diagnostic {
    let seen = match unseen {
        Some(unseen) => format!("Whether it was created could not be found out: {unseen}"),
        None => "The server does not show it, but may still be about to create it".to_owned(),
    };
    Diagnostic::error(
        format!("The user {user} may have been created"),
        format!(
            "{error}. {seen}. The state remembers the user as damaged: the next apply looks again, deletes the \
             user if it is there, and creates it."
        ),
    )
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.user_id.fmt(f)
    }
}

impl FromStr for Id {
    type Err = pbs::Malformed;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        Ok(Self { user_id: text.parse()? })
    }
}

impl State {
    fn from_api(user: Api) -> Self {
        let Api { id, comment, enabled, expire, firstname, lastname, email } = user;
        Self {
            user_id: id.clone(),
            comment,
            enabled,
            expiration_date: expire.and_then(Moment::from_unix),
            first_name: firstname,
            last_name: lastname,
            email,
            password_wo: None,
            password_wo_version: None,
            id: Some(id),
        }
    }

    fn to_api(&self) -> Api {
        let Self {
            user_id, comment, enabled, expiration_date, first_name, last_name, email, ..
        } = self;
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Api {
            id: user_id.clone(),
            comment: given(comment),
            enabled: *enabled,
            expire: expiration_date.map(Moment::unix),
            firstname: given(first_name),
            lastname: given(last_name),
            email: given(email),
        }
    }
}
