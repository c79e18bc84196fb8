//! `pbs_user`: a user that can log in and own API tokens.

mod list;
mod messages;
mod migrate;
mod password;
mod plan;

use crate::{
    data_sources,
    pbs::{
        self, AuthId, Client, Comment, Credentials, LostCreation, Moment, PersonText, Secret,
        User as ApiUser, UserChange, UserId,
    },
    shared::{messages::warn_of_inherited_grants, secret},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tf_plugin::{Attribute, Companions, Cx, Diagnostic, Plan, Resource, Result, Schema, View};

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
    #[serde(serialize_with = "secret::serialize")]
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
            "Manages a user. A user can log in and own API tokens. A user that only owns tokens \
             needs no password.\n\n\
             When a user is deleted, PBS also deletes the user's tokens, but keeps the user's \
             grants (ACL entries). To let Terraform delete these grants, manage each grant as a \
             `pbs_acl`.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access/users` to read users, and \
             `Permissions.Modify` on `/access/users` to create, change and delete users. The \
             provider's user or token needs both privileges. To change the password of an existing \
             user, the provider's user needs `Permissions.Modify` on `/`.",
            [
                Attribute::string(
                    "user_id",
                    "Id of the user, as `user@realm`, for example `backup@pbs`. PBS stores \
                     passwords only for users of the realm `pbs`.",
                )
                .required()
                .replaces()
                .identity()
                .parses::<UserId>(),
                Attribute::string(
                    "comment",
                    "Comment, a single line of at most 128 characters. Default: none.",
                )
                .parses::<Comment>()
                .blank_is_none(),
                Attribute::boolean(
                    "enabled",
                    "Whether the user is enabled. While the user is disabled, neither the user \
                     nor its tokens can log in. Default: `true`.",
                )
                .default(true),
                Attribute::string(
                    "expiration_date",
                    "RFC 3339 timestamp after which neither the user nor its tokens can log in, \
                     for example `2030-01-31T12:00:00Z`. The timestamp can have any time zone. PBS \
                     stores whole seconds, so a fraction of a second must be zero, for example \
                     `12:00:00.000Z`. A year after 9999 begins with a plus sign, for example \
                     `+10000-01-01T00:00:00Z`. Omit the argument for a user that never expires. An \
                     empty text has the same meaning as an omitted argument.",
                )
                .parses::<Moment>()
                .compared_as::<Moment>()
                .blank_is_none(),
                Attribute::string("first_name", "First name, 2 to 64 characters. Default: none.")
                    .parses::<PersonText>()
                    .blank_is_none(),
                Attribute::string("last_name", "Last name, 2 to 64 characters. Default: none.")
                    .parses::<PersonText>()
                    .blank_is_none(),
                Attribute::string(
                    "email",
                    "E-mail address for notifications, 2 to 64 characters. Default: none.",
                )
                .parses::<PersonText>()
                .blank_is_none(),
                Attribute::string(
                    "password_wo",
                    "Password, 8 to 64 characters, for a user of the realm `pbs`. The password is \
                     stored neither in the plan nor in the state. The provider sets the password \
                     when the user is created, and again when `password_wo_version` changes. PBS \
                     does not let an API token change a password. To change the password of an \
                     existing user, the provider must therefore log in with `username` and \
                     `password`. If `password_wo` is added to an existing user, but \
                     `password_wo_version` is not set, the provider does not set the password, and \
                     the plan shows a warning. Default: none.",
                )
                .sensitive()
                .verbatim()
                .write_only()
                .check(plan::check_password),
                Attribute::number(
                    "password_wo_version",
                    "Version of `password_wo`, an arbitrary whole number of at least 0. When the \
                     version changes, the provider sets the password again. Requires \
                     `password_wo`. Default: none.",
                )
                .integer(0..=i64::MAX),
                Attribute::string(
                    "id",
                    "Same value as `user_id`, but known only after the user is created. If tokens \
                     and grants refer to `id`, Terraform creates the user before the tokens and \
                     grants.",
                )
                .computed()
                .stable(),
            ],
        )
        // Version 0 is the state of another provider's `pbs_user`; see `migrate`.
        .version(1)
    }

    async fn create(cx: &Cx<Client>, plan: State) -> Result<State> {
        let (pbs, user) = (cx.client()?, plan.to_api());
        if !pbs.user_was_absent(&user.id).await? && pbs.user(&user.id).await?.is_some() {
            return Err(messages::already_exists(&user.id));
        }
        if let Err(error) = pbs.create_user(&user, plan.password_wo.as_ref()).await {
            if error.already_exists() {
                return Err(messages::already_exists(&user.id));
            }
            if !error.response_lost() {
                return Err(messages::refused(&user.id, error));
            }
            let (id, uncancellable) = (&user.id, pbs.uncancellable());
            let look_up = || uncancellable.user(id);
            let lookup_error = match uncancellable.outcome_of_lost_creation(id, look_up).await {
                LostCreation::Exists(found) if found == user => {
                    return finish_creation(cx, user, plan).await;
                }
                // The user on the server has other properties than the user in the plan, so another
                // client has created it in the meantime.
                LostCreation::Exists(_) => return Err(messages::already_exists(id)),
                LostCreation::NotCreated => return Err(error.into_not_carried_out().into()),
                LostCreation::Pending => None,
                LostCreation::Unknown(lookup_error) => Some(lookup_error),
            };
            let diagnostic = messages::maybe_created(id, &error, lookup_error);
            cx.checkpoint_tainted(&State { id: Some(user.id), ..plan })?;
            return Err(diagnostic);
        }
        finish_creation(cx, user, plan).await
    }

    async fn read(cx: &Cx<Client>, id: &Id, prior: Option<State>) -> Result<Option<State>> {
        let Some(user) = cx.client()?.user(&id.user_id).await? else { return Ok(None) };
        if let Some(prior) = &prior {
            messages::warn_of_drift(cx, prior, &user);
        }
        let version = prior.and_then(|prior| prior.password_wo_version);
        Ok(Some(State { password_wo_version: version, ..State::from_api(user) }))
    }

    async fn update(cx: &Cx<Client>, prior: State, plan: State) -> Result<State> {
        let (pbs, before, after) = (cx.client()?, prior.to_api(), plan.to_api());
        if prior.password_wo_version != plan.password_wo_version
            && let Some(password) = &plan.password_wo
        {
            set_password(pbs, &after.id, password).await?;
            password::record(cx);
        }
        let change = change(&before, &after);
        if change != UserChange::default() {
            let updated = pbs.update_user(&after.id, &change).await;
            updated.map_err(|error| messages::refused(&after.id, error))?;
        }
        Ok(State { id: Some(after.id), ..plan })
    }

    async fn delete(cx: &Cx<Client>, id: &Id, _: View<'_>) -> Result<()> {
        Ok(cx.client()?.delete_user(&id.user_id).await?)
    }

    async fn plan(cx: &Cx<Client>, plan: &mut Plan<'_, State>) -> Result<()> {
        plan::plan(cx, plan).await
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        plan::validate(config)
    }

    fn companions(companions: Companions<'_, Client, Self>) {
        companions
            .list()
            .migration()
            .data_source::<data_sources::user::User>()
            .data_source::<data_sources::users::Users>();
    }
}

