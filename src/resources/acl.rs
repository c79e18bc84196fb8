//! `pbs_acl`: one grant, which says that a user or token has a role on a path.

mod explain;
mod list;
mod migrate;

use crate::data_sources;
use crate::pbs::{AclPath, AuthId, Client, Grant, Malformed, RoleId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tf_plugin::{
    Attribute, Companions, Cx, Diagnostic, Field, Plan, Resource, Result, Schema, sentence,
};

pub(crate) struct Acl;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    path: AclPath,
    auth_id: AuthId,
    role_id: RoleId,
    propagate: bool,
    id: Option<String>,
}

/// `path?auth_id?role_id`; neither a path nor a role can hold a question mark.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Id {
    path: AclPath,
    auth_id: AuthId,
    role_id: RoleId,
}

impl Resource<Client> for Acl {
    const NAME: &'static str = "acl";
    type Id = Id;
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "A grant: a user or an API token has a role on a path.\n\n\
             A token may do what its own grants *and* those of its user allow: it needs two grants, one for \
             each. A grant counts as soon as apply has made it.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access/acl` to read, `Permissions.Modify` on `/access/acl` to create, \
             change and delete.",
            [
                Attribute::string(
                    "path",
                    "On what the role counts, such as `/`, `/datastore/store1` or `/datastore/store1/namespace`.",
                )
                .required()
                .replaces()
                .identity()
                .parses::<AclPath>(),
                Attribute::string(
                    "auth_id",
                    "Who has the role: a user (`name@realm`) or a token (`name@realm!token`). `root@pam` may do \
                     everything without a grant, and PBS stores none for it.",
                )
                .required()
                .replaces()
                .identity()
                .parses::<AuthId>()
                .check(no_superuser),
                Attribute::string(
                    "role_id",
                    "The role, such as `DatastoreBackup`. Changed in place: the new role is granted before the \
                     old one is taken away.",
                )
                .required()
                .identity()
                .parses::<RoleId>(),
                Attribute::boolean("propagate", "Whether the role counts below `path` too. Default: `true`.")
                    .default(true),
                Attribute::string("id", "`path?auth_id?role_id`.").computed(),
            ],
        )
        .version(1)
    }

    async fn create(cx: &Cx<Client>, plan: State) -> Result<State> {
        let (pbs, grant) = (cx.client()?, plan.to_api());
        let displaced = displaced(pbs, &grant, None).await;
        if let Err(error) = pbs.put_grant(&grant).await {
            if error.response_lost() {
                // What may be there must stand in a state, or nobody takes it away again.
                cx.checkpoint_tainted(&State::from_api(grant.clone()))?;
            }
            return Err(explain::not_granted(&grant, error));
        }
        explain::warn_of_displaced(cx, &grant, &displaced);
        let state = State::from_api(grant);
        cx.checkpoint(&state)?;
        pbs.wait_until_effective(&state.auth_id).await?;
        Ok(state)
    }

    async fn read(cx: &Cx<Client>, id: &Id, _: Option<State>) -> Result<Option<State>> {
        let pbs = cx.client()?;
        let grants = pbs.grants().await?;
        if let Some(entry) = grants.of(&id.auth_id).iter().find(|entry| id.is_of(entry)) {
            explain::warn_without_effect(cx, entry, &grants).await;
            return Ok(Some(State::from_api(entry.clone())));
        }
        match pbs.can_see_all_grants().await? {
            true => {
                explain::warn_of_rival(cx, id, &grants);
                Ok(None)
            }
            false => Err(Diagnostic::error(
                format!("Cannot tell whether the grant {id} exists"),
                "The list of grants does not show it, but PBS shows the provider's user or token only a part \
                 of that list. Give it the privilege `Sys.Audit` on `/access/acl` (role `Audit`, or `Admin`).",
            )),
        }
    }

    async fn update(cx: &Cx<Client>, prior: State, plan: State) -> Result<State> {
        let (pbs, old, new) = (cx.client()?, prior.to_api(), plan.to_api());
        let displaced = displaced(pbs, &new, Some(&old)).await;
        match old.role == new.role {
            true => pbs.put_grant(&new).await?,
            false => change_role(pbs, &old, &new).await?,
        }
        explain::warn_of_displaced(cx, &new, &displaced);
        let state = State::from_api(new);
        cx.checkpoint(&state)?;
        pbs.wait_until_effective(&state.auth_id).await?;
        Ok(state)
    }

    async fn delete(cx: &Cx<Client>, id: &Id) -> Result<()> {
        let Id { path, auth_id, role_id } = id.clone();
        let grant = Grant { path, auth_id, role: role_id, propagate: true };
        let pbs = cx.client()?;
        pbs.delete_preexisting_grant(&grant).await?;
        Ok(pbs.wait_until_effective(&grant.auth_id).await?)
    }

    fn companions(companions: Companions<'_, Client, Self>) {
        companions.list().migration().data_source::<data_sources::acls::Acls>();
    }

    async fn plan(cx: &Cx<Client>, plan: &mut Plan<'_, State>) -> Result<()> {
        if plan.is_destroy() {
            return Ok(());
        }
        let path = plan.get::<AclPath>("path")?;
        let auth_id = plan.get::<AuthId>("auth_id")?;
        let role_id = plan.get::<RoleId>("role_id")?;
        if let Field::Known(path) = &path
            && plan.changed("path")?
            && !path.tree_is_known()
        {
            cx.warn(explain::unknown_tree(path));
        }
        if let (Field::Known(AuthId::Token(_)), Field::Known(role)) = (&auth_id, &role_id)
            && (plan.changed("auth_id")? || plan.changed("role_id")?)
            && matches!(role.as_str(), "Admin" | "DatastoreAdmin")
        {
            cx.warn(explain::far_reaching(role));
        }
        match (path, auth_id, role_id) {
            (Field::Known(path), Field::Known(auth_id), Field::Known(role_id)) => {
                plan.set("id", &Id { path, auth_id, role_id }.to_string())
            }
            _ => plan.set_unknown("id"),
        }
    }
}

