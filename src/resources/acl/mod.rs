//! `pbs_acl`: a grant of a role on a path to a user or an API token.

mod change_grant;
mod leftover;
mod list;
mod messages;
mod migrate;
mod own_privileges;
mod plan;
mod reach;

use crate::{
    data_sources,
    pbs::{AclPath, AuthId, Client, Grant, Malformed, RoleId},
    shared::role::probably_misspelt,
};
use leftover::Leftover;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tf_plugin::{
    Attribute, Companions, Cx, Diagnostic, Field, Plan, Resource, Result, Schema, View, sentence,
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

/// The identity of a grant. Its text form is `path?auth_id?role_id`. Neither a path nor a role can
/// contain a question mark, so [`FromStr`] can split the text at the first and the last question
/// mark.
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
            "Manages a grant (ACL entry). A grant gives a user or an API token a role on a \
             path.\n\n\
             A token has a privilege only where its user has the same privilege. A token therefore \
             needs two grants: one for the token itself, and one for its user. PBS applies a \
             changed grant with a delay of up to five seconds. The provider waits until the change \
             is in effect.\n\n\
             Privileges on PBS: `Sys.Audit` on `/access/acl` to read grants, and \
             `Permissions.Modify` on `/access/acl` to create, change and delete grants. The \
             provider's user or token needs both privileges.",
            [
                Attribute::string(
                    "path",
                    "Path on which the role is granted, for example `/` or `/datastore/store1`. \
                     The path of a namespace is, for example, `/datastore/store1/laptops`. If the \
                     path changes, the provider first grants the role on the new path, and waits \
                     until the new grant is in effect. The provider then revokes the role on the \
                     old path.",
                )
                .required()
                .identity()
                .parses::<AclPath>(),
                Attribute::string(
                    "auth_id",
                    "User (`user@realm`) or API token (`user@realm!name`) that gets the role. \
                     `root@pam` is not allowed, because this user has all privileges without a \
                     grant. A user whose name contains a comma or begins with `@` is not allowed \
                     either, because PBS cannot store grants for this user and its tokens.",
                )
                .required()
                .replaces()
                .identity()
                .parses::<AuthId>()
                .check(plan::check_auth_id),
                Attribute::string(
                    "role_id",
                    "Role to grant, for example `DatastoreBackup`. If the role changes, the \
                     provider first grants the new role, and waits until the new grant is in \
                     effect. The provider then revokes the old role.",
                )
                .required()
                .identity()
                .parses::<RoleId>(),
                Attribute::boolean(
                    "propagate",
                    "Whether the role also applies to all paths below `path`. Default: `true`.",
                )
                .default(true),
                Attribute::string("id", "Id of the grant, `path?auth_id?role_id`.").computed(),
            ],
        )
        // Version 0 is the state of another provider's `pbs_acl`; see `migrate`.
        .version(1)
    }

    async fn create(cx: &Cx<Client>, plan: State) -> Result<State> {
        let (pbs, grant) = (cx.client()?, plan.to_api());
        let displaced = displaced_by(pbs, &grant, None).await;
        if let Some(existing) = pbs.claim_grant(&grant).await? {
            return Err(messages::already_exists(&grant, existing));
        }
        if let Err(error) = pbs.put_grant(&grant).await {
            if error.response_lost() {
                // The grant may exist on the server. The state must contain the grant, so that
                // Terraform can delete it.
                cx.checkpoint_tainted(&State::from_api(grant.clone()))?;
                return Err(messages::maybe_granted(&grant, &error));
            }
            pbs.release_grant(&grant);
            return Err(messages::refused(&grant, error));
        }
        messages::warn_of_displaced_grants(cx, &grant, &displaced);
        let state = State::from_api(grant);
        cx.checkpoint(&state)?;
        settle(pbs, &state.auth_id).await;
        Ok(state)
    }

    async fn read(cx: &Cx<Client>, id: &Id, prior: Option<State>) -> Result<Option<State>> {
        let pbs = cx.client()?;
        let leftover = Leftover::stored(cx);
        let no_request_is_pending = match &leftover {
            Some(leftover) => leftover.wait(pbs).await,
            None => true,
        };
        let (grants, is_complete) = match pbs.all_grants().await? {
            Some(grants) => (grants, true),
            None => (pbs.grants().await?, false),
        };
        let wanted_grant = prior.map_or_else(|| id.to_api(), |prior| prior.to_api());
        let leftover_grant = leftover.map(|leftover| leftover.to_grant(&wanted_grant));
        let leftover_exists = leftover_grant.as_ref().is_some_and(|grant| grants.has(grant));
        // Two grants exclude each other if they have the same path, and one of their roles is
        // `NoAccess`. In this case, the failed change has replaced the grant in the state by the
        // leftover grant. The leftover grant then becomes the grant in the state.
        let replacement =
            leftover_grant.filter(|grant| leftover_exists && grant.excludes(&wanted_grant));
        if replacement.is_some() || is_complete && no_request_is_pending && !leftover_exists {
            Leftover::clear(cx);
        }
        if let Some(grant) = grants.find(replacement.as_ref().unwrap_or(&wanted_grant)) {
            return Ok(Some(State::from_api(grant.clone())));
        }
        // The grant can exist although an incomplete list does not contain it, so the grant must
        // stay in the state.
        if !is_complete {
            return Err(messages::maybe_missing(id));
        }
        let is_conflicting = |grant: &&Grant| grant.excludes(&wanted_grant);
        let conflicting: Vec<_> =
            grants.of(&id.auth_id).iter().filter(is_conflicting).cloned().collect();
        messages::warn_if_displaced(cx, &wanted_grant, &conflicting);
        Ok(None)
    }

    async fn update(cx: &Cx<Client>, prior: State, plan: State) -> Result<State> {
        let (pbs, old, new) = (cx.client()?, prior.to_api(), plan.to_api());
        let leftover = Leftover::stored(cx).map(|leftover| (leftover.to_grant(&old), leftover));
        let may_exist = leftover.as_ref().is_some_and(|(grant, _)| grant.is_same_grant(&new));
        if let Some((_, leftover)) = leftover.filter(|_| !may_exist) {
            // The leftover grant is deleted before the change, because a failed change can leave
            // another grant behind, and the private data can contain only one leftover grant.
            leftover.delete(pbs, &old).await?;
            Leftover::clear(cx);
        }
        let displaced = displaced_by(pbs, &new, Some(&old)).await;
        match old.is_same_grant(&new) {
            true => {
                pbs.put_grant(&new).await.map_err(|error| messages::refused(&new, error))?;
            }
            false => change_grant::change_grant(cx, &old, &new, may_exist).await?,
        }
        Leftover::clear(cx);
        messages::warn_of_displaced_grants(cx, &new, &displaced);
        let state = State::from_api(new);
        cx.checkpoint(&state)?;
        settle(pbs, &state.auth_id).await;
        Ok(state)
    }

    async fn delete(cx: &Cx<Client>, id: &Id, _: View<'_>) -> Result<()> {
        let (pbs, grant) = (cx.client()?, id.to_api());
        if let Some(leftover) = Leftover::stored(cx) {
            leftover.delete(pbs, &grant).await?;
        }
        pbs.delete_grant(&grant).await?;
        settle(pbs, &grant.auth_id).await;
        Ok(())
    }

    async fn plan(cx: &Cx<Client>, plan: &mut Plan<'_, State>) -> Result<()> {
        plan::plan(cx, plan).await
    }

    fn validate(config: View<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
        if let Field::Known(role) = config.get::<RoleId>("role_id")? {
            diagnostics.extend(probably_misspelt(&role).map(|warning| warning.at("role_id")));
        }
        Ok(())
    }

    fn companions(companions: Companions<'_, Client, Self>) {
        companions.list().migration().data_source::<data_sources::acls::Acls>();
    }
}