/// Stores the state of a user that was created, and warns if the user has grants of an earlier user
/// with the same id. Returns the state.
async fn finish_creation(cx: &Cx<Client>, user: ApiUser, plan: State) -> Result<State> {
    let state = State { id: Some(user.id.clone()), ..plan };
    if state.password_wo.is_some() {
        password::record(cx);
    }
    cx.checkpoint(&state)?;
    warn_of_inherited_grants(cx, cx.client()?, &AuthId::User(user.id)).await;
    Ok(state)
}

/// Changes the password. If PBS refuses the change, the error tells the user of Terraform what to
/// do.
async fn set_password(pbs: &Client, user: &UserId, password: &Secret) -> Result<()> {
    let Err(error) = pbs.change_password(user, password).await else { return Ok(()) };
    Err(match pbs.credentials() {
        Credentials::ApiToken(_) => messages::password_needs_login(user),
        Credentials::Ticket { .. } if error.is_unauthorized() => {
            messages::password_needs_own_password(user)
        }
        _ => error.into(),
    })
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.user_id.fmt(f)
    }
}

impl FromStr for Id {
    type Err = pbs::Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self { user_id: text.parse()? })
    }
}

impl State {
    fn from_api(user: ApiUser) -> Self {
        let ApiUser { id, comment, enabled, expire, firstname, lastname, email } = user;
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

    fn to_api(&self) -> ApiUser {
        let Self {
            user_id, comment, enabled, expiration_date, first_name, last_name, email, ..
        } = self;
        let non_empty = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        ApiUser {
            id: user_id.clone(),
            comment: non_empty(comment),
            enabled: *enabled,
            expire: expiration_date.map(Moment::unix),
            firstname: non_empty(first_name),
            lastname: non_empty(last_name),
            email: non_empty(email),
        }
    }
}

/// The properties of `after` that differ from `before`: the content of an update request.
fn change(before: &ApiUser, after: &ApiUser) -> UserChange {
    let text =
        |before: &Option<String>, after: &Option<String>| (before != after).then(|| after.clone());
    UserChange {
        comment: text(&before.comment, &after.comment),
        enabled: (before.enabled != after.enabled).then_some(after.enabled),
        expire: (before.expire != after.expire).then_some(after.expire),
        firstname: text(&before.firstname, &after.firstname),
        lastname: text(&before.lastname, &after.lastname),
        email: text(&before.email, &after.email),
    }
}
