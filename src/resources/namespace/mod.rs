//! `pbs_namespace`: a namespace of a datastore.

mod danger;
mod list;
mod messages;
mod migrate;

use crate::{
    data_sources,
    pbs::{self, Client, DatastoreName, LostCreation, Malformed, Target},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tf_plugin::{Attribute, Companions, Cx, Field, Plan, Resource, Result, Schema, View};

pub(crate) struct Namespace;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    datastore: DatastoreName,
    path: pbs::Namespace,
    delete_groups: bool,
}

/// The identity of a namespace. Its text form is `datastore:path`.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Id {
    datastore: DatastoreName,
    path: pbs::Namespace,
}

impl Resource<Client> for Namespace {
    const NAME: &'static str = "namespace";
    type Id = Id;
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "Manages a namespace: a part of a datastore that has its own backup groups and grants. \
             The parent namespace must exist. If another `pbs_namespace` manages the parent \
             namespace, let `path` refer to that resource, as in the example. Terraform then \
             creates the parent namespace first, and deletes it last.\n\n\
             If `path` or `datastore` changes, Terraform deletes the namespace, and creates an \
             empty namespace. The backups are not moved. The guide \"Changing datastores without \
             losing data\" shows how to move a namespace.\n\n\
             A namespace with backup groups is deleted only if `delete_groups = true` was applied \
             before. A namespace that contains other namespaces or protected snapshots is never \
             deleted.\n\n\
             Privileges on PBS: `Datastore.Audit` on `/datastore/DATASTORE/PATH` to read the \
             namespace, and `Datastore.Modify` on the path of the parent namespace to create and \
             delete the namespace. The provider's user or token needs these privileges.",
            [
                Attribute::string("datastore", "Name of the datastore.")
                    .required()
                    .replaces()
                    .identity()
                    .parses::<DatastoreName>(),
                Attribute::string(
                    "path",
                    "Path of the namespace in the datastore, for example `prod/web`: up to 7 \
                     names, separated by `/`. Each name has 1 to 32 letters, digits, `_`, `.` and \
                     `-`.",
                )
                .required()
                .replaces()
                .identity()
                .parses::<pbs::Namespace>(),
                Attribute::boolean(
                    "delete_groups",
                    "Whether the destruction of the namespace deletes its backup groups with all \
                     their backups. A change of `datastore` or `path` also destroys the namespace. \
                     The provider uses the value in the state. Therefore, apply `true` before you \
                     destroy the namespace, but not earlier than necessary. Default: `false`.",
                )
                .default(false),
            ],
        )
        // Version 0 is the state of another provider's `pbs_namespace`; see `migrate`.
        .version(1)
    }

    async fn create(cx: &Cx<Client>, plan: State) -> Result<State> {
        let (pbs, id) = (cx.client()?, plan.id());
        match pbs.current_namespaces(&id.datastore).await? {
            None => return Err(messages::no_datastore(&id.datastore)),
            Some(namespaces) if namespaces.contains(&id.path) => {
                return Err(messages::already_exists(&id));
            }
            // PBS reports success for the creation of a namespace that exists already, even if the
            // caller cannot see it. The provider therefore checks that the caller would see the
            // namespace.
            Some(_) => danger::check_visible(pbs, &id).await?,
        }
        let Err(error) = pbs.create_namespace(&id.datastore, &id.path).await else {
            return Ok(plan);
        };
        if !error.response_lost() {
            return Err(messages::not_created(&id, error));
        }
        let uncancellable = pbs.uncancellable();
        let look_up = || async {
            let namespaces = uncancellable.current_namespaces(&id.datastore).await?;
            Ok(namespaces.and_then(|namespaces| namespaces.get(&id.path).cloned()))
        };
        let target = Target::namespace(&id.datastore, &id.path);
        let lookup_error = match uncancellable.outcome_of_lost_creation(target, look_up).await {
            LostCreation::Exists(_) => return Ok(plan),
            LostCreation::NotCreated => return Err(error.into_not_carried_out().into()),
            LostCreation::Pending => None,
            LostCreation::Unknown(lookup_error) => Some(lookup_error),
        };
        // The next refresh shows whether the namespace exists. A namespace has no properties that
        // could differ from the plan, so the namespace is not tainted.
        cx.checkpoint(&plan)?;
        Err(messages::maybe_created(&id, &error, lookup_error))
    }

    async fn read(cx: &Cx<Client>, id: &Id, prior: Option<State>) -> Result<Option<State>> {
        let pbs = cx.client()?;
        let namespaces = match pbs.namespaces(&id.datastore).await {
            Ok(namespaces) => namespaces,
            // PBS lists no namespaces of a datastore in the maintenance mode `offline`. An error
            // would prevent every plan, even the plan that ends this mode.
            Err(error) if error.reports_maintenance() && prior.is_some() => {
                cx.warn(messages::not_readable(id, &error));
                return Ok(prior);
            }
            Err(error) => return Err(error.into()),
        };
        let Some(namespaces) = namespaces else { return Ok(None) };
        if !namespaces.contains(&id.path) {
            danger::check_visible(pbs, id).await?;
            return Ok(None);
        }
        let delete_groups = prior.is_some_and(|prior| prior.delete_groups);
        let Id { datastore, path } = id.clone();
        Ok(Some(State { datastore, path, delete_groups }))
    }

    async fn update(_: &Cx<Client>, _: State, plan: State) -> Result<State> {
        // Only `delete_groups` can change in place, and PBS does not store this argument.
        Ok(plan)
    }

    async fn delete(cx: &Cx<Client>, id: &Id, prior: View<'_>) -> Result<()> {
        let pbs = cx.client()?;
        let deletes_groups = prior.get::<bool>("delete_groups")? == Field::Known(true);
        if !danger::check_deletion(pbs, id, deletes_groups).await? {
            return Ok(());
        }
        let deleted = pbs.delete_namespace(&id.datastore, &id.path, deletes_groups).await;
        let Err(error) = deleted else { return Ok(()) };
        // The response can be an error although the namespace is gone, for example if the request
        // was repeated.
        match pbs.uncancellable().current_namespaces(&id.datastore).await {
            Ok(Some(namespaces)) if !namespaces.contains(&id.path) => Ok(()),
            Ok(None) => Ok(()),
            _ => Err(error.into()),
        }
    }

    async fn plan(cx: &Cx<Client>, plan: &mut Plan<'_, State>) -> Result<()> {
        let Some(prior) = &plan.prior else { return Ok(()) };
        let is_deleted = plan.is_destroy() || plan.changed("datastore")? || plan.changed("path")?;
        if is_deleted && let Ok(pbs) = cx.client() {
            danger::warn_of_deletion(cx, pbs, &prior.id(), prior.delete_groups).await;
        }
        Ok(())
    }

    fn companions(companions: Companions<'_, Client, Self>) {
        companions
            .list()
            .migration()
            .data_source::<data_sources::namespace::Namespace>()
            .data_source::<data_sources::namespaces::Namespaces>();
    }
}

impl State {
    fn id(&self) -> Id {
        Id { datastore: self.datastore.clone(), path: self.path.clone() }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.datastore, self.path)
    }
}

impl FromStr for Id {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED_FORM: &str = "a datastore and a namespace, for example `main:prod/web`";
        let (datastore, path) =
            text.split_once(':').ok_or(Malformed::missing(EXPECTED_FORM, "`:`"))?;
        Ok(Self { datastore: datastore.parse()?, path: path.parse()? })
    }
}