/// The new role first: nobody is without access in between. Then both or neither, even when the run
/// is asked to stop: the state tells of one grant, and of another nobody would know.
async fn change_role(pbs: &Client, old: &Grant, new: &Grant) -> Result<()> {
    let found = pbs.grant_exists(new).await?;
    let uncancellable = pbs.uncancellable();
    // Of `NoAccess` and another role PBS keeps the one that was put last.
    let rivals = old.excludes(new);
    let (granted, error) = match pbs.put_grant(new).await {
        Ok(()) if rivals => return Ok(()),
        Ok(()) => match uncancellable.delete_preexisting_grant(old).await {
            Ok(()) => return Ok(()),
            Err(error) => (true, error),
        },
        Err(error) if error.response_lost() => (false, error),
        Err(error) => return Err(error.into()),
    };
    // What was there before is somebody else's.
    let taken_back = match (found, rivals) {
        (true, _) => false,
        (false, true) => uncancellable.put_grant(old).await.is_ok(),
        (false, false) => uncancellable.delete_grant(new).await.is_ok(),
    };
    Err(match taken_back {
        true => explain::keeps_its_role(old, new, &error),
        false => explain::has_both(old, new, granted, &error),
    })
}

/// What the new grant takes away beside the one that it replaces. Only a warning hangs on it.
async fn displaced(pbs: &Client, new: &Grant, old: Option<&Grant>) -> Vec<Grant> {
    let mut displaced = pbs.grants_displaced_by(new).await.unwrap_or_default();
    displaced.retain(|entry| old.is_none_or(|old| entry.role != old.role));
    displaced
}

fn no_superuser(text: &str) -> std::result::Result<(), String> {
    match text {
        "root@pam" => Err(
            "`root@pam` may do everything without a grant, and PBS would not store one. Remove \
                           this resource, or grant the role to one of its tokens."
                .into(),
        ),
        _ => Ok(()),
    }
}

impl Id {
    fn is_of(&self, entry: &Grant) -> bool {
        self.path == entry.path && self.auth_id == entry.auth_id && self.role_id == entry.role
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}?{}?{}", self.path, self.auth_id, self.role_id)
    }
}

impl FromStr for Id {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        const FORM: &str = "Expected `path?auth_id?role_id`, such as \
                            `/datastore/store1?backup@pbs!ci?DatastoreBackup`";
        let (path, rest) = text.split_once('?').ok_or(FORM.to_owned() + ".")?;
        let (auth_id, role_id) = rest.rsplit_once('?').ok_or(FORM.to_owned() + ".")?;
        let part = |name: &'static str| {
            move |error: Malformed| format!("{FORM}. In `{name}`: {}", sentence(error.to_string()))
        };
        Ok(Self {
            path: path.parse().map_err(part("path"))?,
            auth_id: auth_id.parse().map_err(part("auth_id"))?,
            role_id: role_id.parse().map_err(part("role_id"))?,
        })
    }
}

impl State {
    fn from_api(entry: Grant) -> Self {
        let Grant { path, auth_id, role: role_id, propagate } = entry;
        let id = format!("{path}?{auth_id}?{role_id}");
        Self { path, auth_id, role_id, propagate, id: Some(id) }
    }

    fn to_api(&self) -> Grant {
        let Self { path, auth_id, role_id, propagate, id: _ } = self;
        Grant {
            path: path.clone(),
            auth_id: auth_id.clone(),
            role: role_id.clone(),
            propagate: *propagate,
        }
    }
}