/// Waits until the changed grants of a user or token are in effect. If Terraform asks the provider
/// to stop, the wait ends at once, because the server has stored the changes, and the changes come
/// into effect without another request.
async fn settle(pbs: &Client, subject: &AuthId) {
    if let Err(stopped) = pbs.wait_until_effective(subject).await {
        tracing::warn!("{stopped}; PBS needs up to 5 seconds until the change is in effect");
    }
}

/// The grants that PBS deletes when it stores `new`. The result does not include `old`, because the
/// plan replaces `old` by `new` on purpose. The result is used only for a warning. If the list of
/// grants cannot be read, the result is therefore empty.
async fn displaced_by(pbs: &Client, new: &Grant, old: Option<&Grant>) -> Vec<Grant> {
    let mut displaced = pbs.grants_displaced_by(new).await.unwrap_or_default();
    displaced.retain(|grant| old.is_none_or(|old| !grant.is_same_grant(old)));
    displaced
}

impl Id {
    /// A grant with this id. The id does not contain `propagate`, so `propagate` in the result is
    /// always true and has no meaning.
    fn to_api(&self) -> Grant {
        let Self { path, auth_id, role_id: role } = self.clone();
        Grant { path, auth_id, role, propagate: true }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}?{}?{}", self.path, self.auth_id, self.role_id)
    }
}

impl FromStr for Id {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED_FORM: &str = "Expected `path?auth_id?role_id`, for example \
                                     `/datastore/store1?backup@pbs!ci?DatastoreBackup`";
        let (path, rest) = text.split_once('?').ok_or(EXPECTED_FORM.to_owned() + ".")?;
        let (auth_id, role_id) = rest.rsplit_once('?').ok_or(EXPECTED_FORM.to_owned() + ".")?;
        let invalid = |part: &'static str| {
            move |error: Malformed| {
                format!("{EXPECTED_FORM}. `{part}` is invalid: {}", sentence(error.to_string()))
            }
        };
        Ok(Self {
            path: path.parse().map_err(invalid("path"))?,
            auth_id: auth_id.parse().map_err(invalid("auth_id"))?,
            role_id: role_id.parse().map_err(invalid("role_id"))?,
        })
    }
}

impl State {
    fn from_api(grant: Grant) -> Self {
        let Grant { path, auth_id, role: role_id, propagate } = grant;
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
